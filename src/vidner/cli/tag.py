"""`vidner tag`: the entities of text files."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from vidner._entities import LABELS, Entity
from vidner._errors import VidnerError
from vidner._tagger import Tagger
from vidner.cli._common import FAILED, OK, Commands, complain

_COLOURS = {"PERSON": 36, "ORG": 33, "LOC": 32, "EVENT": 35, "DATE": 34}


def add(commands: Commands) -> None:
    """Add the command to the parser."""
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
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
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
            complain(str(error))
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
