"""The output: rows that are appended one by one, and the file that is made of them at the end."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

from vidner._errors import VidnerError
from vidner.archive.reader import require_arrow

ROW_GROUP = 1000
"""Rows of a row group of a Parquet file; so many are in memory at a time."""

_SURROGATES = re.compile("[\ud800-\udfff]")


class Lines:
    """JSON objects in a file, a line each; a line is either whole or not there.

    Attributes:
        path: The file.
        count: Lines in it.
        last: The last object, or None.
    """

    def __init__(self, path: Path) -> None:
        """Open a file, or make it. A line that a killed run left torn is cut off.

        Raises:
            VidnerError: The file cannot be written, or another run writes it.
        """
        self.path = path
        self.count = 0
        self.last: dict[str, Any] | None = None
        with clear_errors(path):
            self._file = path.open("ab", buffering=0)
            try:
                _lock(self._file.fileno(), path)
                self._repair()
            except BaseException:
                self._file.close()
                raise

    def _repair(self) -> None:
        good, line = 0, b""
        with self.path.open("rb") as lines:
            for read in lines:
                if not (read.startswith(b"{") and read.endswith(b"}\n")):
                    break
                good, line = good + len(read), read
                self.count += 1
        self._file.truncate(good)
        self.last = json.loads(line) if line else None

    def append(self, row: Mapping[str, Any]) -> None:
        """Add a line; when it returns, a killed process does not take it back.

        Raises:
            VidnerError: There is no room, or the like.
        """
        data = memoryview(to_line(row))
        with clear_errors(self.path, kept=self.count):
            while data:
                data = data[self._file.write(data) :]
        self.count += 1

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _lock(descriptor: int, path: Path) -> None:
    try:
        import fcntl
    except ImportError:  # no such thing on Windows
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise VidnerError(f"{path}: another run is writing it; wait until it ends") from None


def to_line(row: Mapping[str, Any]) -> bytes:
    """A row as a line of JSON; halves of surrogate pairs, which UTF-8 has not, are escaped."""
    try:
        return json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        return json.dumps(row).encode("ascii") + b"\n"


def without_surrogates(text: str) -> str:
    """The text with U+FFFD for each half of a surrogate pair, which only JSON can hold.

    Offsets stay what they are.
    """
    return _SURROGATES.sub("\ufffd", text)


@contextmanager
def clear_errors(path: Path, *, kept: int = 0) -> Iterator[None]:
    """Turn what the system says about writing a file into one message."""
    try:
        yield
    except OSError as error:
        message = f"{path}: {error.strerror or error}"
        if kept:
            message += f"; the {kept} rows before are kept, the same command goes on behind them"
        raise VidnerError(message) from None


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """A place to write a file at that gets its name only when it is complete.

    Raises:
        VidnerError: It cannot be written; what there is of it is removed.
    """
    place = path.with_name(path.name + ".new")
    with clear_errors(path):
        try:
            yield place
            with place.open("rb") as written:
                os.fsync(written.fileno())
            place.replace(path)
        finally:
            with suppress(OSError):
                place.unlink(missing_ok=True)


def pack(rows: Path, out: Path) -> None:
    """Make the output of the collected rows, in the form that its suffix says.

    Raises:
        VidnerError: It cannot be written; the rows are still there.
    """
    form = output_form(out)
    if form == "jsonl":
        with clear_errors(out):
            with rows.open("rb") as written:
                os.fsync(written.fileno())
            rows.replace(out)
        return
    with aside(out) as place:
        if form == "jsonl.gz":
            with (
                rows.open("rb") as plain,
                place.open("wb") as raw,
                gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
            ):
                shutil.copyfileobj(plain, packed, 1 << 20)
        else:
            _write_parquet(rows, place)
    with clear_errors(rows):
        rows.unlink()


def output_form(out: Path) -> str:
    """``jsonl``, ``jsonl.gz`` or ``parquet``, by the suffix.

    Raises:
        VidnerError: It is another one.
    """
    for form in ("jsonl", "jsonl.gz", "parquet"):
        if out.name.lower().endswith(f".{form}"):
            return form
    raise VidnerError(f"{out}: wanted a name that ends in .jsonl, .jsonl.gz or .parquet")


def entities_type() -> Any:
    """The Arrow type of a column with the entities of a text."""
    arrow, _ = require_arrow()
    fields = {
        "text": arrow.string(),
        "label": arrow.string(),
        "start": arrow.int64(),
        "end": arrow.int64(),
        "score": arrow.float64(),
    }
    return arrow.list_(arrow.struct(fields.items()))


def arrow_entities(entities: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Entities in their JSON form as Arrow can hold them."""
    return [{**entity, "text": without_surrogates(entity["text"])} for entity in entities]


def _write_parquet(rows: Path, place: Path) -> None:
    arrow, parquet = require_arrow()
    with rows.open("rb") as lines:
        with_text = "text" in json.loads(next(lines, b"{}"))
        lines.seek(0)
        strings = ["id", "file", *(["text"] if with_text else [])]
        schema = arrow.schema(
            [
                ("id", arrow.string()),
                ("file", arrow.string()),
                ("record", arrow.int64()),
                *([("text", arrow.string())] if with_text else []),
                ("entities", entities_type()),
            ]
        )
        with parquet.ParquetWriter(place, schema) as table:
            while group := [json.loads(line) for line in islice(lines, ROW_GROUP)]:
                for row in group:
                    row.update({name: without_surrogates(row[name]) for name in strings})
                    row["entities"] = arrow_entities(row["entities"])
                table.write_table(arrow.Table.from_pylist(group, schema))
