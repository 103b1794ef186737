"""Strict scores, cross-checked with seqeval; agreement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from tests.test_tags import tagged_spans
from vidner._entities import Entity
from vidner._tags import spans_to_tags
from vidner.documents import Document
from vidner.evaluation.agreement import differences, kappa, word_tags
from vidner.evaluation.scores import Counts, Scores, score


def as_document(name, count, spans):
    text = " ".join("w" for _ in range(count))
    entities = [Entity(2 * a, 2 * b - 1, label, text[2 * a : 2 * b - 1]) for a, b, label in spans]
    return Document(name, text, tuple(entities))


@st.composite
def pairs(draw):
    """Gold and predicted spans over the same words."""
    (n, gold), (m, predicted) = draw(tagged_spans()), draw(tagged_spans())
    if draw(st.booleans()):
        predicted = gold[: len(gold) // 2] + predicted[:0]
    return max(n, m, 1), gold, predicted


@given(st.lists(pairs(), min_size=1, max_size=5))
def test_scores_equal_seqevals_strict_iob2(cases):
    gold = [as_document(f"d{i}", n, g) for i, (n, g, _) in enumerate(cases)]
    predicted = [as_document(f"d{i}", n, p) for i, (n, _, p) in enumerate(cases)]
    if not any(d.entities for d in gold):
        return
    found = score(gold, predicted)
    report = classification_report(
        [spans_to_tags(n, g) for n, g, _ in cases],
        [spans_to_tags(n, p) for n, _, p in cases],
        mode="strict", scheme=IOB2, output_dict=True, zero_division=0,
    )  # fmt: skip
    assert found.micro.f1 == pytest.approx(report["micro avg"]["f1-score"], abs=1e-12)
    for label, counts in found.labels.items():
        if label in report:
            assert counts.precision == pytest.approx(report[label]["precision"], abs=1e-12)
            assert counts.recall == pytest.approx(report[label]["recall"], abs=1e-12)


def test_scores_add_up_over_documents():
    one = Scores(({"LOC": Counts(1, 2, 3)},))
    other = Scores(({"LOC": Counts(1, 1, 1), "ORG": Counts(0, 0, 2)},))
    assert (one + other).labels == {"ORG": Counts(0, 0, 2), "LOC": Counts(2, 3, 4)}
    assert (one + other).micro == Counts(2, 3, 6)


def test_an_interval_holds_the_score_and_shrinks_with_data():
    row = [{"LOC": Counts(1, 1, 1)}, {"LOC": Counts(0, 1, 1)}]
    few, many = Scores(tuple(row * 5)), Scores(tuple(row * 200))
    (low, high), (low_many, high_many) = few.intervals()["micro"], many.intervals()["micro"]
    assert low <= few.micro.f1 <= high
    assert high_many - low_many < high - low


def test_other_documents_are_an_error():
    with pytest.raises(ValueError, match="gold has document 'a', predictions have 'b'"):
        score([as_document("a", 2, [])], [as_document("b", 2, [])])


def test_agreement_of_equal_and_of_unequal_annotations():
    one = as_document("a", 6, [(0, 2, "ORG"), (3, 4, "LOC")])
    other = as_document("a", 6, [(0, 2, "ORG"), (3, 5, "LOC")])
    assert kappa([one], [one]) == 1.0
    assert 0 < kappa([one], [other]) < 1
    assert [line.split()[1] for line in differences(one, other)] == ["+", "-"]
    assert word_tags(one) == ["B-ORG", "I-ORG", "O", "B-LOC", "O", "O"]
