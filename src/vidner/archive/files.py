"""The files of an archive: paths, folders and patterns to a list in a fixed order."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vidner._errors import VidnerError

KINDS = ("txt", "jsonl", "csv", "parquet")
"""What is read, by the suffix."""

PACKINGS = ("gz", "bz2", "xz", "zst")
"""Suffixes of compressed files."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file with texts.

    Attributes:
        name: Its path as it was given or found; ``-`` for standard input.
        kind: One of :data:`KINDS`; a file that was named and has another suffix is ``txt``.
        packing: One of :data:`PACKINGS`, or empty.
        size: Bytes on disk; 0 where that is unknown (a pipe).
        changed: When it was last changed, in nanoseconds; 0 where that is unknown.
        fault: Why it cannot be read, as far as is known before opening it.
    """

    name: str
    kind: str
    packing: str = ""
    size: int = 0
    changed: int = 0
    fault: str = ""


@dataclass
class Found:
    """The files of an archive.

    Attributes:
        sources: What will be read, in this order, each file once.
        ignored: How many files of the folders have another suffix or a hidden name.
    """

    sources: list[Source] = field(default_factory=list)
    ignored: int = 0

    def fingerprint(self) -> str:
        """A checksum of names, sizes and times: another one means another archive."""
        digest = hashlib.sha256()
        for source in self.sources:
            row = (source.name, source.kind, source.size, source.changed)
            digest.update(repr(row).encode("utf-8", "surrogateescape"))
        return digest.hexdigest()


def find(inputs: Iterable[str], *, without: Collection[Path] = ()) -> Found:
    """The files that the inputs name: files, folders with all below them, patterns.

    Args:
        inputs: Paths or patterns (``*``, ``?``, ``[]``, ``**``); ``-`` is standard input.
        without: Files that are never taken out of a folder or pattern (the output's own).

    Raises:
        VidnerError: There is nothing to read at all.
    """
    found = Found()
    left_out = {_place(path) for path in without}
    seen: set[str] = set()
    for given in inputs:
        for source in _expand(given, found, left_out):
            key = _place(source.name)
            if key not in seen:
                seen.add(key)
                found.sources.append(source)
    if not found.sources:
        suffixes = ", ".join(f".{kind}" for kind in KINDS)
        raise VidnerError(
            f"{', '.join(inputs) or 'no input'}: no file to tag in it; wanted {suffixes}, "
            f"plain or compressed ({', '.join(PACKINGS)})"
        )
    return found


def _expand(given: str, found: Found, left_out: set[str]) -> Iterator[Source]:
    if Path(given).is_dir():
        yield from _walk(given, found, left_out)
    elif given == "-" or os.path.lexists(given) or not glob.has_magic(given):
        yield _source(given)
    else:
        matches = sorted(glob.glob(given, recursive=True))  # noqa: PTH207 - absolute ones too
        if not matches:
            yield Source(given, "txt", fault="no file matches this pattern")
        for match in matches:
            if Path(match).is_dir():
                if not given.endswith("**"):
                    yield from _walk(match, found, left_out)
            elif _place(match) not in left_out:
                yield _source(match)


def _walk(folder: str, found: Found, left_out: set[str]) -> Iterator[Source]:
    faults: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=faults.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = str(Path(place) / name)
            if _place(path) in left_out:
                continue
            if name.startswith(".") or not _suffixes(name)[0]:
                found.ignored += 1
                continue
            yield _source(path)
    for fault in faults:
        yield Source(str(fault.filename), "txt", fault=fault.strerror or str(fault))


def _place(path: str | Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - a link is another file


def _source(name: str) -> Source:
    kind, packing = _suffixes(name)
    try:
        status = Path(name).stat()
    except OSError:
        return Source(name, kind or "txt", packing)  # opening it will say why
    if not Path(name).is_file():
        return Source(name, kind or "txt", packing)  # a pipe has no size
    return Source(name, kind or "txt", packing, status.st_size, status.st_mtime_ns)


def _suffixes(name: str) -> tuple[str, str]:
    """Kind and packing by the suffixes of a name; the kind is empty when it is none of ours."""
    parts = Path(name).name.lower().split(".")[1:]
    packing = parts.pop() if parts and parts[-1] in PACKINGS else ""
    kind = parts[-1] if parts and parts[-1] in KINDS else ""
    return kind, packing
