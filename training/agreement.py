"""Agreement of independent annotations of the same documents.

python training/agreement.py --news DIR

Writes annotations/agreement/agreement.json, from which
training/annotation_tables.py makes the table of annotations/README.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from vidner import VidnerError
from vidner.documents import Document
from vidner.documents.jsonl import read_jsonl, read_rows
from vidner.documents.marks import read_marks
from vidner.documents.news import join, read_articles
from vidner.evaluation.agreement import differences, kappa
from vidner.evaluation.scores import score

ROOT = Path(__file__).parent.parent / "annotations"
CORPUS = "corpus"
PAIRS = {
    "5 seeds, first and second": ("agreement/seeds-1", "agreement/seeds-2"),
    "5 seeds, first and third": ("agreement/seeds-1", "agreement/seeds-3"),
    "80 test articles, first and second": ("agreement/test-1", "agreement/test-2"),
    "80 test articles, first and third": ("agreement/test-1", "agreement/test-3"),
    "80 test articles, second and third": ("agreement/test-2", "agreement/test-3"),
    "204 training articles, the layer and a second reader": (
        "news/train",
        "agreement/train-second",
    ),
    "44 articles on events, the layer and a second reader": (
        "news/events",
        "agreement/events-second",
    ),
    "42 further articles on events, the layer and a second reader": (
        "news/more-events",
        "agreement/more-events-second",
    ),
    "56 written documents, the corpus and a second reader": (CORPUS, "agreement/corpus-second"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--news", type=Path, required=True, help="folder with the layers' articles")
    parser.add_argument("--differences", action="store_true", help="print every difference")
    options = parser.parse_args()
    try:
        return run(options)
    except VidnerError as error:
        print(f"agreement: {error}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    written = read_corpus()
    seeds = read_jsonl(ROOT / "gold" / "seeds.jsonl")
    texts = [*read_articles(options.news), *seeds, *written]
    rows = {}
    for name, (first, second) in PAIRS.items():
        other = annotated(second, texts)
        ids = {document.id for document in other}
        whole = written if first == CORPUS else annotated(first, texts)
        one = [document for document in whole if document.id in ids]
        rows[name] = compare(one, other)
        if options.differences:
            for pair in zip(one, other, strict=True):
                print(*differences(*pair), sep="\n")
    text = json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
    (ROOT / "agreement" / "agreement.json").write_text(text, "utf-8")
    return 0


def read_corpus() -> list[Document]:
    documents = [d for path in (ROOT / CORPUS).glob("*.txt") for d in read_marks(path)]
    return sorted(documents, key=lambda document: document.id)


def annotated(name: str, texts: list[Document]) -> list[Document]:
    path = ROOT / f"{name}.jsonl"
    documents, left_out = join((row for _, row in read_rows(path)), texts)
    if left_out:
        raise VidnerError(f"{path}: {dict(left_out)}; give the whole corpus with --news")
    return sorted(documents, key=lambda document: document.id)


def compare(one: list[Document], other: list[Document]) -> dict[str, float]:
    scores = score(one, other)
    labels = {label: round(counts.f1, 3) for label, counts in scores.labels.items()}
    return {**labels, "micro": round(scores.micro.f1, 3), "kappa": round(kappa(one, other), 3)}


if __name__ == "__main__":
    sys.exit(main())
