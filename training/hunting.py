"""Hunt for wrong annotations: list what models of other folds contradict, apply verdicts.

    python training/hunting.py list  --work build/cv --data build/corpus.jsonl --out hunting.txt
    python training/hunting.py apply --work build/cv --data build/corpus.jsonl \\
        --verdicts VERDICTS.txt --out annotations/hunting/corpus.jsonl annotations/corpus/*.txt

--work is that of training/cross_validation.py on the same documents. `apply`
changes the source files given last (`.txt` of the written corpus, `.jsonl`
layers) and records every finding.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

from vidner import VidnerError
from vidner.documents import Document
from vidner.documents.marks import replace_marks
from vidner.evaluation.files import read_predictions
from vidner.evaluation.hunting import Finding, confident, corrected, listing, read_verdicts
from vidner.evaluation.mistakes import Mistake
from vidner.train.data import folds, gather


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("list", help="write the confident disagreements for reading")
    command.set_defaults(run=run_list)
    add_common(command)
    command = commands.add_parser("apply", help="change the annotations as the verdicts say")
    command.set_defaults(run=run_apply)
    add_common(command)
    command.add_argument("--verdicts", type=Path, required=True, help="one line a disagreement")
    command.add_argument("sources", type=Path, nargs="+", help="files to change")
    options = parser.parse_args()
    try:
        return int(options.run(options))
    except VidnerError as error:
        print(f"hunting: {error}", file=sys.stderr)
        return 1


def add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--work", type=Path, required=True, help="of the cross-validation")
    command.add_argument("--data", type=Path, nargs="*", default=[], help="annotated JSONL files")
    command.add_argument("--layer", type=Path, nargs="*", default=[], help="layers over articles")
    command.add_argument("--news", type=Path, help="folder with the articles of the layers")
    command.add_argument("--score", type=float, default=0.8, help="least score of the model")
    command.add_argument("--out", type=Path, required=True)


def read_disagreements(options: argparse.Namespace) -> tuple[list[Document], list[Mistake]]:
    documents, _ = gather(options.data, options.layer, news=options.news)
    found = []
    for number, (_, fold) in enumerate(folds(documents, len(list(options.work.iterdir())))):
        predicted = read_predictions(options.work / str(number) / "predicted.jsonl", fold)
        found += list(confident(fold, predicted, score=options.score))
    return documents, sorted(found, key=lambda each: (each.document, each.start))


def run_list(options: argparse.Namespace) -> int:
    documents, found = read_disagreements(options)
    options.out.write_text(listing(found), "utf-8")
    print(f"{options.out}: {len(found)} disagreements in {len(documents)} documents")
    return 0


def run_apply(options: argparse.Namespace) -> int:
    documents, found = read_disagreements(options)
    findings = read_verdicts(options.verdicts.read_text("utf-8"), found)
    changes = defaultdict(list)
    for finding in findings:
        if finding.verdict != "annotation":
            changes[finding.mistake.document].append(finding)
    changed = {d.id: corrected(d, changes[d.id]) for d in documents if d.id in changes}
    for path in options.sources:
        rewrite(path, changed)
    record(options.out, findings)
    print(f"{len(findings)} disagreements, {sum(map(len, changes.values()))} annotations changed")
    return 0


def rewrite(path: Path, changed: dict[str, Document]) -> None:
    """Put the changed documents' entities into a source file; the rest stays as it is."""
    text = path.read_text("utf-8")
    if path.suffix == ".txt":
        path.write_text(replace_marks(text, changed), "utf-8")
        return
    rows = [json.loads(line) for line in text.splitlines()]
    for row in rows:
        if row["id"] in changed:
            row["entities"] = changed[row["id"]].to_dict()["entities"]
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text("".join(lines), "utf-8")


def record(path: Path, findings: list[Finding]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(each.to_dict(), ensure_ascii=False) + "\n" for each in findings)
    path.write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
