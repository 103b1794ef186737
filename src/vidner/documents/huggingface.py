"""Hugging Face `datasets`: documents to a table and back (extra ``datasets``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from vidner._entities import LABELS
from vidner._errors import MissingExtraError
from vidner._tags import TAGS, spans_to_tags
from vidner.documents._document import Document, make_entity
from vidner.documents._tokens import token_spans, tokens

if TYPE_CHECKING:
    from datasets import Dataset, Features


def document_to_row(document: Document) -> dict[str, Any]:
    """A row: id, text, entities with offsets, and the same as tokens with IOB2 tags.

    Raises:
        DocumentError: An entity that tokens cannot carry.
    """
    words = tokens(document)
    entities = [
        {"start": e.start, "end": e.end, "label": e.label, "text": e.text, "score": e.score}
        for e in document.entities
    ]
    return {
        "id": document.id,
        "text": document.text,
        "entities": entities,
        "tokens": [word.text for word in words],
        "ner_tags": spans_to_tags(len(words), token_spans(document, words)),
    }


def row_to_document(row: Mapping[str, Any]) -> Document:
    """The document of a row; its entities' offsets count, not its tags."""
    text = row["text"]
    entities = (
        make_entity(text, e["start"], e["end"], LABELS[e["label"]], score=e["score"])
        for e in row["entities"]
    )
    return Document(row["id"], text, tuple(entities))


def features() -> Features:
    """The types of the columns; labels and tags are of ``ClassLabel``.

    Raises:
        MissingExtraError: `datasets` is not installed.
    """
    datasets = _datasets()
    entity = {
        "start": datasets.Value("int64"),
        "end": datasets.Value("int64"),
        "label": datasets.ClassLabel(names=list(LABELS)),
        "text": datasets.Value("string"),
        "score": datasets.Value("float64"),
    }
    return datasets.Features(
        {
            "id": datasets.Value("string"),
            "text": datasets.Value("string"),
            "entities": datasets.List(entity),
            "tokens": datasets.List(datasets.Value("string")),
            "ner_tags": datasets.List(datasets.ClassLabel(names=list(TAGS))),
        }
    )


def documents_to_dataset(documents: Iterable[Document]) -> Dataset:
    """A dataset in memory, for ``save_to_disk``, ``to_parquet`` and training.

    Raises:
        DocumentError: An entity that tokens cannot carry.
        MissingExtraError: `datasets` is not installed.
    """
    columns = features()
    return _datasets().Dataset.from_list([document_to_row(d) for d in documents], columns)


def dataset_to_documents(dataset: Iterable[Mapping[str, Any]]) -> Iterator[Document]:
    """The documents of such a dataset."""
    return map(row_to_document, dataset)


def _datasets() -> Any:
    try:
        import datasets
    except ImportError:
        raise MissingExtraError("datasets", extra="datasets") from None
    return datasets
