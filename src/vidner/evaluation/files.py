"""Gold and prediction files, with errors that name line and document."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from vidner._entities import LABELS, Entity
from vidner._errors import DocumentError
from vidner.documents import Document, make_entity
from vidner.documents.jsonl import read_jsonl, read_rows
from vidner.documents.marks import read_marks
from vidner.evaluation.report import Peer
from vidner.evaluation.scores import Scores


def read_gold(path: Path) -> list[Document]:
    """The annotated documents of a JSON-lines file, or of a ``.txt`` in the corpus's form.

    Raises:
        DocumentError: The file cannot be read, holds no document, two of one id,
            or one that breaks a rule of annotations.
    """
    reader = read_marks if path.suffix == ".txt" else read_jsonl
    try:
        documents = list(reader(path))
    except OSError as error:
        raise DocumentError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path}: not UTF-8 text at offset {error.start}") from None
    if not documents:
        raise DocumentError(f"{path}: no document in it; wanted one JSON object a line")
    for document in documents:
        if not isinstance(document.meta, Mapping):
            raise DocumentError(
                f"{path}, line {_lines_of(path, document.id)[0]}, document {document.id}: "
                f"meta is {document.meta!r:.40}, wanted an object"
            )
    name, count = Counter(document.id for document in documents).most_common(1)[0]
    if count > 1:
        first, second, *_ = _lines_of(path, name)
        raise DocumentError(
            f"{path}, line {second}, document {name}: line {first} has the same id; "
            "ids must be unique"
        )
    return documents


def _lines_of(path: Path, name: str) -> list[int]:
    return [number for number, row in read_rows(path) if str(row["id"]) == name]


def read_predictions(path: Path, gold: Sequence[Document]) -> list[Document]:
    """The predictions of a JSON-lines file for the gold documents, in gold's order.

    Each line has ``id``, ``text`` and ``entities`` with ``start``, ``end``,
    ``label`` and, if it likes, ``score``. Predictions may begin and end inside
    words; labels, offsets, overlaps and the documents themselves are checked.

    Raises:
        DocumentError: The file cannot be read or is empty, a line breaks a
            rule, or the documents are not exactly gold's.
    """
    wanted = {document.id: document for document in gold}
    found: dict[str, Document] = {}
    try:
        rows = list(read_rows(path))
    except OSError as error:
        raise DocumentError(f"{path}: {error.strerror or error}") from None
    if not rows:
        raise DocumentError(f"{path}: no document in it; wanted one JSON object a line")
    for number, row in rows:
        where = f"{path}, line {number}, document {row.get('id')!r}"
        try:
            document = _predicted(row, wanted)
        except (KeyError, TypeError, ValueError) as error:
            raise DocumentError(f"{where}: {_in_words(error)}") from None
        if document.id in found:
            raise DocumentError(f"{where}: an earlier line has the same id")
        found[document.id] = document
    missing = [name for name in wanted if name not in found]
    if missing:
        raise DocumentError(
            f"{path}: predictions for {len(missing)} of {len(wanted)} gold documents are missing, "
            f"the first is {missing[0]!r}"
        )
    return [found[document.id] for document in gold]


def read_many(paths: Iterable[Path]) -> list[Document]:
    """The documents of several annotated files; ids may repeat between files."""
    return [document for path in paths for document in read_gold(path)]


def read_peers(paths: Iterable[Path], gold: Sequence[Document]) -> list[Peer]:
    """Predictions with what is known of their taggers, called after their files.

    What is known is an object in the file beside them, ``NAME.info.json``; it
    may be missing.

    Raises:
        DocumentError: A file is wrong, or two have the same name.
    """
    peers: dict[str, Peer] = {}
    for path in paths:
        if path.stem in peers:
            raise DocumentError(
                f"{path}: another prediction file is called {path.stem!r} too; rename one, "
                "tables and plots go by these names"
            )
        info = path.with_suffix(".info.json")
        facts = _read_object(info) if info.exists() else {}
        peers[path.stem] = Peer(path.stem, read_predictions(path, gold), facts)
    return list(peers.values())


def read_results(paths: Iterable[Path]) -> dict[str, Any]:
    """Recorded results by file name: objects with ``protocol`` and ``scores``.

    Raises:
        DocumentError: A file cannot be read or is no such object.
    """
    results = {}
    for path in paths:
        record = _read_object(path)
        if not ({"protocol", "scores"} <= record.keys()):
            raise DocumentError(
                f"{path}: wanted an object with protocol and scores, "
                f"got one with {', '.join(record) or 'nothing'}"
            )
        results[path.stem] = record
    return results


def read_curves(directory: Path) -> dict[str, Any]:
    """The recorded learning curves by what was trained on and scored on.

    Args:
        directory: Where training/learning_curve.py wrote them.

    Raises:
        DocumentError: One is missing or is no recorded result.
    """
    files = {
        f"{data}, {test}": directory / f"learning-curve-{name}-{test}.json"
        for test in ("articles", "seeds")
        for data, name in (("real", "real"), ("real and written", "real-and-written"))
    }
    return {name: read_results([path])[path.stem] for name, path in files.items()}


def write_result(path: Path, protocol: str, scores: Scores, **facts: Any) -> None:
    """Record the scores of a protocol, in the form that :func:`read_results` reads.

    Args:
        path: The JSON file; its folder is made.
        protocol: What was trained on and scored on, in words.
        scores: The scores.
        facts: Further entries of the object.
    """
    record = {"protocol": protocol, **facts, "scores": scores.to_dict()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _read_object(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DocumentError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        raise DocumentError(f"{path}: not JSON in UTF-8: {error}") from None
    if not isinstance(record, dict):
        raise DocumentError(f"{path}: wanted an object, got {record!r:.40}")
    return record


def write_predictions(documents: Iterable[Document], path: Path) -> None:
    """Write predictions with their scores, a document a line (:func:`read_predictions`)."""
    rows = (
        {"id": d.id, "text": d.text, "entities": [e.to_dict() for e in d.entities]}
        for d in documents
    )
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text("".join(lines), "utf-8")


def _predicted(row: Mapping[str, Any], wanted: Mapping[str, Document]) -> Document:
    gold = wanted.get(str(row["id"]))
    if gold is None:
        raise ValueError("gold has no such document; predictions must be of the gold documents")
    if row["text"] != gold.text:
        raise ValueError("its text differs from gold's; predictions must be of the same text")
    entities = sorted(_entity(gold.text, each) for each in row["entities"])
    for one, other in pairwise(entities):
        if other.start < one.end:
            raise ValueError(f"{one.text!r} at {one.start} and {other.text!r} overlap")
    return gold.with_entities(entities)


def _entity(text: str, row: Mapping[str, Any]) -> Entity:
    start, end, label = row["start"], row["end"], row["label"]
    if label not in LABELS:
        raise ValueError(f"unknown label {label!r}, wanted one of {', '.join(LABELS)}")
    if not 0 <= start < end <= len(text):
        raise ValueError(
            f"{label} at {start}-{end}: outside the text, which has {len(text)} characters"
        )
    return make_entity(text, start, end, label, score=float(row.get("score", 1.0)))


def _in_words(error: Exception) -> str:
    if isinstance(error, DocumentError) or type(error) is ValueError:
        return str(error)
    return (
        f"wanted id, text and entities with start, end and label; {type(error).__name__}: {error}"
    )
