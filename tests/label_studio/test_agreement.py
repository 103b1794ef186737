"""Agreement of annotators and changes between files, without a server."""

import pytest

from tests.evaluation.conftest import annotated
from vidner.documents.label_studio import Annotation
from vidner.evaluation.agreement import kappa
from vidner.label_studio.agreement import pairs
from vidner.label_studio.changes import changes

TEXT = "Ông Mẫu tới Huế sáng 3/6."
FULL = annotated("a", TEXT, ("Mẫu", "PERSON"), ("Huế", "LOC"), ("sáng 3/6", "DATE"))
PART = annotated("a", TEXT, ("Mẫu", "PERSON"), ("Huế", "ORG"))


def by(annotator, document):
    return Annotation(document, annotator, "2026", False, {})


def test_every_pair_is_compared_on_what_it_shares():
    rows = [
        [by("b", PART), by("a", FULL), by("c", FULL)],
        [by("a", FULL), by("b", FULL)],
        [by("c", FULL)],
    ]
    found = pairs(rows)
    assert [(each.one, each.other, len(each.scores.documents)) for each in found] == [
        ("a", "b", 2), ("a", "c", 1), ("b", "c", 1),
    ]  # fmt: skip
    assert found[1].to_dict()["f1"]["micro"] == 1.0
    assert found[1].differences == ()


def test_figures_are_by_label_and_differences_are_listed():
    [pair] = pairs([[by("a", FULL), by("b", PART)]])
    row = pair.to_dict()
    assert row["f1"] == {"PERSON": 1.0, "ORG": 0.0, "LOC": 0.0, "DATE": 0.0, "micro": 0.4}
    assert row["kappa"]["PERSON"] == 1.0
    assert row["kappa"]["DATE"] == 0.0
    assert [line.split(" at ")[0] for line in pair.differences] == [
        "a + ORG 'Huế'", "a - LOC 'Huế'", "a - DATE 'sáng 3/6'",
    ]  # fmt: skip


def test_kappa_of_a_label_looks_at_nothing_else():
    assert kappa([FULL], [PART], label="PERSON") == 1.0
    # Of 10 words one is LOC for the first and none for the second: chance explains it all.
    assert kappa([FULL], [PART], label="LOC") == pytest.approx(0.0)


def test_one_annotator_alone_makes_no_pair():
    assert pairs([[by("a", FULL)]]) == []


def test_changes_name_spans_documents_and_texts():
    other = annotated("b", "Huế.", ("Huế", "LOC"))
    renamed = annotated("c", "Huế")
    lines = changes([FULL, renamed, other], [PART, annotated("c", "Lào"), annotated("d", "Lào")])
    assert [line.split(":")[0].split(" at ")[0] for line in lines] == [
        "a + ORG 'Huế'",
        "a - LOC 'Huế'",
        "a - DATE 'sáng 3/6'",
        "c ! the text is another one; its entities cannot be compared",
        "b - the document, 1 entities",
        "d + the document, 0 entities",
    ]


def test_equal_files_have_no_changes():
    assert changes([FULL], [FULL]) == []
