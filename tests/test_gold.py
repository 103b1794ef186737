"""The annotated seeds: checksums, rules, consistency."""

import hashlib
from collections import defaultdict

import pytest

from vidner._entities import LABELS
from vidner.documents import problems
from vidner.documents.jsonl import read_jsonl, read_rows
from vidner.train.data import align

# The same string with two labels, and why.
TWO_ROLES = {
    "Nhà Trắng": "a seat that speaks is ORG, a building that is visited is LOC",
}


@pytest.fixture(scope="module")
def gold(repository):
    return list(read_jsonl(repository / "annotations/gold/seeds.jsonl"))


def test_seeds_are_as_they_were_collected(repository):
    lines = (repository / "seeds/SHA256SUMS").read_text().splitlines()
    assert len(lines) == 5
    for line in lines:
        wanted, name = line.split()
        assert hashlib.sha256((repository / "seeds" / name).read_bytes()).hexdigest() == wanted


def test_gold_has_exactly_the_text_of_the_seeds(repository, gold):
    assert [document.id for document in gold] == [
        path.stem for path in sorted((repository / "seeds").glob("*.txt"))
    ]
    for document in gold:
        data = (repository / "seeds" / f"{document.id}.txt").read_bytes()
        assert data.decode("utf-8") == document.text


def test_gold_breaks_no_rule_and_loses_no_entity_in_alignment(gold):
    for document in gold:
        assert problems(document) == []
        assert align(document).lost == []
    assert {e.label for document in gold for e in document.entities} == set(LABELS)


def test_a_string_has_one_label_unless_its_role_differs(gold):
    labels = defaultdict(set)
    for document in gold:
        for entity in document.entities:
            labels[entity.text.lower()].add(entity.label)
    ambiguous = {text for text, found in labels.items() if len(found) > 1}
    assert ambiguous == {text.lower() for text in TWO_ROLES}


def test_the_layers_hold_no_text_and_no_article_twice(repository):
    layers = {path.stem: path for path in (repository / "annotations/news").glob("*.jsonl")}
    rows = {name: [row for _, row in read_rows(path)] for name, path in layers.items()}
    assert {"train", "events", "more-events", "test"} == rows.keys()
    assert len(rows["test"]) == 80  # none of which is in a layer that is trained on
    ids = [row["id"] for each in rows.values() for row in each]
    assert len(ids) == len(set(ids))
    for row in (row for each in rows.values() for row in each):
        assert "text" not in row
        assert all(e["label"] in LABELS and e["start"] < e["end"] for e in row["entities"])
