"""Documents out of the rows of `vidner tag -o OUT --with-text`, and of annotation files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vidner._errors import DocumentError
from vidner.archive.files import find
from vidner.archive.reader import read_rows
from vidner.archive.writer import without_surrogates
from vidner.documents._document import Document, make_entity
from vidner.documents._tokens import check_spans


def read_tagged(path: Path) -> Iterator[Document]:
    """Documents of a ``.jsonl`` (also compressed) or ``.parquet`` file, one after the other.

    Halves of surrogate pairs become U+FFFD: nothing but JSON can hold them.

    Raises:
        DocumentError: A row has no text (``--with-text`` was forgotten) or no
            entities, or their offsets are wrong; the message names the row.
    """
    (source,) = find([str(path)]).sources
    if source.kind == "txt":
        raise DocumentError(f"{path}: wanted a .jsonl or .parquet file with text and entities")
    for number, row in read_rows(source):
        if isinstance(row, str):
            raise DocumentError(f"{path}, record {number}: {row}")
        try:
            yield check_spans(row_to_document(row))
        except DocumentError as error:
            raise DocumentError(f"{path}, record {number}: {error}") from None


def row_to_document(row: Mapping[str, Any]) -> Document:
    """A document of a row with ``id``, ``text`` and ``entities``; the rest is its ``meta``.

    Raises:
        DocumentError: A field is missing or of another type.
    """
    if not isinstance(row.get("text"), str):
        raise DocumentError("no text in the row; tag with --with-text to have it there")
    text = without_surrogates(row["text"])
    try:
        entities = [
            make_entity(text, _offset(e, "start"), _offset(e, "end"), str(e["label"]),
                        score=float(e.get("score", 1.0)))
            for e in row["entities"]
        ]  # fmt: skip
        meta = dict(row.get("meta") or {})
        identity = without_surrogates(str(row["id"]))
    except (KeyError, TypeError, ValueError) as error:
        raise DocumentError(
            "wanted id, text and entities with start, end and label; "
            f"{type(error).__name__}: {error}"
        ) from None
    meta |= {name: row[name] for name in ("file", "record") if name in row}
    return Document(identity, text, tuple(sorted(entities)), meta)


def _offset(entity: Mapping[str, Any], name: str) -> int:
    value = entity[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}, wanted a whole number")
    return value
