"""Records of a file: its texts one after the other, and what could not be read in their place.

A record is a whole ``.txt`` file, a line of ``.jsonl``, a row of ``.csv`` or
``.parquet``. Records are counted from 1 (lines in ``.jsonl``); 0 stands for a
file that cannot be read at all.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import re
import sys
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, TypeAlias, cast

from vidner._errors import MissingExtraError
from vidner.archive.files import Source

BATCH = 64
"""Rows of a Parquet file that are in memory at a time."""

_UNREADABLE = (OSError, EOFError, zlib.error, lzma.LZMAError)
_ESCAPED = re.compile("[\udc80-\udcff]")

Row: TypeAlias = "Mapping[str, Any] | str | None"
"""Columns and values; or the reason why there are none; or None for a row that was not wanted."""

Numbered: TypeAlias = tuple[int, int, Row]
"""Number of the row, bytes of the file that were read up to it, the row."""


@dataclass(frozen=True, slots=True)
class Record:
    """A text and where it stands.

    Attributes:
        file: Path of the file.
        number: Number of the record in the file, from 1.
        id: Value of the id column; else file and number (a ``.txt`` file's path alone).
        text: The text, unchanged.
        offset: Bytes of the file (as it is on disk) read so far.
    """

    file: str
    number: int
    id: str
    text: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """A record, or a whole file (number 0), that cannot be tagged, and why."""

    file: str
    number: int
    reason: str
    offset: int = 0


def read(
    source: Source, *, column: str = "text", id_column: str | None = None, after: int = -1
) -> Iterator[Record | Problem]:
    """Records of a file, in order and lazily; nothing that is in the file stops it.

    Args:
        source: The file.
        column: Where a row has its text.
        id_column: Where a row has its id (a string or whole number).
        after: Number of the last record that is not wanted any more.

    Raises:
        MissingExtraError: The format needs a package that is not installed.
    """
    if source.kind == "txt":
        column, id_column = "text", None
    columns = (column,) if id_column is None else (column, id_column)
    for number, offset, row in _rows(source, after, columns):
        if number <= after or row is None:
            continue
        try:
            if isinstance(row, str):
                raise _UnusableError(row)
            text = _string(row, column)
            identity = _identity(source, number, row, id_column)
        except _UnusableError as reason:
            yield Problem(source.name, number, str(reason), offset)
        else:
            yield Record(source.name, number, identity, text, offset)


def read_rows(source: Source) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Numbers and rows of a ``.jsonl``, ``.csv`` or ``.parquet`` file; a reason instead of a row
    that cannot be read."""
    for number, _, row in _rows(source, -1, ()):
        if row is not None:
            yield number, row


class _UnusableError(Exception):
    """Why a row has no text."""


def _string(row: Mapping[str, Any], column: str) -> str:
    value = _value(row, column)
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _UnusableError(_not_utf8(error)) from None
    if not isinstance(value, str):
        raise _UnusableError(f"column {column!r} is {type(value).__name__}, wanted a string")
    return value


def _identity(source: Source, number: int, row: Mapping[str, Any], column: str | None) -> str:
    if source.kind == "txt":
        return source.name
    if column is None:
        return f"{source.name}:{number}"
    value = _value(row, column)
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise _UnusableError(
            f"column {column!r} is {type(value).__name__}, wanted a string or number"
        )
    return str(value)


def _value(row: Mapping[str, Any], column: str) -> Any:
    try:
        return row[column]
    except KeyError:
        raise _UnusableError(_no_column(column, row)) from None


def _missing(columns: Iterable[str], header: Collection[str]) -> str:
    """What is to be said about a table without one of the columns; empty when it has them."""
    return next((_no_column(name, header) for name in columns if name not in header), "")


def _no_column(column: str, names: Iterable[object]) -> str:
    return f"no column {column!r}; it has: {', '.join(map(str, names))[:200] or 'none'}"


def _not_utf8(error: UnicodeDecodeError) -> str:
    return f"not UTF-8, byte 0x{error.object[error.start]:02x} at offset {error.start}"


def _rows(source: Source, after: int, columns: Sequence[str]) -> Iterator[Numbered]:
    last = 0
    try:
        if source.fault:
            raise OSError(source.fault)
        for row in _READERS[source.kind](source, after, columns):
            last = row[0]
            yield row
    except _UNREADABLE as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        where = f"cannot be read behind record {last}" if last else "cannot be read"
        yield last + 1 if last else 0, source.size, f"{where}: {reason}"


def _text(source: Source, after: int, columns: Sequence[str]) -> Iterator[Numbered]:
    with _open(source) as (stream, _):
        data = stream.read()
    try:
        yield 1, source.size, {"text": data.decode("utf-8")}
    except UnicodeDecodeError as error:
        yield 1, source.size, _not_utf8(error)


def _jsonl(source: Source, after: int, columns: Sequence[str]) -> Iterator[Numbered]:
    with _open(source) as (stream, tell):
        for number, line in enumerate(stream, start=1):
            if line.strip():
                yield number, tell(), None if number <= after else _object(line)


def _object(line: bytes) -> Row:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return _not_utf8(error)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"
    return row if isinstance(row, dict) else f"not a JSON object: {row!r:.40}"


def _csv(source: Source, after: int, columns: Sequence[str]) -> Iterator[Numbered]:
    csv.field_size_limit(2**31 - 1)  # the default refuses a long article
    with _open(source) as (stream, tell):
        # Bytes that are not UTF-8 spoil their row, not the file.
        lines = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
        reader = csv.reader(lines)
        header: list[str] | None = None
        number = 0
        while True:
            row: Row
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                number += 1
                yield number, tell(), f"not CSV: {error}"
                continue
            if header is None:
                header = fields
                if missing := _missing(columns, header):
                    yield 0, source.size, missing
                    return
                continue
            if not fields:
                continue
            number += 1
            row = dict(zip(header, fields, strict=False))
            if any(map(_ESCAPED.search, fields)):
                row = "not UTF-8"
            yield number, tell(), row


def _parquet(source: Source, after: int, columns: Sequence[str]) -> Iterator[Numbered]:
    arrow, parquet = require_arrow()
    if source.packing:
        raise OSError(f"a .parquet file inside .{source.packing}: unpack it first")
    try:
        with parquet.ParquetFile(source.name, pre_buffer=False) as table:
            names = table.schema_arrow.names
            if missing := _missing(columns, names):
                yield 0, source.size, missing
                return
            total = table.metadata.num_rows
            number = 0
            for group in range(table.num_row_groups):
                size = table.metadata.row_group(group).num_rows
                if number + size <= after:
                    number += size
                    yield number, source.size * number // total, None
                    continue
                for batch in table.iter_batches(BATCH, [group], columns or names):
                    for at in range(batch.num_rows):
                        number += 1
                        yield number, source.size * number // total, _arrow_row(batch, at)
    except arrow.ArrowException as error:
        raise OSError(str(error)) from None


def _arrow_row(batch: Any, at: int) -> Row:
    try:
        return {name: batch.column(name)[at].as_py() for name in batch.schema.names}
    except UnicodeDecodeError as error:
        return _not_utf8(error)


_READERS: dict[str, Callable[[Source, int, Sequence[str]], Iterator[Numbered]]] = {
    "txt": _text,
    "jsonl": _jsonl,
    "csv": _csv,
    "parquet": _parquet,
}


@contextmanager
def _open(source: Source) -> Iterator[tuple[IO[bytes], Callable[[], int]]]:
    """The unpacked bytes of a file, and how far the file on disk has been read."""
    if source.name == "-":
        yield sys.stdin.buffer, lambda: 0
        return
    with open(source.name, "rb") as raw:  # noqa: PTH123 - the name as it was given
        yield _unpack(raw, source.packing), raw.tell if raw.seekable() else lambda: 0


def _unpack(raw: IO[bytes], packing: str) -> IO[bytes]:
    if packing == "gz":
        return cast(IO[bytes], gzip.GzipFile(fileobj=raw))
    if packing == "bz2":
        return bz2.BZ2File(raw)
    if packing == "xz":
        return lzma.LZMAFile(raw)
    if packing == "zst":
        arrow, _ = require_arrow()
        return cast(IO[bytes], io.BufferedReader(arrow.CompressedInputStream(raw, "zstd")))
    return raw


def require_arrow() -> tuple[Any, Any]:
    """The modules ``pyarrow`` and ``pyarrow.parquet``.

    Raises:
        MissingExtraError: They are not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("pyarrow", extra="archive") from None
    return pyarrow, pyarrow.parquet
