"""Annotation files: one JSON document a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from vidner._errors import DocumentError
from vidner.documents._document import Document, check, make_entity


def read_jsonl(path: Path) -> Iterator[Document]:
    """Checked documents of a file with ``id``, ``text``, ``entities`` and ``meta``.

    Raises:
        DocumentError: A line is not such a document, or its annotation breaks a
            rule; the message names the line and the document.
    """
    for number, row in read_rows(path):
        try:
            yield check(_to_document(row))
        except (KeyError, TypeError) as error:
            raise DocumentError(
                f"{path}, line {number}, document {row.get('id')!r}: wanted id, text and "
                f"entities with start, end and label; {type(error).__name__}: {error}"
            ) from None
        except DocumentError as error:
            raise DocumentError(f"{path}, line {number}, document {error}") from None


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line numbers and objects of a JSON-lines file; blank lines are passed over.

    Raises:
        DocumentError: The file cannot be read or is not UTF-8, or a line is not
            a JSON object.
    """
    try:
        opened = path.open("rb")
    except OSError as error:
        raise DocumentError(f"{path}: {error.strerror or error}") from None
    with opened as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line.decode("utf-8"))
            except ValueError as error:
                raise DocumentError(f"{path}, line {number}: not JSON in UTF-8: {error}") from None
            if not isinstance(row, dict):
                raise DocumentError(f"{path}, line {number}: wanted an object, got {row!r:.40}")
            yield number, row


def _to_document(row: Mapping[str, Any]) -> Document:
    text = row["text"]
    if not isinstance(text, str):
        raise TypeError(f"text is {type(text).__name__}")
    spans = [(e["start"], e["end"], e["label"]) for e in row["entities"]]
    entities = tuple(sorted(make_entity(text, *span) for span in spans))
    return Document(str(row["id"]), text, entities, row.get("meta", {}))


def write_jsonl(documents: Iterable[Document], path: Path) -> int:
    """Write documents, one a line; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for document in documents:
            out.write(json.dumps(document.to_dict(), ensure_ascii=False) + "\n")
            count += 1
    return count
