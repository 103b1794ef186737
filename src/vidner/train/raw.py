"""Raw text for domain adaptation and vocabulary counts: any folder of it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Iterator
from pathlib import Path

from vidner._errors import DocumentError
from vidner._text import normalize

SUFFIXES = (".txt", ".jsonl", ".jsonl.gz")


def read_texts(source: Path, *, without: Collection[str] = ()) -> Iterator[str]:
    """Normal forms of a folder's or file's texts, one article each, files in name order.

    Args:
        source: A file or a folder with ``.txt`` (one article a file), ``.jsonl`` or ``.jsonl.gz``
            files (an object with ``text``, and maybe ``id``, a line).
        without: Ids of articles to leave out, such as a test set's.

    Raises:
        DocumentError: There is no such file, or a line has no text.
    """
    found = source.rglob("*") if source.is_dir() else [source]
    paths = sorted(path for path in found if path.is_file() and path.name.endswith(SUFFIXES))
    if not paths:
        raise DocumentError(f"{source}: no {', '.join(SUFFIXES)} file in it")
    for path in paths:
        for name, text in _read_file(path):
            if name not in without:
                yield normalize(text).text


def _read_file(path: Path) -> Iterator[tuple[str, str]]:
    if path.suffix == ".txt":
        yield path.stem, path.read_text("utf-8")
        return
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            row = json.loads(line)
            if not isinstance(row.get("text"), str):
                raise DocumentError(f"{path}, line {number}: no string under 'text'")
            yield str(row.get("id", f"{path.name}-{number}")), row["text"]
