"""CoNLL: a token and its IOB2 tag a line, a tab between them. ::

    # id = "news-1"
    # text = "Ông Nam thăm Lào."
    Ông	O
    Nam	B-PERSON
    thăm	O
    Lào	B-LOC
    .	O

A blank line stands where the text breaks a line (unless an entity goes over
it), and behind a document. The comments hold id and text as JSON, so that a
document comes back exactly; a file without them is read too, its text put
together with a space between tokens and a line break between sentences.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from vidner._errors import DocumentError
from vidner._tags import TAGS, allowed_transitions, spans_to_tags, tags_to_spans
from vidner.documents._document import Document, make_entity
from vidner.documents._tokens import token_spans, tokens

_ALLOWED = allowed_transitions(TAGS)
_ID, _TEXT = "# id = ", "# text = "


def document_to_conll(document: Document, *, comments: bool = True) -> str:
    """A document's lines, a blank one at the end.

    Args:
        document: Disjoint entities without white space at their edges.
        comments: Keep id and text; without them the text does not come back exactly.

    Raises:
        DocumentError: An entity that tokens cannot carry.
    """
    words = tokens(document)
    spans = token_spans(document, words)
    tags = spans_to_tags(len(words), spans)
    inside = {at for first, last, _ in spans for at in range(first + 1, last)}
    lines = []
    if comments:
        lines += [
            f"{_ID}{json.dumps(document.id, ensure_ascii=False)}",
            f"{_TEXT}{json.dumps(document.text, ensure_ascii=False)}",
        ]
    for at, (word, tag) in enumerate(zip(words, tags, strict=True)):
        if at and at not in inside and "\n" in document.text[words[at - 1].end : word.start]:
            lines.append("")
        lines.append(f"{word.text}\t{tag}")
    return "\n".join([*lines, "", ""])


def conll_to_documents(lines: Iterable[str], *, name: str = "conll") -> Iterator[Document]:
    """Documents of the lines of a file.

    A document begins at its ``# id`` or ``-DOCSTART-`` line; a file without such
    lines is one document. Tokens stand first and tags last in a line, with tabs
    or spaces between the columns.

    Args:
        lines: The lines, with or without their ends.
        name: What to call a file in messages, and documents without an id, numbered.

    Raises:
        DocumentError: A line without a tag, an unknown or illegal tag, tokens
            that are not those of the text; the message names the line.
    """
    block = _Block(f"{name}-1")
    count = 0
    for number, line in enumerate(lines, start=1):
        line = line.rstrip("\n")
        where = f"{name}, line {number}"
        if line.startswith((_ID, "-DOCSTART-")):
            if not block.empty:
                count += 1
                yield block.document(where)
            block = _Block(f"{name}-{count + 1}")
        if line.startswith(_ID):
            block.id = _json(line[len(_ID) :], where)
        elif line.startswith(_TEXT):
            block.text = _json(line[len(_TEXT) :], where)
        elif not line.strip():
            block.end_sentence()
        elif not line.startswith("-DOCSTART-"):
            block.add(line, where)
    if not block.empty:
        yield block.document(f"{name}, at its end")


class _Block:
    """The lines of a document that is being read."""

    def __init__(self, identity: str) -> None:
        self.id = identity
        self.text: str | None = None
        self._sentences: list[list[str]] = [[]]
        self._tags: list[str] = []

    @property
    def empty(self) -> bool:
        return self.text is None and not self._tags

    def end_sentence(self) -> None:
        if self._sentences[-1]:
            self._sentences.append([])

    def add(self, line: str, where: str) -> None:
        columns = line.split("\t") if "\t" in line else line.split(" ")
        if len(columns) < 2 or not columns[0]:
            raise DocumentError(f"{where}: wanted a token and its tag, got {line!r:.60}")
        tag = columns[-1].strip()
        if tag not in TAGS:
            raise DocumentError(f"{where}: tag {tag!r}, wanted one of {', '.join(TAGS)}")
        previous = self._tags[-1] if self._tags else TAGS[0]
        if not _ALLOWED[TAGS.index(previous), TAGS.index(tag)]:
            raise DocumentError(f"{where}: {tag} behind {previous}, which IOB2 does not allow")
        self._sentences[-1].append(columns[0])
        self._tags.append(tag)

    def document(self, where: str) -> Document:
        text = self.text
        if text is None:
            text = "\n".join(" ".join(sentence) for sentence in self._sentences).rstrip("\n")
        words = [word for sentence in self._sentences for word in sentence]
        places = _places(text, words, f"{where}: document {self.id!r}")
        entities = (
            make_entity(text, places[first][0], places[last - 1][1], label)
            for first, last, label in tags_to_spans(self._tags)
        )
        return Document(self.id, text, tuple(entities))


def _places(text: str, words: Sequence[str], where: str) -> list[tuple[int, int]]:
    """Where each token stands in the text."""
    places = []
    at = 0
    for word in words:
        start = text.find(word, at)
        if start < 0 or text[at:start].strip():
            raise DocumentError(f"{where}: token {word!r} is not the next in its text")
        at = start + len(word)
        places.append((start, at))
    if text[at:].strip():
        raise DocumentError(f"{where}: no token for {text[at:].strip()!r:.40}")
    return places


def _json(text: str, where: str) -> str:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise DocumentError(f"{where}: wanted a JSON string behind '=': {error}") from None
    if not isinstance(value, str):
        raise DocumentError(f"{where}: wanted a JSON string behind '=', got {value!r:.40}")
    return value


def read_conll(path: Path) -> Iterator[Document]:
    """Documents of a file, see :func:`conll_to_documents`.

    Raises:
        DocumentError: The file cannot be read, or as there.
    """
    try:
        with path.open(encoding="utf-8", newline="\n") as lines:
            yield from conll_to_documents(lines, name=path.name)
    except OSError as error:
        raise DocumentError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path}: not UTF-8: {error}") from None
