"""Inline marks: the source form of the written corpus.

A document begins with ``== id | form | topic`` and runs to the next such line;
mentions are written ``[Bộ Quốc phòng]{ORG}``. A literal square bracket is
written ``\\[`` or ``\\]``. Lines are kept, blank lines at the end are not. ::

    == bilateral-001 | agency report | bilateral talks
    [Ngày 3/6]{DATE}, [Bộ Quốc phòng]{ORG} tiếp đoàn [Lào]{LOC}.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from vidner._entities import LABELS, Entity
from vidner._errors import DocumentError
from vidner.documents._document import Document, check

_HEADING = re.compile(r"^==(.*)$", re.MULTILINE)
_TOKEN = re.compile(r"\\(?P<literal>[\[\]])|\[(?P<mention>[^\[\]\n]+)\]\{(?P<label>[^{}\n]*)\}")


def parse_marks(marked: str) -> tuple[str, list[Entity]]:
    """Plain text and entities of a marked text.

    Raises:
        DocumentError: An unknown label, or a bracket that is neither a mark nor escaped.
    """
    plain: list[str] = []
    entities: list[Entity] = []
    length = at = 0
    for match in _TOKEN.finditer(marked):
        between = _unmarked(marked[at : match.start()])
        body = match["literal"] or match["mention"]
        length += len(between)
        if match["label"] is not None:
            if match["label"] not in LABELS:
                raise DocumentError(
                    f"{match[0]!r}: unknown label, wanted one of {', '.join(LABELS)}"
                )
            entities.append(Entity(length, length + len(body), match["label"], body))
        plain += [between, body]
        length += len(body)
        at = match.end()
    plain.append(_unmarked(marked[at:]))
    return "".join(plain), entities


def _unmarked(text: str) -> str:
    if "[" in text or "]" in text:
        at = min(text.find(c) for c in "[]" if c in text)
        raise DocumentError(
            f"a bracket that is no mark near {text[max(0, at - 20) : at + 20]!r}; "
            r"write [mention]{LABEL}, or \[ and \] for literal brackets"
        )
    return text


def entities_to_marks(document: Document) -> str:
    """The document's text with its entities marked; :func:`parse_marks` undoes it."""
    parts = []
    at = 0
    for entity in document.entities:
        parts.append(_escaped(document.text[at : entity.start]))
        parts.append(f"[{entity.text}]{{{entity.label}}}")
        at = entity.end
    parts.append(_escaped(document.text[at:]))
    return "".join(parts)


def _escaped(text: str) -> str:
    return re.sub(r"[\[\]]", lambda match: "\\" + match[0], text)


def read_marks(path: Path) -> Iterator[Document]:
    """Checked documents of a file in the source form.

    Raises:
        DocumentError: A heading without id, form and topic, a repeated id, or
            an annotation that breaks a rule; the message names file and document.
    """
    blocks = _HEADING.split(path.read_text("utf-8"))
    if blocks[0].strip():
        raise DocumentError(f"{path}: text before the first '== id | form | topic' line")
    seen: set[str] = set()
    for heading, body in zip(blocks[1::2], blocks[2::2], strict=True):
        fields = [part.strip() for part in heading.split("|")]
        if len(fields) != 3 or not all(fields):
            raise DocumentError(f"{path}: heading {heading!r}, wanted 'id | form | topic'")
        name, form, topic = fields
        if name in seen:
            raise DocumentError(f"{path}: two documents are called {name!r}")
        seen.add(name)
        try:
            text, entities = parse_marks(body.strip("\n"))
            yield check(Document(name, text, tuple(entities), {"form": form, "topic": topic}))
        except DocumentError as error:
            raise DocumentError(f"{path}: {name}: {error}") from None


def replace_marks(source: str, documents: Mapping[str, Document]) -> str:
    """The source form with some documents' marks made anew; all else stays letter by letter.

    Args:
        source: Text of a file in the source form.
        documents: By id what to write; their text is that of the source.
    """
    blocks = _HEADING.split(source)
    for at in range(1, len(blocks), 2):
        name = blocks[at].split("|")[0].strip()
        if name in documents:
            body = blocks[at + 1]
            blank = body[len(body.rstrip("\n")) :]
            blocks[at + 1] = f"\n{entities_to_marks(documents[name])}{blank}"
        blocks[at] = f"=={blocks[at]}"
    return "".join(blocks)
