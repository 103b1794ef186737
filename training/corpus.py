"""Check the written corpus and turn its source form into JSON lines.

python training/corpus.py check annotations/corpus/*.txt
python training/corpus.py build --out build/corpus.jsonl annotations/corpus/*.txt
python training/corpus.py overlap --news DIR annotations/corpus/*.txt
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from vidner import VidnerError
from vidner.documents import Document
from vidner.documents.jsonl import write_jsonl
from vidner.documents.marks import read_marks
from vidner.documents.mentions import unmarked_repeats
from vidner.documents.news import read_articles
from vidner.evaluation.coverage import RUN, shared_runs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("check", help="report errors and repeats left unmarked")
    command.set_defaults(run=run_check)
    command.add_argument("sources", type=Path, nargs="+")
    command = commands.add_parser("build", help="write one JSON-lines file")
    command.set_defaults(run=run_build)
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("sources", type=Path, nargs="+")
    command = commands.add_parser("overlap", help="long runs of words shared with real articles")
    command.set_defaults(run=run_overlap)
    command.add_argument("--news", type=Path, required=True)
    command.add_argument("sources", type=Path, nargs="+")
    options = parser.parse_args()
    try:
        return int(options.run(options))
    except VidnerError as error:
        print(error, file=sys.stderr)
        return 1


def run_check(options: argparse.Namespace) -> int:
    for path in options.sources:
        documents = list(read_marks(path))
        for document in documents:
            for line in unmarked_repeats(document):
                print(line)
        print(f"{path}: {summary(documents)}")
    return 0


def summary(documents: list[Document]) -> str:
    labels = Counter(entity.label for document in documents for entity in document.entities)
    counts = ", ".join(f"{label} {count}" for label, count in sorted(labels.items()))
    return f"{len(documents)} documents, {sum(labels.values())} entities ({counts})"


def run_build(options: argparse.Namespace) -> int:
    documents = [document for path in sorted(options.sources) for document in read_marks(path)]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_jsonl(documents, options.out)
    print(f"{options.out}: {summary(documents)}")
    return 0


def run_overlap(options: argparse.Namespace) -> int:
    documents = [document for path in sorted(options.sources) for document in read_marks(path)]
    shared = shared_runs(documents, (article.text for article in read_articles(options.news)))
    for name, run in shared:
        print(f"{name}: {run}")
    print(f"{len(shared)} runs of {RUN} words are shared with {options.news}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
