"""Recall by what training saw; scores by length, document, form."""

import pytest

from tests.evaluation.conftest import annotated
from vidner.evaluation.exposure import GROUPS, Exposure, recall_by_exposure
from vidner.evaluation.scores import Counts, score
from vidner.evaluation.slices import by_group, by_length, by_meta

TRAINING = annotated("t", "Ông Chiến thăm Lào.\nTàu Sao Mai cập cảng.", ("Chiến", "PERSON"))
GOLD = annotated(
    "g", "Chiến rời Sao Mai tới Sao Hôm gặp Medvedev",
    ("Chiến", "PERSON"), ("Sao Mai", "LOC"), ("Sao Hôm", "LOC"), ("Medvedev", "PERSON"), form="tin",
)  # fmt: skip


def test_each_mention_belongs_to_what_training_saw_of_it():
    exposure = Exposure([TRAINING])
    assert tuple(exposure.group(entity) for entity in GOLD.entities) == GROUPS


def test_recall_counts_each_group():
    found = GOLD.with_entities(GOLD.entities[1:3])
    rows = recall_by_exposure([GOLD], [found], Exposure([TRAINING]))
    assert [row.recall for row in rows.values()] == [0, 1, 1, 0]


def test_gold_that_was_trained_on_is_said_to_be():
    exposure = Exposure([TRAINING])
    other = annotated("x", "Tàu Sao Mai cập cảng.\nCâu mới.")
    assert exposure.summary([TRAINING, other]) == {
        "training_documents": 1, "documents": 2, "documents_in_training": 1,
        "share_of_lines_in_training": 0.75,
    }  # fmt: skip


def test_lengths_count_syllables_of_either_side():
    found = annotated("g", GOLD.text, ("Sao Mai", "LOC"), ("Medvedev", "PERSON"))
    assert by_length([GOLD], [found]) == {"1": Counts(1, 1, 2), "2": Counts(1, 1, 2)}


def test_scores_by_document_and_by_form():
    other = annotated("h", "Lào", ("Lào", "LOC"))
    scores = score([GOLD, other], [GOLD, other.with_entities([])])
    by_document = by_group([GOLD, other], scores, lambda document: document.id)
    assert {name: row.recall for name, row in by_document.items()} == {"g": 1.0, "h": 0.0}
    assert by_meta([GOLD, other], scores, "form") == {"tin": Counts(4, 4, 4)}
    assert by_meta([GOLD, other], scores, "topic") == {}


@pytest.mark.parametrize("name", ["micro", "macro"])
def test_intervals_hold_micro_and_macro(seeds, baseline, name):
    scores = score(seeds, [d.with_entities(baseline.tag(d.text)) for d in seeds])
    low, high = scores.intervals()[name]
    assert low <= (scores.micro.f1 if name == "micro" else scores.macro_f1) <= high
