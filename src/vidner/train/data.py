"""Documents to training windows: a Hugging Face `datasets` pipeline.

Load JSON lines, split by document, align entities with words and cut into
windows. The words and windows are the tagger's own, so training sees what
inference will see. Gold entities that alignment would lose are counted.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidner._entities import Entity
from vidner._errors import ConfigError
from vidner._segmenters import Segmenter
from vidner._tags import TAGS, spans_to_tags
from vidner._text import NormalText, normalize
from vidner._windows import Windower
from vidner._words import Word, split_lines
from vidner.backends._pieces import WordPieces
from vidner.documents import Document, make_entity
from vidner.documents.jsonl import read_jsonl, read_rows
from vidner.documents.news import join, read_articles

if TYPE_CHECKING:
    from datasets import Dataset

IGNORED = -100  # label of a piece that is not scored


@dataclass(frozen=True)
class Aligned:
    """A document's units with their tags.

    Attributes:
        lines: Units of each line, of the normal text: words, or several joined
            ones with a segmenter.
        tags: Tag of each of them.
        lost: Entities that no run of units of one line carries.
        cut: Entities that begin or end inside a unit of the segmenter.
    """

    lines: list[list[Word]]
    tags: list[list[str]]
    lost: list[Entity]
    cut: list[Entity] = field(default_factory=list)


def align(document: Document, *, segmenter: Segmenter | None = None, split: bool = True) -> Aligned:
    """Put the document's entities on its units.

    Args:
        document: With entities.
        segmenter: Joins words into units; none by default.
        split: Keep a unit in words where an entity begins or ends inside it, as
            training does. Without, the entity is lost, as it is to the tagger.
    """
    normal = normalize(document.text)
    units = words = split_lines(normal.text)
    cut: list[Entity] = []
    if segmenter is not None:
        units = segmenter(words)
        kept, cut = _keep_edges(document.entities, normal, words, units)
        units = kept if split else units
    open_spans = {(e.start, e.end): e for e in document.entities}
    tags = []
    for line in units:
        places = [normal.original(unit.start, unit.end) for unit in line]
        first = {start: at for at, (start, _) in enumerate(places)}
        last = {end: at + 1 for at, (_, end) in enumerate(places)}
        spans = [
            (first[start], last[end], open_spans.pop((start, end)).label)
            for start, end in list(open_spans)
            if start in first and end in last and first[start] < last[end]
        ]
        tags.append(spans_to_tags(len(line), spans))
    return Aligned(units, tags, list(open_spans.values()), cut)


def _keep_edges(
    entities: Sequence[Entity],
    normal: NormalText,
    words: list[list[Word]],
    units: list[list[Word]],
) -> tuple[list[list[Word]], list[Entity]]:
    """Units, in words where an entity's edge is inside one, and the entities with such edges."""
    edges = {("start", e.start) for e in entities} | {("end", e.end) for e in entities}
    torn: set[tuple[str, int]] = set()
    kept: list[list[Word]] = []
    for line, joined in zip(words, units, strict=True):
        waiting = iter(line)
        kept.append([])
        for unit in joined:
            inner = [next(waiting)]
            while inner[-1].end < unit.end:
                inner.append(next(waiting))
            places = [normal.original(word.start, word.end) for word in inner]
            inside = {("start", start) for start, _ in places[1:]}
            inside |= {("end", end) for _, end in places[:-1]}
            kept[-1] += inner if inside & edges else [unit]
            torn |= inside & edges
    return kept, [e for e in entities if ("start", e.start) in torn or ("end", e.end) in torn]


class WindowEncoder:
    """Turns documents into model inputs with labels on first pieces.

    Args:
        pieces: The tokenizer's way from words to pieces.
        windower: Cuts lines into windows.
        isolated: Share of the documents whose lines are windows of their own.
        seed: Of the choice of those.
        tags: The model's tags, in the order of its output.
        segmenter: Joins words into units.
        split: Whether units keep to entities' edges (:func:`align`).
    """

    def __init__(
        self,
        pieces: WordPieces,
        windower: Windower,
        *,
        isolated: float = 0.0,
        seed: int = 0,
        tags: Sequence[str] = TAGS,
        segmenter: Segmenter | None = None,
        split: bool = True,
    ) -> None:
        self.pieces = pieces
        self.windower = windower
        self.isolated = isolated
        self.seed = seed
        self.tag_ids = {tag: number for number, tag in enumerate(tags)}
        self.segmenter = segmenter
        self.split = split

    def __call__(self, document: Document) -> tuple[list[dict[str, list[int]]], list[Entity]]:
        """Windows (``input_ids`` and ``labels``) and the entities lost on the way."""
        aligned = align(document, segmenter=self.segmenter, split=self.split)
        lines = self.pieces(aligned.lines)
        alone = random.Random(f"{self.seed} {document.id}").random() < self.isolated
        groups = [[line] for line in lines] if alone else [lines]
        tags = iter([tag for line in aligned.tags for tag in line])
        windows = []
        for group in groups:
            for window in self.windower.windows(group):
                labels = [IGNORED] * len(window.ids)
                for first in window.firsts:
                    labels[first] = self.tag_ids[next(tags)]
                windows.append({"input_ids": window.ids, "labels": labels})
        return windows, aligned.lost


def gather(
    files: Sequence[Path], layers: Sequence[Path] = (), *, news: Path | None = None
) -> tuple[list[Document], Counter[str]]:
    """Documents of annotation files, and of layers over real articles where their text is.

    Args:
        files: JSON-lines files (:mod:`vidner.documents.jsonl`).
        layers: Layer files (:mod:`vidner.documents.news`).
        news: Folder with the articles; without it the layers are left out.

    Returns:
        The documents, and a count of the layers' articles left out by reason.
    """
    documents = [document for path in files for document in read_jsonl(path)]
    layer = [row for path in layers for _, row in read_rows(path)]
    joined, left_out = join(layer, read_articles(news) if news is not None else ())
    return documents + joined, left_out


def gather_replay(
    files: Sequence[Path],
    layers: Sequence[Path] = (),
    *,
    size: int,
    seed: int,
    news: Path | None = None,
) -> tuple[list[Document], Counter[str]]:
    """A sample of what earlier stages were trained on: never a development document.

    Args:
        files: As for :func:`gather`, likewise ``layers`` and ``news``.
        size: How many documents to sample.
        seed: Of the sample.
    """
    documents, left_out = gather(files, layers, news=news)
    return sample(split_development(documents)[0], size, seed=seed), left_out


def sample(documents: Sequence[Document], size: int, *, seed: int) -> list[Document]:
    """So many of the documents, drawn at random without replacement; all if there are fewer."""
    return random.Random(seed).sample(list(documents), min(size, len(documents)))


def in_development(document: Document) -> bool:
    """True for the fixed twentieth of all documents that is held out for development.

    A hash of the id decides, so that a document stays on its side whatever
    else is added.
    """
    return hashlib.sha256(document.id.encode()).digest()[0] < 256 / 20


def split_development(
    documents: Iterable[Document],
) -> tuple[list[Document], list[Document]]:
    """Training and development documents (:func:`in_development`), in order."""
    sides: tuple[list[Document], list[Document]] = ([], [])
    for document in documents:
        sides[in_development(document)].append(document)
    return sides


def folds(
    documents: Sequence[Document], count: int
) -> Iterator[tuple[list[Document], list[Document]]]:
    """For each of ``count`` folds the other documents and its own.

    Raises:
        ConfigError: There are not at least two folds, or fewer documents than folds.
    """
    if not 2 <= count <= len(documents):
        raise ConfigError(f"folds: {count}, wanted 2 to {len(documents)}, the documents' number")
    order = list(documents)
    random.Random(0).shuffle(order)
    for number in range(count):
        fold = order[number::count]
        own = {document.id for document in fold}
        yield [document for document in order if document.id not in own], fold


def documents_to_dataset(documents: Iterable[Document]) -> Dataset:
    """The documents as a data set with the columns id, text and entities."""
    from datasets import Dataset

    return Dataset.from_list([to_row(document) for document in documents])


def to_row(document: Document) -> dict[str, Any]:
    """The document as a row of a data set."""
    row = document.to_dict()
    return {key: row[key] for key in ("id", "text", "entities")}


def from_row(row: dict[str, Any]) -> Document:
    """The document of a row of a data set."""
    spans = ((e["start"], e["end"], e["label"]) for e in row["entities"])
    entities = tuple(sorted(make_entity(row["text"], *span) for span in spans))
    return Document(row["id"], row["text"], entities)


def cut_entities(documents: Dataset, segmenter: Segmenter) -> list[str]:
    """Each gold entity that a unit of the segmenter cuts, in words."""
    if segmenter.name == "none":
        return []
    return [
        f"{document.id}: {entity.label} {entity.text!r} at {entity.start}"
        for document in map(from_row, documents)
        for entity in align(document, segmenter=segmenter).cut
    ]


def encode_documents(documents: Dataset, encoder: WindowEncoder) -> tuple[Dataset, list[str]]:
    """Windows of all documents, and each gold entity lost, in words."""

    def encode(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
        rows = [
            dict(zip(batch, values, strict=True)) for values in zip(*batch.values(), strict=True)
        ]
        columns: dict[str, list[Any]] = {"input_ids": [], "labels": [], "lost": []}
        for document in map(from_row, rows):
            windows, lost = encoder(document)
            messages = [f"{document.id}: {e.label} {e.text!r} at {e.start}" for e in lost]
            for window in windows:
                columns["input_ids"].append(window["input_ids"])
                columns["labels"].append(window["labels"])
                columns["lost"].append(messages)
                messages = []
        return columns

    encoded = documents.map(
        encode, batched=True, batch_size=64, remove_columns=documents.column_names,
        load_from_cache_file=False,
    )  # fmt: skip
    lost = [message for messages in encoded["lost"] for message in messages]
    return encoded.remove_columns("lost"), lost
