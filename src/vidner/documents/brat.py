"""brat stand-off: a ``.txt`` file with the text, an ``.ann`` file with a line an entity. ::

    T1	PERSON 4 7	Nam

Offsets are code points, as here. An entity over a line break has fragments
(``4 7;8 12``), since brat knows none across lines. Scores are left out: brat
has no place for them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from vidner._entities import LABELS, Entity
from vidner._errors import DocumentError
from vidner.documents._document import Document, make_entity
from vidner.documents._tokens import check_spans

NAMES = "documents.jsonl"
"""In a folder: which id belongs to which file name."""

CONFIGURATION = "annotation.conf"

_BREAK = re.compile(r"[\r\n]+")
_LINE = re.compile(r"(?P<name>T\d+)\t(?P<label>\S+) (?P<spans>[\d ;]+)\t(?P<text>.*)", re.DOTALL)


def document_to_ann(document: Document) -> str:
    """The ``.ann`` file of a document.

    Raises:
        DocumentError: Entities that overlap, lie outside the text, or have white
            space at their edges.
    """
    lines = []
    for number, entity in enumerate(check_spans(document).entities, start=1):
        fragments = _fragments(document.text, entity)
        spans = ";".join(f"{start} {end}" for start, end in fragments)
        mention = " ".join(document.text[start:end] for start, end in fragments)
        lines.append(f"T{number}\t{entity.label} {spans}\t{mention}\n")
    return "".join(lines)


def _fragments(text: str, entity: Entity) -> list[tuple[int, int]]:
    fragments = []
    start = entity.start
    for gap in _BREAK.finditer(text, entity.start, entity.end):
        fragments.append((start, gap.start()))
        start = gap.end()
    return [*fragments, (start, entity.end)]


def ann_to_entities(text: str, ann: str) -> list[Entity]:
    """Entities of an ``.ann`` file, in order; notes (``#``) are passed over.

    Raises:
        DocumentError: A line that is no entity (brat's relations, events and
            attributes have no place here), a mention that is not the text at its
            offsets, or fragments with more than line breaks between them.
    """
    entities = []
    for number, line in enumerate(ann.split("\n"), start=1):
        if line and not line.startswith("#"):
            try:
                entities.append(_entity(text, line))
            except DocumentError as error:
                raise DocumentError(f"line {number}: {error}") from None
    return sorted(entities)


def _entity(text: str, line: str) -> Entity:
    match = _LINE.fullmatch(line)
    if match is None:
        raise DocumentError(f"wanted 'T1<tab>LABEL start end<tab>mention', got {line!r:.60}")
    try:
        fragments = [_pair(span) for span in match["spans"].split(";")]
        mention = " ".join(text[start:end] for start, end in fragments)
    except ValueError:
        raise DocumentError(f"wanted 'start end' pairs, got {match['spans']!r}") from None
    if mention != match["text"]:
        raise DocumentError(f"{match['text']!r:.60}: the text there is {mention!r:.60}")
    for (_, end), (start, _) in pairwise(fragments):
        if not _BREAK.fullmatch(text[end:start]):
            raise DocumentError(f"{match['text']!r:.60}: its fragments are apart")
    return make_entity(text, fragments[0][0], fragments[-1][1], match["label"])


def _pair(span: str) -> tuple[int, int]:
    start, end = span.split(" ")
    return int(start), int(end)


def write_brat(documents: Iterable[Document], folder: Path) -> int:
    """Write a folder that brat can open; returns how many documents.

    File names are made of the ids; :data:`NAMES` says which is whose.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIGURATION).write_text(_configuration(), "utf-8")
    used: set[str] = set()
    count = 0
    with (folder / NAMES).open("w", encoding="utf-8") as names:
        for document in documents:
            count += 1
            name = _name(document.id, used)
            names.write(json.dumps({"name": name, "id": document.id}, ensure_ascii=False) + "\n")
            (folder / f"{name}.txt").write_bytes(document.text.encode("utf-8"))
            (folder / f"{name}.ann").write_bytes(document_to_ann(document).encode("utf-8"))
    return count


def _configuration() -> str:
    sections = ("entities", "relations", "events", "attributes")
    return "\n".join(
        "\n".join([f"[{section}]", *(LABELS if section == "entities" else ())])
        for section in sections
    ) + "\n"  # fmt: skip


def _name(identity: str, used: set[str]) -> str:
    """A file name for an id that no file has yet, also where case does not count."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", identity)[:80].strip("_") or "document"
    name, number = stem, 1
    while name.casefold() in used:
        number += 1
        name = f"{stem}-{number}"
    used.add(name.casefold())
    return name


def read_brat(folder: Path) -> Iterator[Document]:
    """Documents of a folder: every ``.ann`` file with the ``.txt`` beside it.

    Raises:
        DocumentError: A text is missing or not UTF-8, or as :func:`ann_to_entities`;
            the message names the file.
    """
    identities: dict[str, str] = {}
    if (folder / NAMES).exists():
        lines = (folder / NAMES).read_text("utf-8").split("\n")
        identities = {row["name"]: row["id"] for row in map(json.loads, filter(None, lines))}
    names = identities or sorted(path.stem for path in folder.glob("*.ann"))
    for name in names:
        path = folder / f"{name}.ann"
        try:
            text = (folder / f"{name}.txt").read_bytes().decode("utf-8")
            entities = ann_to_entities(text, path.read_bytes().decode("utf-8"))
            yield check_spans(Document(identities.get(name, name), text, tuple(entities)))
        except OSError as error:
            raise DocumentError(f"{error.filename}: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise DocumentError(f"{path}: it or its text is not UTF-8: {error}") from None
        except DocumentError as error:
            raise DocumentError(f"{path}: {error}") from None
