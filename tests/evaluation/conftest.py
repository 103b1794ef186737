"""Fixtures: small gold documents, the baseline as a quick tagger, one report."""

import pytest

from vidner.documents import Document, make_entity
from vidner.evaluation.files import read_gold
from vidner.evaluation.gazetteer import Gazetteer
from vidner.evaluation.page import write_report
from vidner.evaluation.report import Material, Peer, evaluate
from vidner.evaluation.scores import score


def annotated(name, text, *mentions, **meta):
    """A document whose mentions are ``(string, label)`` in reading order."""
    entities, at = [], 0
    for mention, label in mentions:
        start = text.index(mention, at)
        at = start + len(mention)
        entities.append(make_entity(text, start, at, label))
    return Document(name, text, tuple(entities), meta)


@pytest.fixture(scope="session")
def seeds(repository):
    return read_gold(repository / "annotations/gold/seeds.jsonl")


@pytest.fixture(scope="session")
def corpus(repository):
    return read_gold(repository / "annotations/corpus/forces.txt")[:40]


@pytest.fixture(scope="session")
def baseline(corpus):
    return Gazetteer(corpus)


@pytest.fixture(scope="session")
def record(seeds, corpus, baseline):
    """A whole report about the baseline, which is quick and makes every kind of mistake."""
    results = {
        "seeds": {
            "protocol": "leave one out",
            "scores": score(seeds, seeds).to_dict(),
            "curve": [{"entities": 100, "f1": 0.4}, {"entities": 900, "f1": 0.7}],
        }
    }
    half = [document.with_entities(document.entities[::2]) for document in seeds]
    return evaluate(
        Material(
            gold=seeds,
            source="seeds",
            tagger=baseline,
            protocol="a <test>",
            training=corpus,
            development=corpus[:10],
            peers=[Peer("half", half, {"syllables_per_second": 1800})],
            results=results,
        )
    )


@pytest.fixture(scope="session")
def written(record, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_report(record, folder)
    return folder
