"""The evaluation of one model on annotated documents, as one JSON record.

Everything that the page, the Markdown file and the plots show is in the
record; they are made of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, takewhile
from typing import Any

from vidner import __version__
from vidner._entities import LABELS
from vidner._tagger import Tagger
from vidner.documents import Document
from vidner.evaluation import calibration, mistakes
from vidner.evaluation.confusion import confusion
from vidner.evaluation.exposure import Exposure, recall_by_exposure
from vidner.evaluation.gazetteer import Gazetteer
from vidner.evaluation.lenient import lenient_scores
from vidner.evaluation.predict import TextTagger, predict
from vidner.evaluation.robustness import robustness
from vidner.evaluation.scores import Counts, Scores, score
from vidner.evaluation.slices import by_group, by_length, by_meta
from vidner.evaluation.speed import cold_start, install_size, syllables, throughput

COMMON = ("PERSON", "ORG", "LOC")
"""Labels that every Vietnamese tagger has, to compare those that lack the others."""

BASELINE = "gazetteer and patterns"
ROBUSTNESS_SYLLABLES = 20_000


@dataclass(frozen=True)
class Peer:
    """Predictions of another tagger for the same documents.

    Attributes:
        name: What tables call it.
        documents: Its predictions, in gold's order.
        facts: What is known of it besides: ``syllables_per_second``,
            ``cold_start_s``, ``peak_memory_mb``, ``install_mb``.
    """

    name: str
    documents: Sequence[Document]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Material:
    """What a report is made from.

    Attributes:
        gold: Annotated documents.
        source: Where they came from, for the record.
        tagger: The model under test.
        model: Its directory or name; ``None`` for the embedded one.
        protocol: How gold relates to what the model was trained on, in words.
        training: Documents that it was trained on, if known.
        development: Documents to fit the temperature on.
        peers: Other taggers' predictions.
        results: Recorded results of protocols, by name
            (``{"protocol": ..., "scores": ..., "curve": [...]}``).
    """

    gold: Sequence[Document]
    source: str
    tagger: TextTagger
    model: str | None = None
    protocol: str = ""
    training: Sequence[Document] = ()
    development: Sequence[Document] = ()
    peers: Sequence[Peer] = ()
    results: Mapping[str, Any] = field(default_factory=dict)


def evaluate(material: Material, *, seed: int = 0) -> dict[str, Any]:
    """The record of a report.

    Args:
        material: What to evaluate, and what is known of it.
        seed: Seed of the perturbations' random choices.
    """
    gold = material.gold
    predicted = predict(material.tagger, gold)
    scores = score(gold, predicted)
    found = list(mistakes.mistakes(gold, predicted))
    return {
        "vidner": __version__,
        "model": material.model,
        "protocol": material.protocol,
        "gold": {
            "source": material.source,
            "documents": len(gold),
            "entities": sum(len(document.entities) for document in gold),
            "syllables": syllables(gold),
        },
        "exposure": _exposure(material, predicted),
        "scores": scores.to_dict(),
        "lenient": {n: c.to_dict() for n, c in lenient_scores(gold, predicted).items()},
        "confusion": confusion(gold, predicted).to_dict(),
        "mistakes": {
            "counts": mistakes.by_kind(found),
            "commonest": mistakes.commonest(found),
            "all": [mistake.to_dict() for mistake in found],
        },
        "slices": _slices(gold, predicted, scores),
        "calibration": _calibration(material, predicted),
        "robustness": _robustness(material, predicted, seed),
        "peers": list(_peers(material, scores)),
        "results": dict(material.results),
    }


def _table(rows: Mapping[str, Counts]) -> dict[str, dict[str, float]]:
    return {name: counts.to_dict() for name, counts in rows.items()}


def _exposure(material: Material, predicted: Sequence[Document]) -> dict[str, Any] | None:
    if not material.training:
        return None
    exposure = Exposure(material.training)
    recall = recall_by_exposure(material.gold, predicted, exposure)
    # Predictions have no exposure, so neither precision nor F1 means anything here.
    rows = {
        name: {"recall": round(counts.recall, 4), "right": counts.right, "gold": counts.gold}
        for name, counts in recall.items()
    }
    return {**exposure.summary(material.gold), "recall": rows}


def _slices(
    gold: Sequence[Document], predicted: Sequence[Document], scores: Scores
) -> dict[str, dict[str, dict[str, float]]]:
    slices = {
        "length in syllables": by_length(gold, predicted),
        "document": by_group(gold, scores, lambda document: document.id),
        "form": by_meta(gold, scores, "form"),
        "topic": by_meta(gold, scores, "topic"),
    }
    return {name: _table(rows) for name, rows in slices.items() if rows}


def _calibration(material: Material, predicted: Sequence[Document]) -> dict[str, Any]:
    outcomes = calibration.outcomes(material.gold, predicted)
    record = {"all": _reliability(outcomes), "thresholds": _thresholds(material.gold, outcomes)}
    if material.development:
        found = predict(material.tagger, material.development)
        temperature = calibration.fit_temperature(calibration.outcomes(material.development, found))
        tempered = calibration.with_temperature(outcomes, temperature)
        record["tempered"] = {**_reliability(tempered), "temperature": round(temperature, 4)}
    return record


def _reliability(outcomes: Sequence[calibration.Outcome]) -> dict[str, Any]:
    bins = calibration.reliability(outcomes)
    error = calibration.expected_calibration_error(bins)
    return {"error": round(error, 4), "bins": [row.to_dict() for row in bins]}


def _thresholds(
    gold: Sequence[Document], outcomes: Sequence[calibration.Outcome]
) -> dict[str, list[dict[str, float]]]:
    tables = {}
    for label in LABELS:
        count = sum(entity.label == label for d in gold for entity in d.entities)
        own = [outcome for outcome in outcomes if outcome.label == label]
        tables[label] = [
            {"threshold": threshold, **counts.to_dict()}
            for threshold, counts in calibration.by_threshold(own, count)
            if counts.predicted
        ]
    return {label: rows for label, rows in tables.items() if rows}


def _robustness(
    material: Material, predicted: Sequence[Document], seed: int
) -> list[dict[str, object]]:
    """On the first documents, up to a number of syllables: each is tagged many times."""
    totals = accumulate(syllables([document]) for document in material.gold)
    most = max(1, sum(1 for _ in takewhile(lambda n: n <= ROBUSTNESS_SYLLABLES, totals)))
    found = robustness(material.tagger, material.gold[:most], predicted[:most], seed=seed)
    return [outcome.to_dict() for outcome in found]


def _peers(material: Material, scores: Scores) -> Iterable[dict[str, Any]]:
    """The model, the baseline and every other tagger, measured on the same documents."""
    yield {
        "name": material.model or "vidner",
        **_compared(scores),
        **throughput(material.tagger.tag, material.gold),
        **_costs(material),
    }
    texts = {document.text for document in material.gold}
    baseline = Gazetteer(d for d in material.training if d.text not in texts)
    yield {
        "name": BASELINE,
        "names": len(baseline),
        **_compared(score(material.gold, predict(baseline, material.gold))),
        **throughput(baseline.tag, material.gold),
    }
    for peer in material.peers:
        yield {
            **peer.facts,
            "name": peer.name,
            **_compared(score(material.gold, peer.documents)),
        }


def _costs(material: Material) -> dict[str, float]:
    if not isinstance(material.tagger, Tagger):
        return {}
    return {**cold_start(material.model, material.gold), "install_mb": install_size()}


def _compared(scores: Scores) -> dict[str, Any]:
    common = sum((scores.labels.get(label, Counts()) for label in COMMON), Counts())
    return {"scores": scores.to_dict(), "common": common.to_dict()}
