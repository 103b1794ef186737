"""`vidner evaluate`: a report about a model."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vidner._errors import DocumentError
from vidner._tagger import Tagger
from vidner.cli._common import OK, USAGE, Commands, add_model, complain


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "evaluate",
        help="report how good a model is on annotated documents",
        description="Score a model on annotated documents and write report.html, report.md and "
        "report.json. Needs the extra `report`.",
        epilog="example: vidner evaluate gold.jsonl --train train.jsonl -o build/report",
    )
    command.add_argument("gold", type=Path, metavar="GOLD.jsonl", help="annotated documents")
    add_model(command)
    for option, metavar, text in (
        ("--against", "PRED.jsonl", "another tagger's predictions for the same documents"),
        ("--train", "TRAIN.jsonl", "what the model was trained on: for recall on unseen names"),
        ("--dev", "DEV.jsonl", "documents to fit the temperature of the score on"),
        ("--results", "RESULT.json", "recorded scores of a protocol, shown beside"),
    ):
        command.add_argument(
            option, type=Path, nargs="+", action="extend", default=[], metavar=metavar, help=text
        )
    command.add_argument(
        "--protocol", default="", metavar="TEXT", help="how gold and training relate, in words"
    )
    command.add_argument(
        "-o", "--out", type=Path, default=Path("build/report"), metavar="DIR",
        help="where to write the report (default: %(default)s)",
    )  # fmt: skip
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the report; input that cannot be evaluated is one message and exit code 2."""
    from vidner.evaluation.files import read_gold, read_many, read_peers, read_results
    from vidner.evaluation.page import require_extra, write_report
    from vidner.evaluation.report import Material, evaluate
    from vidner.evaluation.tables import score_table

    require_extra()
    try:
        gold = read_gold(options.gold)
        material = Material(
            gold=gold,
            source=str(options.gold),
            training=read_many(options.train),
            development=read_many(options.dev),
            peers=read_peers(options.against, gold),
            results=read_results(options.results),
            tagger=Tagger.load(options.model),
            model=options.model,
            protocol=options.protocol,
        )
    except DocumentError as error:
        complain(str(error))
        return USAGE
    record = evaluate(material)
    written = write_report(record, options.out)
    sys.stdout.write(f"{score_table(record['scores'])}\n\n")
    sys.stdout.write("".join(f"{path}\n" for path in written))
    return OK
