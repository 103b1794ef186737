"""Changed copies of training documents."""

import pytest

from vidner import VidnerError
from vidner.documents import Document, make_entity, problems
from vidner.train.augment import augmented, check_shares

TEXT = "Ông Hoàng Xuân Chiến thăm Nhật Bản ngày 10/2."
SPANS = [(4, 20, "PERSON"), (26, 34, "LOC"), (35, 44, "DATE")]


def documents(count):
    entities = tuple(make_entity(TEXT, *span) for span in SPANS)
    return [Document(f"d{n}", TEXT, entities) for n in range(count)]


def test_every_document_gets_one_copy_where_the_shares_add_up_to_one():
    copies = list(augmented(documents(40), {"lower case": 0.5, "no diacritics": 0.5}, seed=1))
    assert len(copies) == 40
    assert {copy.text for copy in copies} == {
        TEXT.lower(),
        "Ong Hoang Xuan Chien tham Nhat Ban ngay 10/2.",
    }


def test_copies_keep_their_entities():
    for copy in augmented(documents(40), {"typos": 0.5, "other countries": 0.5}, seed=1):
        assert [e.label for e in copy.entities] == ["PERSON", "LOC", "DATE"]
        assert problems(copy) == []


def test_about_the_share_of_the_documents_is_copied():
    copies = list(augmented(documents(1000), {"lower case": 0.1}, seed=1))
    assert 60 < len(copies) < 140


def test_the_same_seed_gives_the_same_copies_whatever_else_is_there():
    shares = {"typos": 1.0}
    some = list(augmented(documents(4), shares, seed=3))
    assert list(augmented(documents(9), shares, seed=3))[: len(some)] == some


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"upside down": 0.1}, "upside down"),
        ({"typos": 1.5}, "1.5"),
        ({"typos": 0.6, "lower case": 0.6}, "1.2"),
    ],
)
def test_wrong_shares_are_refused(shares, message):
    with pytest.raises(VidnerError, match=message):
        check_shares(shares)
