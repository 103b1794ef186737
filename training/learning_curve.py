"""Learning curve: scores over the share of the real layer, with and without the written corpus.

    python training/learning_curve.py --config training/configs/small.toml --news DIR \\
        --layer annotations/news/train.jsonl --data build/corpus.jsonl \\
        --test-layer annotations/news/test.jsonl --out training/results

Every run trains from the same base on a nested random part of the layer and is
scored on documents that it did not see. A finished run is kept under --work, so
that the curve can be made in pieces; --epochs and --shares make it cheaper.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

from vidner import VidnerError
from vidner.documents import Document
from vidner.evaluation.files import write_result
from vidner.evaluation.scores import Scores, score
from vidner.train.config import TrainingConfig, read_config
from vidner.train.data import gather, sample
from vidner.train.trial import trial


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--base", help="start from this checkpoint instead of the config's")
    parser.add_argument("--epochs", type=float, help="instead of the config's")
    parser.add_argument("--layer", type=Path, nargs="+", required=True, help="real articles")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="the written corpus")
    parser.add_argument("--test", type=Path, nargs="*", default=[], help="JSONL to score on")
    parser.add_argument("--test-layer", type=Path, nargs="*", default=[], help="likewise, layers")
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
    test, _ = gather(options.test, options.test_layer, news=options.news)
    if not layer or not test:
        raise VidnerError("no articles to train on or none to test on; give --news DIR")
    for name, more in (("real", []), ("real-and-written", written)):
        points = []
        total = Scores()
        for share in sorted(options.shares):
            runs = list(curve_runs(options, config, layer, more, test, share=share, name=name))
            points.append(point(share, runs))
            total = runs[-1][1]
            print(f"{name}: {points[-1]}")
        protocol = (
            f"{len(test)} documents that no run was trained on; {len(options.seeds)} runs a point, "
            f"{config.epochs} epochs from {Path(config.base).name}; scores of the last run"
        )
        write_result(
            options.out / f"learning-curve-{name}.json", protocol, total, curve=points
        )  # fmt: skip
    return 0


def curve_runs(
    options: argparse.Namespace,
    config: TrainingConfig,
    layer: list[Document],
    written: list[Document],
    test: list[Document],
    *,
    share: int,
    name: str,
) -> Iterator[tuple[int, Scores]]:
    """Training entities and scores of each seed's run."""
    for seed in options.seeds:
        work = options.work / f"{name}-{share}-{seed}"
        part = sample(layer, len(layer), seed=seed)[: round(len(layer) * share / 100)] + written
        found = trial(config.model_copy(update={"seed": seed}), part, test, work)
        yield sum(len(d.entities) for d in part), score(test, found)


def point(share: int, runs: list[tuple[int, Scores]]) -> dict[str, object]:
    scores = [scores.micro.f1 for _, scores in runs]
    return {
        "share": share,
        "entities": round(mean(entities for entities, _ in runs)),
        "f1": round(mean(scores), 4),
        "lowest": round(min(scores), 4),
        "highest": round(max(scores), 4),
    }


if __name__ == "__main__":
    sys.exit(main())
