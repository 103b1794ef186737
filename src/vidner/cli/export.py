"""`vidner export`: tagged or annotated documents in the formats of other tools."""

from __future__ import annotations

import argparse
from pathlib import Path

from vidner.cli._common import FAILED, OK, Commands, complain

FORMS = ("spacy", "conll", "brat", "html", "datasets")


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "export",
        help="write documents in the formats of other tools",
        description="Write documents for other tools: spacy (a DocBin file), conll (tokens and "
        "IOB2 tags), brat (a folder of .txt and .ann), html (one page with highlights), datasets "
        "(a folder for datasets.load_from_disk). The output appears when it is complete.",
        epilog="example: vidner tag news/ --with-text -o news.jsonl && "
        "vidner export news.jsonl --to spacy -o news.spacy",
    )
    command.add_argument(
        "documents", type=Path, metavar="DOCS.jsonl",
        help="annotated documents, or the output of `vidner tag -o DOCS.jsonl --with-text` "
        "(.jsonl, .jsonl.gz, .parquet)",
    )  # fmt: skip
    command.add_argument("--to", required=True, choices=FORMS, metavar="FORMAT",
                         help=f"one of {', '.join(FORMS)}")  # fmt: skip
    command.add_argument(
        "-o", "--out", required=True, type=Path, metavar="OUT", help="file or folder to write"
    )
    command.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Export; entities that the format could not take are named, and make it a failure."""
    from vidner.documents.export import export
    from vidner.documents.tagged import read_tagged

    done = export(
        read_tagged(options.documents), options.to, options.out, overwrite=options.overwrite
    )
    for identity, entity in done.missed:
        complain(
            f"{identity}: {entity.label} {entity.text!r} at {entity.start}-{entity.end}: "
            "no tokens carry it; it was left out"
        )
    complain(f"{options.out}: {done.documents} documents")
    return FAILED if done.missed else OK
