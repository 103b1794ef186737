"""Hunting for wrong annotations: what is listed, what a reader says, what changes."""

from dataclasses import replace

import pytest

from tests.evaluation.conftest import annotated
from vidner._errors import DocumentError
from vidner.evaluation.hunting import confident, corrected, listing, read_verdicts, summary_rows

TEXT = "Mở đầu. Bộ Quốc phòng Việt Nam họp ở Hà Nội. Kết thúc."
WHOLE, SHORT, PLACE = "Bộ Quốc phòng Việt Nam", "Bộ Quốc phòng", "Việt Nam"
GOLD = annotated("d", TEXT, (SHORT, "ORG"), (PLACE, "LOC"), ("Hà Nội", "LOC"))


def found(*mentions, score=0.99):
    document = annotated("d", TEXT, *mentions)
    return document.with_entities(replace(e, score=score) for e in document.entities)


@pytest.fixture
def disagreements():
    return list(confident([GOLD], [found((WHOLE, "ORG"), ("Hà Nội", "ORG"))], score=0.95))


def test_only_sure_predictions_contradict():
    assert list(confident([GOLD], [found((WHOLE, "ORG"), score=0.9)], score=0.95)) == []
    (one,) = confident([GOLD], [found((WHOLE, "ORG"))], score=0.95)  # Hà Nội is only missed
    assert one.kind == "merged"


def test_both_readings_are_listed(disagreements):
    assert listing(disagreements[:1]) == (
        "@@ 1 | d | merged\n"
        "annotation: [Bộ Quốc phòng]{ORG} [Việt Nam]{LOC} họp ở Hà Nội.\n"
        "model:      [Bộ Quốc phòng Việt Nam]{ORG} họp ở Hà Nội.\n"
    )


@pytest.mark.parametrize(
    ("verdict", "spans"),
    [
        ("annotation", [(SHORT, "ORG"), (PLACE, "LOC")]),
        ("model", [(WHOLE, "ORG")]),
        ("neither Bộ [Quốc phòng]{ORG} Việt Nam họp", [("Quốc phòng", "ORG")]),
        ("neither Bộ Quốc phòng Việt Nam", []),
    ],
)
def test_the_annotation_becomes_what_the_reader_says(disagreements, verdict, spans):
    first, _ = read_verdicts(f"1 {verdict}\n\n2 annotation\n", disagreements)
    changed = corrected(GOLD, [first])
    assert [(e.text, e.label) for e in changed.entities] == [*spans, ("Hà Nội", "LOC")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 maybe", "wanted 'NUMBER annotation|model|neither"),
        ("1 model", "no verdict on 1 disagreements, the first is 2"),
        ("3 model", "there are disagreements 1 to 2"),
        ("1 model\n1 model", "has a verdict already"),
        ("1 neither [Việt Nam]{LOC}\n2 model", "is no part of"),
        ("1 neither\n2 model", "is no part of"),
    ],
)
def test_a_wrong_verdict_says_what_is_wrong(disagreements, text, message):
    with pytest.raises(DocumentError, match=message.replace("|", r"\|")):
        read_verdicts(text, disagreements)


def test_wrong_annotations_are_counted_by_label(disagreements):
    findings = read_verdicts("1 annotation\n2 model", disagreements)
    rows = summary_rows({"seeds": [each.to_dict() for each in findings]})
    assert rows == [("seeds", "2", "1", "0", "0", "1", "0", "0")]
