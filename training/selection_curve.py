"""How much annotation `vidner label-studio select` saves against random choice: a simulation.

    python training/selection_curve.py --out training/selection.json annotations/corpus/*.txt
    python training/selection_curve.py --layer annotations/news/train.jsonl --news DIR \\
        --documents 700 --most 260 --seeds 1 2 3 --out training/selection-news.json

The documents (the written corpus, or real articles) are split into a pool and
test documents; a small linear tagger is trained anew after each step. Effort is
counted in words that an annotator must read. With --unit line the pool holds
single lines, of which there are more to choose from. What there is so far is
written after each seed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from vidner import VidnerError
from vidner.documents import Document
from vidner.documents.marks import read_marks
from vidner.evaluation.learning_curve import (
    Point,
    choose_at_random,
    curve,
    mean_curve,
    words_needed,
)
from vidner.evaluation.linear import LinearTagger
from vidner.label_studio.selection import select
from vidner.train.data import gather, sample

TEST_SHARE = 0.3
SIZES = {"document": (20, 40), "line": (150, 300)}  # to begin with, and in each step


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", type=Path, nargs="*", help="the written corpus")
    parser.add_argument("--layer", type=Path, nargs="*", default=[], help="real articles")
    parser.add_argument("--news", type=Path, help="folder with the articles of the layers")
    parser.add_argument("--documents", type=int, help="draw so many of them; all by default")
    parser.add_argument("--most", type=int, help="stop when so many are annotated")
    parser.add_argument("--out", type=Path, required=True, help="where to write the curves")
    parser.add_argument("--plot", type=Path, help="where to write a plot (.svg, .png)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--unit", choices=SIZES, default="document", help="what is chosen")
    options = parser.parse_args()
    try:
        return run(options)
    except VidnerError as error:
        print(f"selection_curve: {error}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    documents = [document for path in sorted(options.sources) for document in read_marks(path)]
    documents += gather([], options.layer, news=options.news)[0]
    if options.documents:
        documents = sample(documents, options.documents, seed=0)
    if not documents:
        raise VidnerError("no documents; give sources, or --layer with --news")
    first, step = SIZES[options.unit]
    curves: dict[str, list[list[Point]]] = {"random": [], "selection": []}
    record: dict[str, Any] = {"savings": []}
    for seed in options.seeds:
        pool, test = split(documents, seed)
        if options.unit == "line":
            pool = [line for document in pool for line in lines_of(document)]
        for name, choose in (("random", choose_at_random), ("selection", choose_by_selection)):
            points = curve(
                pool, test, train=train, choose=choose, first=first, step=step, seed=seed,
                most=options.most,
            )  # fmt: skip
            curves[name].append(points)
            rates = " ".join(f"{point.f1:.3f}" for point in points)
            print(f"seed {seed} {name}: {rates}", flush=True)
        # After each seed, so that a run may be stopped and what it has is kept.
        record = summary(curves, options, len(documents))
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
        if options.plot is not None:
            plot(curves, options.plot)
    for row in record["savings"]:
        print(row)
    return 0


def split(documents: Sequence[Document], seed: int) -> tuple[list[Document], list[Document]]:
    """Pool and test documents, by document, another split for each seed."""
    shuffled = list(documents)
    random.Random(f"split {seed}").shuffle(shuffled)
    size = round(len(shuffled) * TEST_SHARE)
    return shuffled[size:], shuffled[:size]


def lines_of(document: Document) -> list[Document]:
    """Each line that has words as a document of its own; no entity crosses lines."""
    found, start = [], 0
    for number, line in enumerate(document.text.split("\n")):
        end = start + len(line)
        entities = tuple(
            replace(entity, start=entity.start - start, end=entity.end - start)
            for entity in document.entities
            if start <= entity.start and entity.end <= end
        )
        if line.strip():
            found.append(Document(f"{document.id}:{number}", line, entities))
        start = end + 1
    return found


def train(documents: Sequence[Document], seed: int) -> LinearTagger:
    return LinearTagger(documents, seed=seed)


def choose_by_selection(
    rest: Sequence[Document],
    done: Sequence[Document],
    model: LinearTagger,
    count: int,
    random_numbers: random.Random,
) -> list[Document]:
    return [choice.document for choice in select(rest, model, count, known=done)]


def summary(
    curves: dict[str, list[list[Point]]], options: argparse.Namespace, documents: int
) -> dict[str, Any]:
    means = {name: mean_curve(each) for name, each in curves.items()}
    seeds = options.seeds[: len(curves["random"])]
    return {
        "protocol": f"{documents} {kind(options)}, {TEST_SHARE:.0%} of them for testing, split "
        f"by document; linear tagger; {len(seeds)} seeds; strict micro-F1",
        "unit": options.unit,
        "seeds": seeds,
        "curves": {name: [asdict(point) for point in each] for name, each in means.items()},
        "by_seed": {
            name: [[round(point.f1, 4) for point in points] for points in each]
            for name, each in curves.items()
        },
        "savings": savings(means),
    }


def kind(options: argparse.Namespace) -> str:
    """What the documents are, in words."""
    names = {"written documents": options.sources, "real articles": options.layer}
    return " and ".join(name for name, given in names.items() if given)


def savings(means: dict[str, list[Point]]) -> list[dict[str, float]]:
    """Words that each way needs for the F1 that random choice reaches at its points."""
    rows = []
    for point in means["random"][1:-1]:
        needed = words_needed(means["selection"], point.f1)
        if needed is not None:
            share = 1 - needed / point.words
            rows.append(
                {
                    "f1": round(point.f1, 4),
                    "random_words": point.words,
                    "selection_words": round(needed),
                    "saved": round(share, 3),
                }
            )
    return rows


def plot(curves: dict[str, list[list[Point]]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 3.8), layout="constrained")
    styles = {"random": ("#999999", "o"), "selection": ("#0072B2", "s")}
    for name, each in curves.items():
        points = mean_curve(each)
        words = [point.words for point in points]
        colour, marker = styles[name]
        axes.plot(words, [point.f1 for point in points], color=colour, marker=marker, label=name)
        by_point = list(zip(*each, strict=False))
        low = [min(point.f1 for point in seeds) for seeds in by_point]
        high = [max(point.f1 for point in seeds) for seeds in by_point]
        axes.fill_between(words, low, high, color=colour, alpha=0.2, linewidth=0)
    axes.set_xlabel("words annotated")
    axes.set_ylabel("strict micro-F1")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


if __name__ == "__main__":
    sys.exit(main())
