"""Pairs, lenient views and confusion on cases made by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evaluation.conftest import annotated
from tests.test_tags import tagged_spans
from vidner._entities import Entity
from vidner.documents import Document
from vidner.evaluation.confusion import NONE, confusion
from vidner.evaluation.lenient import LenientCounts, lenient_scores
from vidner.evaluation.pairing import groups, pair

TEXT = "Bộ Quốc phòng Việt Nam mời ông Chiến dự ADMM+ tại Hà Nội ngày 10/2."
GOLD = annotated(
    "d", TEXT, ("Bộ Quốc phòng Việt Nam", "ORG"), ("Chiến", "PERSON"), ("ADMM+", "EVENT"),
    ("Hà Nội", "LOC"),
)  # fmt: skip
FOUND = annotated(
    "d", TEXT, ("Bộ Quốc phòng", "ORG"), ("Chiến", "LOC"), ("Hà Nội", "LOC"), ("ngày 10/2", "DATE")
)


def counts(view):
    return lenient_scores([GOLD], [FOUND])[view]


@pytest.mark.parametrize(
    ("view", "correct", "partial", "incorrect"),
    [("strict", 1, 0, 2), ("boundary", 2, 0, 1), ("type", 2, 0, 1), ("overlap", 2, 1, 0)],
)
def test_each_view_takes_another_pair_for_right(view, correct, partial, incorrect):
    assert counts(view) == LenientCounts(correct, partial, incorrect, missed=1, invented=1)


def test_a_partial_pair_is_worth_half():
    assert counts("overlap").precision == pytest.approx(2.5 / 4)
    assert counts("overlap").recall == pytest.approx(2.5 / 4)
    assert counts("overlap").f1 == pytest.approx(2.5 / 4)


def test_counts_without_anything_have_zero_rates():
    assert (LenientCounts().precision, LenientCounts().recall, LenientCounts().f1) == (0, 0, 0)


def test_the_largest_overlap_makes_the_pair():
    text = "một hai ba bốn"
    gold = annotated("d", text, ("một hai ba bốn", "ORG"))
    found = annotated("d", text, ("một", "ORG"), ("hai ba bốn", "LOC"))
    pairing = pair(gold, found)
    assert [p.text for _, p in pairing.pairs] == ["hai ba bốn"]
    assert [e.text for e in pairing.invented] == ["một"]


def test_mentions_that_only_touch_are_no_pair():
    text = "ab"
    gold = Document("d", text, (Entity(0, 1, "LOC", "a"),))
    found = Document("d", text, (Entity(1, 2, "LOC", "b"),))
    assert [len(g.gold) + len(g.predicted) for g in groups(gold, found)] == [1, 1]


def test_confusion_counts_missed_and_invented_too():
    table = confusion([GOLD], [FOUND])
    assert table.counts == {
        ("ORG", "ORG"): 1, ("PERSON", "LOC"): 1, ("EVENT", NONE): 1, ("LOC", "LOC"): 1,
        (NONE, "DATE"): 1,
    }  # fmt: skip
    assert sum(map(sum, table.matrix)) == 5


def as_document(spans):
    entities = [Entity(2 * a, 2 * b - 1, label, "") for a, b, label in spans]
    return Document("d", "w " * 60, tuple(entities))


@given(tagged_spans(), tagged_spans())
def test_every_mention_is_in_one_pair_or_left_over(one, other):
    gold, found = as_document(one[1]), as_document(other[1])
    pairing = pair(gold, found)
    assert sorted([g for g, _ in pairing.pairs] + [*pairing.missed]) == sorted(gold.entities)
    assert sorted([p for _, p in pairing.pairs] + [*pairing.invented]) == sorted(found.entities)
    assert all(g.start < p.end and p.start < g.end for g, p in pairing.pairs)


@given(st.lists(st.tuples(tagged_spans(), tagged_spans()), min_size=1, max_size=4))
def test_views_add_up_over_documents(cases):
    gold = [as_document(one[1]) for one, _ in cases]
    found = [as_document(other[1]) for _, other in cases]
    for view, whole in lenient_scores(gold, found).items():
        parts = [lenient_scores([g], [f])[view] for g, f in zip(gold, found, strict=True)]
        assert sum(parts, LenientCounts()) == whole
