"""CoNLL files of public benchmarks, any labels: a token a line with its tag, sentences apart.

The layouts of VLSP 2016 (word, POS, chunk, NER, nested NER) and of
PhoNER_COVID19 (word, NER) are told by their columns. Tokens are syllables, or
words whose syllables are joined by ``_``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vidner._entities import Entity
from vidner._errors import DocumentError
from vidner._tags import OUTSIDE, tags_to_spans
from vidner.documents import Document, make_entity

SPLITS = {"train": ("train",), "dev": ("dev", "valid"), "test": ("test",)}
"""How the files of a folder begin."""

_TAG = re.compile(r"O|[BI]-\S+")
_MARKUP = re.compile(r"-DOCSTART-|</?[a-z]+>")
_NER_COLUMN = {2: 1, 4: 3, 5: 3}  # by number of columns


@dataclass(frozen=True)
class Sentence:
    """A sentence of a CoNLL file.

    Attributes:
        id: File name and line of its first token.
        tokens: As they stand in the file.
        tags: Legal IOB2 tag of each.
    """

    id: str
    tokens: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def places(self) -> list[tuple[int, int]]:
        """Start and end of each token in the document's text."""
        ends: list[tuple[int, int]] = []
        for token in self.tokens:
            start = ends[-1][1] + 1 if ends else 0
            ends.append((start, start + len(token)))
        return ends

    def document(self, *, joints: bool = False) -> Document:
        """The sentence as a document whose tokens are set off by spaces.

        Args:
            joints: Leave the ``_`` between the syllables of a token; else they
                become spaces.
        """
        text = " ".join(token if joints else _syllables(token) for token in self.tokens)
        places = self.places
        entities = (
            make_entity(text, places[first][0], places[last - 1][1], label)
            for first, last, label in tags_to_spans(self.tags)
        )
        return Document(self.id, text, tuple(entities))

    def tags_of(self, entities: Sequence[Entity]) -> list[str]:
        """Tags of the tokens for found entities.

        An entity that begins or ends inside a token can be no gold entity; it
        counts as found on the tokens it touches, under a label of its own.
        """
        places = self.places
        tags = [OUTSIDE] * len(places)
        edges = ({start for start, _ in places}, {end for _, end in places})
        for entity in entities:
            whole = entity.start in edges[0] and entity.end in edges[1]
            label = entity.label if whole else f"{entity.label}:partial"
            inside = [
                at
                for at, (start, end) in enumerate(places)
                if start < entity.end and end > entity.start and tags[at] == OUTSIDE
            ]
            for at in inside:
                tags[at] = f"{'B' if at == inside[0] else 'I'}-{label}"
        return tags


def _syllables(token: str) -> str:
    """The token with its joints as spaces; signs of ``_`` alone stay."""
    return token if set(token) == {"_"} else token.replace("_", " ")


def find_files(folder: Path) -> dict[str, Path]:
    """The files of the training, development and test split in a folder.

    Raises:
        DocumentError: A split has no file or more than one.
    """
    files = sorted(path for path in folder.glob("*") if path.is_file())
    found = {}
    for split, names in SPLITS.items():
        fitting = [path for path in files if path.name.lower().startswith(names)]
        if len(fitting) != 1:
            listed = ", ".join(path.name for path in fitting or files) or "nothing"
            raise DocumentError(
                f"{folder}: wanted one file whose name begins with {' or '.join(names)}, "
                f"found {listed}"
            )
        found[split] = fitting[0]
    return found


def read_conll(path: Path) -> tuple[list[Sentence], int]:
    """The sentences of a file.

    Returns:
        The sentences, and how many tags were not IOB2 (an ``I-`` that continues
        nothing) and are read as beginnings, as CoNLL's own scorer does.

    Raises:
        DocumentError: A line has no known number of columns or no IOB2 tag, or
            the file has no sentence.
    """
    sentences, mended = [], 0
    for first, rows in _blocks(path):
        tags: list[str] = []
        for _, tag in rows:
            before = tags[-1] if tags else OUTSIDE
            if tag.startswith("I-") and before[2:] != tag[2:]:
                tag, mended = f"B-{tag[2:]}", mended + 1
            tags.append(tag)
        tokens = tuple(token for token, _ in rows)
        sentences.append(Sentence(f"{path.name}:{first}", tokens, tuple(tags)))
    if not sentences:
        raise DocumentError(f"{path}: no sentence in it")
    return sentences, mended


def _blocks(path: Path) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """First line and ``(token, tag)`` rows of each sentence."""
    first, rows = 1, list[tuple[str, str]]()
    for number, line in enumerate(path.read_text("utf-8-sig").split("\n"), start=1):
        columns = line.split("\t") if "\t" in line else line.split()
        columns = [column.strip() for column in columns]
        if columns and _MARKUP.fullmatch(columns[0]) and columns[-1] in ("", OUTSIDE, columns[0]):
            columns = []
        if any(columns):
            rows.append(_row(columns, f"{path}, line {number}"))
            continue
        if rows:
            yield first, rows
        first, rows = number + 1, []
    if rows:
        yield first, rows


def _row(columns: list[str], where: str) -> tuple[str, str]:
    while columns[-1] == "":
        columns = columns[:-1]
    column = _NER_COLUMN.get(len(columns))
    if column is None:
        raise DocumentError(
            f"{where}: {len(columns)} columns, wanted 2 (word, NER), 4 (word, POS, chunk, NER) "
            "or 5 (and nested NER)"
        )
    token, tag = "_".join(columns[0].split()), columns[column]
    if not token or not _TAG.fullmatch(tag):
        raise DocumentError(f"{where}: {token!r} is tagged {tag!r}, wanted O, B-X or I-X")
    return token, tag


def labels_of(sentences: Sequence[Sentence]) -> tuple[str, ...]:
    """Every label that the tags have, sorted."""
    return tuple(sorted({tag[2:] for s in sentences for tag in s.tags if tag != OUTSIDE}))
