"""The command line: every command, and the one place where errors become messages."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from vidner._entities import LABELS, Entity
from vidner._errors import DocumentError, VidnerError
from vidner._tagger import Tagger

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

_COLOURS = {"PERSON": 36, "ORG": 33, "LOC": 32, "EVENT": 35, "DATE": 34}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except VidnerError as error:
        _complain(str(error))
        return FAILED
    except BrokenPipeError:
        # The reader has gone (`| head`): what is left to write is of no use.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    from vidner import __version__

    parser = argparse.ArgumentParser(
        prog="vidner", description="Named entities in Vietnamese defence news, offline."
    )
    parser.add_argument("--version", action="version", version=f"vidner {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_tag(commands)
    _add_evaluate(commands)
    return parser


def _add_tag(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "tag",
        help="list the entities of text files",
        description="List the entities of text files (UTF-8). A readable listing on a terminal, "
        "one JSON object a file when piped or with --json.",
        epilog="example: vidner tag article.txt   |   cat article.txt | vidner tag - --json",
    )
    command.add_argument(
        "files", nargs="+", metavar="FILE", help="text file, or - for standard input"
    )
    command.add_argument("--json", action="store_true", help="JSON lines also on a terminal")
    command.add_argument("--list", action="store_true", help="the listing also when piped")
    command.add_argument(
        "--model", metavar="M", help="model directory or hub name (default: embedded)"
    )
    command.add_argument(
        "--label", action="append", choices=LABELS, help="only this label; may be repeated"
    )
    command.set_defaults(run=run_tag)


def run_tag(options: argparse.Namespace) -> int:
    """Tag each file; a file that cannot be read is reported and the others are done."""
    tagger = Tagger.load(options.model)
    out = sys.stdout
    listing = options.list or (out.isatty() and not options.json)
    colour = out.isatty() and "NO_COLOR" not in os.environ
    wanted = set(options.label or LABELS)
    failed = False
    for name in options.files:
        try:
            text = _read_text(name)
        except VidnerError as error:
            _complain(str(error))
            failed = True
            continue
        entities = [entity for entity in tagger.tag(text) if entity.label in wanted]
        if listing:
            _write_listing(out, name, text, entities, colour=colour)
        else:
            row = {"file": name, "entities": [entity.to_dict() for entity in entities]}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        out.flush()
    return FAILED if failed else OK


def _add_evaluate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "evaluate",
        help="report how good a model is on annotated documents",
        description="Score a model on annotated documents and write report.html, report.md and "
        "report.json. Needs the extra `report`.",
        epilog="example: vidner evaluate gold.jsonl --train train.jsonl -o build/report",
    )
    command.add_argument("gold", type=Path, metavar="GOLD.jsonl", help="annotated documents")
    command.add_argument(
        "--model", metavar="M", help="model directory or hub name (default: embedded)"
    )
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
    command.set_defaults(run=run_evaluate)


def run_evaluate(options: argparse.Namespace) -> int:
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
        _complain(str(error))
        return USAGE
    record = evaluate(material)
    written = write_report(record, options.out)
    sys.stdout.write(f"{score_table(record['scores'])}\n\n")
    sys.stdout.write("".join(f"{path}\n" for path in written))
    return OK


def _read_text(name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise VidnerError(f"{name}: {error.strerror or error}") from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise VidnerError(
            f"{name}: not UTF-8 text, byte 0x{data[error.start]:02x} at offset {error.start}; "
            "convert it first, for example with iconv"
        ) from None


def _write_listing(
    out: TextIO, name: str, text: str, entities: Iterable[Entity], *, colour: bool
) -> None:
    found = list(entities)
    noun = "entity" if len(found) == 1 else "entities"
    out.write(f"{_painted(name, 1, colour)}: {len(found)} {noun}\n")
    for line, column, entity in _places(text, found):
        label = _painted(f"{entity.label:<6}", _COLOURS.get(entity.label, 0), colour)
        mention = " ".join(entity.text.split())
        out.write(f"{line:>5}:{column:<5} {label}  {mention}  ({entity.score:.2f})\n")


def _places(text: str, entities: Iterable[Entity]) -> Iterator[tuple[int, int, Entity]]:
    """Line and column, from 1, of each entity."""
    line, start, at = 1, 0, 0
    for entity in entities:
        line += text.count("\n", at, entity.start)
        start = max(start, text.rfind("\n", at, entity.start) + 1)
        at = entity.start
        yield line, entity.start - start + 1, entity


def _painted(text: str, code: int, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text


def _complain(message: str) -> None:
    sys.stderr.write(f"vidner: {message}\n")


if __name__ == "__main__":
    sys.exit(main())
