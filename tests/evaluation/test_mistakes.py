"""Classes of mistakes, and the sentence around each."""

import pytest

from tests.evaluation.conftest import annotated
from vidner.evaluation.mistakes import by_kind, commonest, mistakes, sentence_around
from vidner.evaluation.page import marked, pieces

TEXT = "Mở đầu. Bộ Quốc phòng Việt Nam họp ở Hà Nội. Kết thúc."
WHOLE, SHORT, PLACE = "Bộ Quốc phòng Việt Nam", "Bộ Quốc phòng", "Việt Nam"


@pytest.mark.parametrize(
    ("kind", "gold", "found"),
    [
        ("missed", [(PLACE, "LOC")], []),
        ("invented", [], [(PLACE, "LOC")]),
        ("wrong type", [(PLACE, "LOC")], [(PLACE, "ORG")]),
        ("too long", [(SHORT, "ORG")], [(WHOLE, "ORG")]),
        ("too short", [(WHOLE, "ORG")], [(SHORT, "ORG")]),
        ("too short", [(WHOLE, "ORG")], [(PLACE, "LOC")]),
        ("split", [(WHOLE, "ORG")], [(SHORT, "ORG"), (PLACE, "LOC")]),
        ("merged", [(SHORT, "ORG"), (PLACE, "LOC")], [(WHOLE, "ORG")]),
    ],
)
def test_each_class(kind, gold, found):
    (mistake,) = mistakes([annotated("d", TEXT, *gold)], [annotated("d", TEXT, *found)])
    assert mistake.kind == kind
    assert mistake.sentence == "Bộ Quốc phòng Việt Nam họp ở Hà Nội."


def test_what_is_right_is_no_mistake():
    one = annotated("d", TEXT, (WHOLE, "ORG"), ("Hà Nội", "LOC"))
    assert by_kind(mistakes([one], [one])) == dict.fromkeys(by_kind([]), 0)


def test_strings_are_counted_by_class():
    gold = [annotated(f"d{n}", TEXT, (PLACE, "LOC"), ("Hà Nội", "LOC")) for n in range(3)]
    found = [annotated(d.id, TEXT, ("Hà Nội", "LOC")) for d in gold]
    assert commonest(mistakes(gold, found)) == {"missed": [("Việt Nam (LOC)", 3)]}


def test_a_sentence_ends_at_its_stop_and_at_a_line_but_not_inside_a_mention():
    text = "Tên A. B Corp. ra mắt\nDòng hai, 1.000 người. Hết."
    at = text.index("A. B")
    assert text[slice(*sentence_around(text, at, at + 4))] == "Tên A. B Corp. ra mắt"
    at = text.index("1.000")
    assert text[slice(*sentence_around(text, at, at + 1))] == "Dòng hai, 1.000 người."


def test_both_spans_are_drawn_in_the_sentence():
    (mistake,) = mistakes(
        [annotated("d", TEXT, (WHOLE, "ORG"))], [annotated("d", TEXT, (PLACE, "LOC"))]
    )
    drawn = [(p.text, p.gold, p.predicted) for p in pieces(mistake.to_dict())]
    assert drawn == [
        ("Bộ Quốc phòng ", "ORG", ""), ("Việt Nam", "ORG", "LOC"), (" họp ở Hà Nội.", "", ""),
    ]  # fmt: skip
    assert marked(mistake.to_dict()) == "[Bộ Quốc phòng {Việt Nam}] họp ở Hà Nội."
