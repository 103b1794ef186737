"""`vidner tag`: the entities of text files, or of an archive."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

from vidner._entities import LABELS, Entity
from vidner._errors import VidnerError
from vidner._tagger import Tagger
from vidner.cli._common import FAILED, INTERRUPTED, OK, USAGE, Commands, add_model, complain

_COLOURS = {"PERSON": 36, "ORG": 33, "LOC": 32, "EVENT": 35, "DATE": 34}


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "tag",
        help="list the entities of text files, or tag an archive",
        description="List the entities of text files (UTF-8). A readable listing on a terminal, "
        "one JSON object a file when piped or with --json. With -o an archive is tagged: files, "
        "folders and patterns; .txt, .jsonl, .csv and .parquet, also compressed (.gz, .bz2, .xz, "
        ".zst). A run that is killed goes on when the same command is given again. A record that "
        "cannot be read is put into OUT.errors.jsonl with its place and the reason, and the exit "
        "code is 1.",
        epilog="example: vidner tag article.txt   |   cat article.txt | vidner tag - --json   |   "
        "vidner tag news/ 'more/**/*.jsonl.gz' --column body -o entities.jsonl",
    )
    command.add_argument(
        "files", nargs="+", metavar="FILE", help="text file, or - for standard input; "
        "with -o also a folder or a pattern",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="JSON lines also on a terminal")
    command.add_argument("--list", action="store_true", help="the listing also when piped")
    add_model(command)
    command.add_argument(
        "--label", action="append", choices=LABELS, help="only this label; may be repeated"
    )
    command.add_argument(
        "--threads", type=_positive, metavar="N",
        help="windows that are worked on at a time (default: all processors)",
    )  # fmt: skip
    _add_archive(command.add_argument_group("an archive (with -o)"))
    command.set_defaults(run=run)


def _add_archive(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "-o", "--out", type=Path, metavar="OUT",
        help="tag an archive into this .jsonl, .jsonl.gz or .parquet file",
    )  # fmt: skip
    group.add_argument(
        "--column", metavar="NAME", help="where rows have their text (default: text)"
    )
    group.add_argument(
        "--id-column", metavar="NAME", help="where rows have an id (default: file and number)"
    )
    group.add_argument("--with-text", action="store_true", help="keep the texts in the output")
    group.add_argument(
        "--overwrite", action="store_true",
        help="replace OUT if it is there, and drop what an unfinished run of another command left",
    )  # fmt: skip
    group.add_argument(
        "--progress", action=argparse.BooleanOptionalAction, default=None,
        help="a bar on standard error (default: on a terminal)",
    )  # fmt: skip


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: wanted at least 1")
    return number


def run(options: argparse.Namespace) -> int:
    """List the entities of files, or tag an archive."""
    archive = ("column", "id_column", "with_text", "overwrite", "progress")
    if options.out is not None:
        if options.json or options.list:
            complain("--json and --list are for listings, not for an archive (-o)")
            return USAGE
        return _tag_archive(options)
    if given := [name for name in archive if getattr(options, name)]:
        complain(f"--{given[0].replace('_', '-')} is for an archive: give its output with -o OUT")
        return USAGE
    return _tag_files(options)


def _tag_archive(options: argparse.Namespace) -> int:
    """One summary line at the end; records that could not be read make it a failure."""
    from vidner.archive import tag_archive

    try:
        summary = tag_archive(
            options.files,
            options.out,
            model=options.model,
            threads=options.threads,
            column=options.column or "text",
            id_column=options.id_column,
            with_text=options.with_text,
            labels=options.label or LABELS,
            overwrite=options.overwrite,
            progress=_wants_bar(options.progress),
        )
    except KeyboardInterrupt:
        complain(f"{options.out}: stopped; the same command goes on where it was")
        return INTERRUPTED
    done = f"{summary.out}: {summary.documents} documents"
    if summary.resumed:
        done += f", {summary.resumed} records were done before"
    if summary.ignored:
        done += f", {summary.ignored} files of other kinds left alone"
    if summary.errors:
        done += f", {summary.errors} records left out: {summary.errors_path} says why"
    complain(done)
    return FAILED if summary.errors else OK


def _wants_bar(asked: bool | None) -> bool:
    if asked is None:
        return sys.stderr.isatty() and find_spec("tqdm") is not None
    return asked


def _tag_files(options: argparse.Namespace) -> int:
    """Tag each file; a file that cannot be read is reported and the others are done."""
    tagger = Tagger.load(options.model, threads=options.threads)
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
