"""Annotate real articles: draw them, show them for reading, collect the marks.

    python training/news_layer.py draw    --news DIR --out build/news
    python training/news_layer.py draw    --news DIR --out build/events --events
    python training/news_layer.py draw    --news DIR --out build/more --events \\
        --without annotations/news/events.jsonl
    python training/news_layer.py check   build/news/batch-000.txt MARKS.txt
    python training/news_layer.py collect --pool build/news/pool.jsonl --out FILE MARKS...

The text shown and the mention lists stay under build/; only the layer
(offsets and checksums) is written to annotations/news/.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from vidner.documents import Document, problems
from vidner.documents.jsonl import read_rows
from vidner.documents.mentions import locate, parse_lists, unmarked_repeats
from vidner.documents.news import EVENT_TOPICS, draw, read_articles, to_layer

SEED = 20260
SIZES = {"defence": 1750, "general": 350}
EVENT_SIZES = {"defence": 330, "general": 90}
TEST = 80
BATCH = 12


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("draw", help="draw the articles and write reading batches")
    command.add_argument("--news", type=Path, required=True)
    command.add_argument("--out", type=Path, required=True)
    command.add_argument(
        "--events", action="store_true", help="a second draw, for training, of articles on events"
    )
    command.add_argument(
        "--without", type=Path, nargs="*", default=[],
        help="with --events: layers whose articles were drawn already",
    )  # fmt: skip
    command.set_defaults(run=run_draw)
    command = commands.add_parser("check", help="check mention lists against their articles")
    command.add_argument("pool", type=Path)
    command.add_argument("marks", type=Path, nargs="+")
    command.set_defaults(run=run_check)
    command = commands.add_parser("collect", help="turn mention lists into the layer")
    command.add_argument("--pool", type=Path, required=True)
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--annotator", default="reader")
    command.add_argument("marks", type=Path, nargs="+")
    command.set_defaults(run=run_collect)
    options = parser.parse_args()
    return int(options.run(options))


def run_draw(options: argparse.Namespace) -> int:
    drawn = draw(read_articles(options.news), SIZES, seed=SEED)
    tests = TEST
    if options.events:
        seen = {document.id for document in drawn}
        seen |= {row["id"] for path in options.without for _, row in read_rows(path)}
        drawn = draw(
            read_articles(options.news), EVENT_SIZES, seed=SEED, topics=EVENT_TOPICS, without=seen
        )
        tests = 0
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "pool.jsonl").open("w", encoding="utf-8") as out:
        for place, document in enumerate(drawn):
            split = "test" if place < tests else "train"
            row = {**document.to_dict(), "meta": {**document.meta, "split": split}}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    test, train = drawn[:tests], drawn[tests:]
    for name, documents in (("test", test), ("batch", train)):
        for at in range(0, len(documents), BATCH):
            path = options.out / f"{name}-{at // BATCH:03d}.txt"
            path.write_text("\n".join(map(as_reading, documents[at : at + BATCH])), "utf-8")
    return 0


def as_reading(document: Document) -> str:
    lines = (f"{number}| {line}" for number, line in enumerate(document.text.split("\n"), 1))
    return f"@@ {document.id}\n" + "\n".join(lines) + "\n"


def read_pool(path: Path) -> dict[str, Document]:
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return {row["id"]: Document(row["id"], row["text"], meta=row["meta"]) for row in rows}


def marked(pool: dict[str, Document], paths: list[Path]) -> tuple[list[Document], list[str]]:
    documents, messages = [], []
    for path in paths:
        for name, lines in parse_lists(path.read_text("utf-8")):
            if name not in pool:
                messages.append(f"{path.name}: no article {name!r} in the pool")
                continue
            document, unplaced = locate(pool[name], lines)
            documents.append(document)
            messages += unplaced + problems(document)
    return documents, messages


def run_check(options: argparse.Namespace) -> int:
    documents, messages = marked(read_pool(options.pool), options.marks)
    print(*messages, sep="\n")
    mentions = sum(len(document.entities) for document in documents)
    print(f"{len(documents)} articles, {mentions} mentions, {len(messages)} errors.")
    print("Repeats left unmarked (look again, some are right):")
    for document in documents:
        for line in unmarked_repeats(document):
            print(line)
    print()
    return 1 if messages else 0


def run_collect(options: argparse.Namespace) -> int:
    documents, messages = marked(read_pool(options.pool), options.marks)
    if messages:
        print(*messages, sep="\n", file=sys.stderr)
        return 1
    with options.out.open("w", encoding="utf-8") as out:
        for document in sorted(documents, key=lambda each: each.id):
            row = to_layer(document, annotator=options.annotator)
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{options.out}: {len(documents)} articles")
    return 0


if __name__ == "__main__":
    sys.exit(main())
