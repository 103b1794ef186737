"""Strict scores and seqeval's strict IOB2 agree to the last digit where tokens carry the spans."""

import pytest
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from tests.test_scores import as_document
from vidner._tags import spans_to_tags
from vidner.evaluation.scores import Scores, score

CASES = {
    "adjacent entities of one type": (
        [(0, 2, "LOC"), (2, 3, "LOC")],
        [(0, 2, "LOC"), (2, 3, "LOC")],
    ),
    "two taken for one": ([(0, 2, "LOC"), (2, 3, "LOC")], [(0, 3, "LOC")]),
    "one taken for two": ([(0, 3, "LOC")], [(0, 1, "LOC"), (1, 3, "LOC")]),
    "the first word missing": ([(0, 3, "ORG")], [(1, 3, "ORG")]),
    "another label": ([(0, 3, "ORG")], [(0, 3, "LOC")]),
    "a label that gold lacks": ([(0, 1, "ORG")], [(0, 1, "ORG"), (3, 4, "DATE")]),
}


def seqeval(cases):
    return classification_report(
        [spans_to_tags(5, gold) for gold, _ in cases],
        [spans_to_tags(5, found) for _, found in cases],
        mode="strict", scheme=IOB2, output_dict=True, zero_division=0,
    )  # fmt: skip


def ours(cases):
    gold = [as_document(f"d{n}", 5, spans) for n, (spans, _) in enumerate(cases)]
    found = [as_document(f"d{n}", 5, spans) for n, (_, spans) in enumerate(cases)]
    return score(gold, found)


def assert_equal(scores, report):
    assert scores.micro.f1 == report["micro avg"]["f1-score"]
    assert scores.macro_f1 == pytest.approx(report["macro avg"]["f1-score"], abs=1e-15)
    for label, counts in scores.labels.items():
        row = report[label]
        assert (counts.precision, counts.recall) == (row["precision"], row["recall"])
        assert counts.f1 == pytest.approx(row["f1-score"], abs=1e-15)
        assert counts.gold == row["support"]


@pytest.mark.parametrize("name", CASES)
def test_a_case(name):
    assert_equal(ours([CASES[name]]), seqeval([CASES[name]]))


def test_documents_merged_in_one_go_and_one_by_one():
    cases = [*CASES.values()]
    one_by_one = sum((ours([case]) for case in cases), Scores())
    assert_equal(ours(cases), seqeval(cases))
    assert_equal(one_by_one, seqeval(cases))
