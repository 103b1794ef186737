"""Edits carry mentions along; each perturbation does what it says and keeps spans true."""

import unicodedata
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evaluation.conftest import annotated
from tests.test_documents import annotated as random_documents
from vidner._text import normalize
from vidner.documents import problems
from vidner.evaluation.edits import Change, Edit
from vidner.evaluation.perturbations import COUNTRIES, NAMES, PERTURBATIONS
from vidner.evaluation.robustness import robustness

BY_NAME = {perturbation.name: perturbation for perturbation in PERTURBATIONS}
DOCUMENT = annotated(
    "d",
    "Chiều 10/2/2024, ông Hoàng Xuân Chiến họp tại Nhật Bản với Bộ Quốc phòng Nhật Bản.\n"
    "Ông Chiến nêu quan hệ Việt - Nhật, hoà bình ở Hòa Lạc.",
    ("Chiều 10/2/2024", "DATE"), ("Hoàng Xuân Chiến", "PERSON"), ("Nhật Bản", "LOC"),
    ("Bộ Quốc phòng Nhật Bản", "ORG"), ("Chiến", "PERSON"), ("Việt", "LOC"), ("Nhật", "LOC"),
    ("Hòa Lạc", "LOC"),
)  # fmt: skip


def changed(name, document=DOCUMENT, seed=0):
    return Change(document.text, BY_NAME[name].edits(document, Random(seed))).document(document)


def mentions(document):
    return [entity.text for entity in document.entities]


@pytest.mark.parametrize(
    ("edit", "mention"),
    [
        (Edit(0, 2, "Xin"), "Hà Nội"),
        (Edit(5, 5, "X"), "Hà Nội"),
        (Edit(11, 11, "X"), "Hà Nội"),
        (Edit(7, 8, "  "), "Hà  Nội"),
        (Edit(5, 11, "Huế"), "Huế"),
        (Edit(8, 9, "TP. N"), "Hà TP. Nội"),
    ],
    ids=["before", "inserted at its start", "inserted at its end", "inside", "replaced", "in part"],
)
def test_a_mention_moves_with_the_text(edit, mention):
    document = annotated("d", "Tới, Hà Nội!", ("Hà Nội", "LOC"))
    moved = Change(document.text, [edit]).document(document)
    assert mentions(moved) == [mention]


def test_edits_that_overlap_are_an_error():
    with pytest.raises(ValueError, match="must be disjoint"):
        Change("abc", [Edit(0, 2, ""), Edit(1, 3, "")])


@pytest.mark.parametrize("name", BY_NAME)
@given(document=random_documents(), seed=st.integers(0, 9))
def test_every_perturbation_keeps_spans_true(name, document, seed):
    after = changed(name, document, seed)
    assert [e.label for e in after.entities] == [e.label for e in document.entities]
    for entity in after.entities:
        assert after.text[entity.start : entity.end] == entity.text != ""
    assert all(a.end <= b.start for a, b in pairwise(after.entities))


@pytest.mark.parametrize("name", BY_NAME)
def test_every_perturbation_keeps_the_rules_of_annotation_on_the_seeds(name, seeds):
    for seed in seeds:
        assert problems(changed(name, seed)) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("NFD", lambda text: unicodedata.normalize("NFD", text)),
        ("ALL CAPS", str.upper),
        ("lower case", str.lower),
        ("hyphens", lambda text: text.replace("-", "‐")),
        ("no final stop", lambda text: text.replace("Bản.\n", "Bản\n").removesuffix(".")),
    ],
)
def test_a_spelling_changes_the_whole_text(name, change):
    after = changed(name)
    assert after.text == change(DOCUMENT.text)
    assert len(after.entities) == len(DOCUMENT.entities)


def test_nfc_undoes_nfd():
    assert changed("NFC", changed("NFD")).text == DOCUMENT.text
    assert BY_NAME["NFC"].edits(DOCUMENT, Random(0)) == []


def test_the_tone_changes_its_place_and_no_reader_minds():
    after = changed("tone place")
    assert "hòa bình ở Hoà Lạc" in after.text
    assert normalize(after.text).text == normalize(DOCUMENT.text).text


def test_without_diacritics_only_bare_letters_are_left():
    after = changed("no diacritics", annotated("d", "Đường tới Huế", ("Huế", "LOC")))
    assert (after.text, mentions(after)) == ("Duong toi Hue", ["Hue"])


def test_spaces_and_line_breaks_stay_outside_mentions():
    assert mentions(changed("doubled spaces")) == mentions(DOCUMENT)
    assert "  " in changed("doubled spaces").text
    broken = [changed("line breaks", seed=seed) for seed in range(9)]
    assert all(mentions(one) == mentions(DOCUMENT) for one in broken)
    assert any(one.text.count("\n") > 1 for one in broken)


@pytest.mark.parametrize("origin", NAMES)
def test_a_person_keeps_one_new_name_and_its_short_form(origin):
    full, short = (e.text for e in changed(f"names: {origin}").entities if e.label == "PERSON")
    assert full in NAMES[origin]
    assert short == full.split()[-1]


def test_countries_change_also_inside_the_name_of_a_body():
    places = mentions(changed("other countries"))
    country = places[2]
    assert country in COUNTRIES
    assert country != "Nhật Bản"
    assert places[3] == f"Bộ Quốc phòng {country}"
    assert places[7] == "Hòa Lạc"


def test_other_dates_are_dates():
    day, month, year = changed("other dates").entities[0].text.split()[1].split("/")
    assert (1 <= int(day) <= 28, 1 <= int(month) <= 12, len(year)) == (True, True, 4)


def test_a_tagger_that_looks_at_nothing_but_letters_passes_what_leaves_them(baseline, seeds):
    predicted = [d.with_entities(baseline.tag(d.text)) for d in seeds[:2]]
    wanted = [BY_NAME[name] for name in ("NFC", "NFD", "hyphens", "ALL CAPS")]
    nfc, nfd, hyphens, capitals = robustness(baseline, seeds[:2], predicted, perturbations=wanted)
    assert (nfc.documents, nfc.pass_rate, nfc.flip_rate) == (0, 1.0, 0.0)
    assert (nfd.pass_rate, nfd.flip_rate, nfd.after) == (1.0, 0.0, nfd.before)
    assert hyphens.after == hyphens.before
    assert capitals.flip_rate > 0.1
    assert capitals.pass_rate < 1
    assert capitals.after.f1 < capitals.before.f1
