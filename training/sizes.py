"""Models of several sizes side by side: F1, size, speed and memory, in one run.

    python training/sizes.py --news DIR --layer annotations/news/test.jsonl \\
        --out training/sizes.json

Speed is over the articles given, the models in turn, median of --rounds; memory and cold
start are of a fresh process each.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from vidner import Tagger, VidnerError
from vidner._models import DIRECTORIES
from vidner.documents import Document
from vidner.evaluation.predict import predict
from vidner.evaluation.scores import score
from vidner.evaluation.speed import cold_start, syllables
from vidner.train.data import gather


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--models", type=Path, nargs="+", default=list(DIRECTORIES.values()),
        help="packed models (default: the embedded ones)",
    )  # fmt: skip
    parser.add_argument("--names", nargs="+", default=list(DIRECTORIES), help="what to call them")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="annotated JSONL files")
    parser.add_argument("--layer", type=Path, nargs="*", default=[], help="layers over articles")
    parser.add_argument("--news", type=Path, help="folder with the articles of the layers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, required=True, help="JSON file of the table")
    options = parser.parse_args()
    try:
        return run(options)
    except VidnerError as error:
        print(f"sizes: {error}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    if len(options.names) != len(options.models):
        raise VidnerError(
            f"{len(options.names)} names for {len(options.models)} models; give one each"
        )
    documents, _ = gather(options.data, options.layer, news=options.news)
    if not documents:
        raise VidnerError("no documents; give --data, or --layer with --news")
    taggers = {
        name: Tagger.load(model)
        for name, model in zip(options.names, options.models, strict=True)
    }  # fmt: skip
    speeds = in_turn(taggers, documents, rounds=options.rounds)
    rows = [
        {
            "name": name,
            **quality(taggers[name], documents),
            "megabytes": round(directory_size(model) / 1e6, 1),
            "syllables_per_second": round(speeds[name]),
            **cold_start(str(model), documents),
        }
        for name, model in zip(options.names, options.models, strict=True)
    ]
    record = {"documents": len(documents), "rounds": options.rounds, "rows": rows}
    options.out.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(options.out.read_text("utf-8"))
    return 0


def in_turn(
    taggers: dict[str, Tagger], documents: list[Document], *, rounds: int
) -> dict[str, float]:
    """Syllables a second of each, all processors; the first round only warms up."""
    texts = [document.text for document in documents]
    seconds: dict[str, list[float]] = {name: [] for name in taggers}
    for _ in range(rounds + 1):
        for name, tagger in taggers.items():
            began = time.perf_counter()
            list(tagger.tag_many(texts))
            seconds[name].append(time.perf_counter() - began)
    total = syllables(documents)
    return {name: total / median(each[1:]) for name, each in seconds.items()}


def quality(tagger: Tagger, documents: list[Document]) -> dict[str, Any]:
    """Micro-F1 with its interval, and each label's F1."""
    found = score(documents, predict(tagger, documents))
    low, high = found.intervals()["micro"]
    return {
        "f1": round(found.micro.f1, 4),
        "interval": [round(low, 4), round(high, 4)],
        "labels": {label: round(counts.f1, 4) for label, counts in found.labels.items()},
    }


def directory_size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.iterdir() if path.is_file())


if __name__ == "__main__":
    sys.exit(main())
