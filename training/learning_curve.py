"""Learning curve: scores over the share of the real layer, with and without the written corpus.

    python training/learning_curve.py --config training/configs/trial.toml --news DIR \\
        --layer annotations/news/train.jsonl --data build/corpus.jsonl \\
        --test annotations/gold/seeds.jsonl --test-layer annotations/news/test.jsonl \\
        --out training/results

Every run trains from the same base on a nested random part of the layer and is
scored on documents that it did not see. A finished run is kept under --work, so
that the curve can be made in pieces; --epochs and --shares make it cheaper.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import mean
from typing import Any

from vidner import VidnerError
from vidner.documents import Document
from vidner.evaluation.files import write_result
from vidner.evaluation.scores import Scores, score
from vidner.train.config import TrainingConfig, read_config
from vidner.train.data import gather, sample
from vidner.train.trial import spread, trial

Tests = Mapping[str, list[Document]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--base", help="start from this checkpoint instead of the config's")
    parser.add_argument("--epochs", type=float, help="instead of the config's")
    parser.add_argument(
        "--least-documents", type=int, default=0,
        help="small parts are read more often, until so many documents were read",
    )  # fmt: skip
    parser.add_argument("--layer", type=Path, nargs="+", required=True, help="real articles")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="the written corpus")
    parser.add_argument("--test", type=Path, nargs="*", default=[], help="seeds to score on")
    parser.add_argument("--test-layer", type=Path, nargs="*", default=[], help="articles likewise")
    parser.add_argument("--news", type=Path, help="folder with the articles of the layers")
    parser.add_argument("--shares", type=int, nargs="+", default=[6, 12, 25, 50, 100])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--work", type=Path, default=Path("build/learning-curve"))
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    options = parser.parse_args()
    try:
        return run(options)
    except VidnerError as error:
        print(f"learning_curve: {error}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    config = read_config(options.config, base=options.base, epochs=options.epochs)
    layer, _ = gather([], options.layer, news=options.news)
    written, _ = gather(options.data)
    tests = {
        "articles": gather([], options.test_layer, news=options.news)[0],
        "seeds": gather(options.test)[0],
    }
    tests = {name: documents for name, documents in tests.items() if documents}
    if not layer or not tests:
        raise VidnerError("no articles to train on or nothing to test on; give --news DIR, --test")
    for name, more in (("real", []), ("real-and-written", written)):
        points, last = curve(options, config, layer, more, tests, name=name)
        for test, documents in tests.items():
            write_result(
                options.out / f"learning-curve-{name}-{test}.json",
                protocol(options, config, len(documents)), last[test], curve=points[test],
            )  # fmt: skip
    return 0


def curve(
    options: argparse.Namespace,
    config: TrainingConfig,
    layer: list[Document],
    written: list[Document],
    tests: Tests,
    *,
    name: str,
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Scores]]:
    """On each test set the points by share, and the scores of the last run."""
    points: dict[str, list[dict[str, Any]]] = {test: [] for test in tests}
    last: dict[str, Scores] = {}
    for share in sorted(options.shares):
        runs = [
            curve_run(options, config, layer, written, tests, share=share, name=name, seed=seed)
            for seed in options.seeds
        ]
        entities = round(mean(count for count, _ in runs))
        last = runs[-1][1]
        for test in tests:
            scores = [found[test].micro.f1 for _, found in runs]
            points[test].append({"share": share, "entities": entities, **spread(scores)})
        print(f"{name}, {share} %: {[(test, points[test][-1]) for test in tests]}", flush=True)
    return points, last


def protocol(options: argparse.Namespace, config: TrainingConfig, documents: int) -> str:
    layers = f"{config.layers} layers of " if config.layers else ""
    least = f", at least {options.least_documents} documents read" * (options.least_documents > 0)
    return (
        f"learning curve: {documents} documents that no run was trained on; {len(options.seeds)} "
        f"runs a point, {config.epochs:g} epochs{least}, from {layers}{Path(config.base).name}; "
        "the scores are those of the last run with everything"
    )


def curve_run(
    options: argparse.Namespace,
    config: TrainingConfig,
    layer: list[Document],
    written: list[Document],
    tests: Tests,
    *,
    share: int,
    name: str,
    seed: int,
) -> tuple[int, dict[str, Scores]]:
    """Training entities of a run and its scores on each test set."""
    part = sample(layer, len(layer), seed=seed)[: round(len(layer) * share / 100)] + written
    epochs = max(config.epochs, options.least_documents / len(part))
    changed = config.model_copy(update={"seed": seed, "epochs": epochs})
    everything = [document for documents in tests.values() for document in documents]
    found = trial(changed, part, everything, options.work / f"{name}-{share}-{seed}")
    answers = {document.id: document for document in found}
    scores = {
        test: score(documents, [answers[document.id] for document in documents])
        for test, documents in tests.items()
    }
    return sum(len(document.entities) for document in part), scores


if __name__ == "__main__":
    sys.exit(main())
