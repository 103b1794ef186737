"""Label Studio's tasks: documents out, annotations back, checked both ways.

The server itself accepts unknown labels and offsets behind the end of the text,
so every rule is checked here. Offsets on its side are code points of the raw
text, half open, as ours are; ``value.text`` of a region is what the browser
showed (line breaks written as ``\\n``, spaces changed), so it is compared with
white space left out, and the offsets are trusted.

A task carries the document's id and text in its ``data``, which annotators see,
and the text's checksum and the document's meta in its ``meta``.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeGuard

from vidner._entities import LABELS, Entity
from vidner._errors import DocumentError
from vidner.documents._document import Document, make_entity, problems
from vidner.documents.news import checksum

FROM_NAME, TO_NAME = "label", "text"
"""Names of the control and of the object in ``label_config.xml``."""

TEXT = "text"
"""Where a task's data keeps the text: ``value="$text"`` in ``label_config.xml``."""

Kind = Literal["error", "skipped", "draft", "open", "disagreement", "trimmed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report.

    Attributes:
        document: Id of the document, or ``task N`` where it has none.
        kind: ``error`` for what was left out because it breaks a rule;
            ``skipped``, ``draft`` or ``open`` for a task without a finished
            annotation; ``disagreement`` for a span that not all annotators have;
            ``trimmed`` for white space that was cut off a region.
        message: What was found and what was done, in words.
    """

    document: str
    kind: Kind
    message: str

    def to_dict(self) -> dict[str, str]:
        """JSON form."""
        return {"document": self.document, "kind": self.kind, "message": self.message}


Report = list[Finding]


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one annotator says of a document.

    Attributes:
        document: The document with this annotator's entities.
        annotator: Name or number of the annotator.
        updated: When it was last saved (ISO 8601).
        ground_truth: True when it was marked as the one to trust.
        provenance: JSON object for the document's meta.
    """

    document: Document
    annotator: str
    updated: str
    ground_truth: bool
    provenance: Mapping[str, Any]


def entities_to_regions(
    entities: Iterable[Entity], *, from_name: str = FROM_NAME, to_name: str = TO_NAME
) -> list[dict[str, Any]]:
    """Label Studio's regions of entities; the same entity always gets the same id.

    Args:
        entities: Entities of one text.
        from_name: Name of the ``Labels`` tag in the project's configuration.
        to_name: Name of its ``Text`` tag.
    """
    return [
        {
            "id": _region_id(entity),
            "from_name": from_name,
            "to_name": to_name,
            "type": "labels",
            "score": round(float(entity.score), 4),
            "value": {
                "start": entity.start,
                "end": entity.end,
                "text": entity.text,
                "labels": [entity.label],
            },
        }
        for entity in entities
    ]


def _region_id(entity: Entity) -> str:
    span = f"{entity.start}-{entity.end}-{entity.label}"
    return hashlib.blake2b(span.encode(), digest_size=5).hexdigest()


def document_to_task(
    document: Document,
    *,
    predicted: Iterable[Entity] | None = None,
    model_version: str = "",
    finished: bool = False,
    from_name: str = FROM_NAME,
    to_name: str = TO_NAME,
) -> dict[str, Any]:
    """The task of a document, as the import wants it.

    Args:
        document: The document.
        predicted: Entities to show as a prediction; without any, the prediction is
            an empty one. ``None`` sends no prediction.
        model_version: Who predicted.
        finished: Send the document's own entities as a finished annotation that
            is ground truth.
        from_name: Name of the ``Labels`` tag in the project's configuration.
        to_name: Name of its ``Text`` tag.

    Raises:
        DocumentError: The text is empty, or an entity has an unknown label, lies
            outside the text, overlaps another or is not the text at its offsets.
    """
    if not document.text.strip():
        raise DocumentError(f"{document.id}: the text is empty; there is nothing to annotate")
    if unstorable := re.search("[\x00\ud800-\udfff]", document.text):
        raise DocumentError(
            f"{document.id}: the text holds {unstorable[0]!r} at {unstorable.start()}, which the "
            "server cannot store; remove it first"
        )
    task: dict[str, Any] = {
        "data": {"id": document.id, TEXT: document.text},
        "meta": {"sha256": checksum(document.text), "document": dict(document.meta)},
    }
    names = {"from_name": from_name, "to_name": to_name}
    if predicted is not None:
        entities = _checked(document, predicted)
        task["predictions"] = [entities_to_prediction(entities, model_version, **names)]
    if finished:
        regions = entities_to_regions(_checked(document, document.entities), **names)
        task["annotations"] = [{"result": regions, "ground_truth": True}]
    return task


def entities_to_prediction(
    entities: Sequence[Entity], model_version: str, **names: str
) -> dict[str, Any]:
    """A prediction: the regions, who made them, and the mean of their scores."""
    scores = [entity.score for entity in entities]
    return {
        "model_version": model_version,
        "score": round(float(sum(scores) / len(scores)), 4) if scores else 0.0,
        "result": entities_to_regions(entities, **names),
    }


def _checked(document: Document, entities: Iterable[Entity]) -> list[Entity]:
    ordered = sorted(entities)
    found = problems(document.with_entities(ordered), edges=False)
    if found:
        raise DocumentError(found[0])
    return ordered


def task_to_annotations(
    task: Mapping[str, Any],
    *,
    annotators: Mapping[int, str] | None = None,
    report: Report | None = None,
    from_name: str = FROM_NAME,
    to_name: str = TO_NAME,
) -> list[Annotation]:
    """The finished annotations of a task, the latest of each annotator, oldest first.

    Cancelled annotations and drafts are left out; a task that has nothing else is
    noted in the report as ``skipped``, ``draft`` or ``open``.

    Args:
        task: A task with its annotations, as the API or a JSON export has it.
        annotators: Names of the annotators by their numbers.
        report: Takes what is wrong, which is then left out; without one it is an error.
        from_name: Name of the ``Labels`` tag in the project's configuration.
        to_name: Name of its ``Text`` tag.

    Raises:
        DocumentError: Without ``report``: the task's text is missing or changed, or
            a region breaks a rule.
    """
    document = _task_document(task, report)
    if document is None:
        return []
    latest: dict[str, Annotation] = {}
    finished = [each for each in task.get("annotations") or () if not each.get("was_cancelled")]
    for raw in sorted(finished, key=_updated):
        annotator = _annotator(raw, annotators or {})
        entities = _read_regions(document, raw, annotator, (from_name, to_name), report)
        provenance = _provenance(task, raw, annotator, entities, (from_name, to_name))
        found = Annotation(
            document=document.with_entities(entities),
            annotator=annotator,
            updated=_updated(raw),
            ground_truth=bool(raw.get("ground_truth")),
            provenance=provenance,
        )
        before = latest.pop(annotator, None)
        if before is not None and before.ground_truth and not found.ground_truth:
            found = before
        latest[annotator] = found
    if not latest:
        _note(report, _unfinished(document.id, task))
    return list(latest.values())


def task_to_document(
    task: Mapping[str, Any],
    *,
    annotators: Mapping[int, str] | None = None,
    report: Report | None = None,
    from_name: str = FROM_NAME,
    to_name: str = TO_NAME,
) -> Document | None:
    """The gold document of a task; ``None`` when nobody has finished an annotation.

    An annotation marked as ground truth wins (the latest of several). Otherwise a
    span counts when more than half of the annotators have it, and the latest
    annotation decides where it is exactly half. ``meta["label_studio"]`` keeps how
    it was decided and who annotated what when, how long it took, and how much of
    the prediction was kept.

    Args: as of :func:`task_to_annotations`.

    Raises:
        DocumentError: As :func:`task_to_annotations`.
    """
    names = {"from_name": from_name, "to_name": to_name}
    found = task_to_annotations(task, annotators=annotators, report=report, **names)
    return merge(found, report=report) if found else None


def merge(found: Sequence[Annotation], *, report: Report | None = None) -> Document:
    """One document out of the annotations of one task; :func:`task_to_document` says how.

    Args:
        found: At least one annotation, the latest last.
        report: Takes a line for each span that not all annotators have.
    """
    entities, decided = _merged(found, report)
    document = found[-1].document
    origin = {"decided": decided, "annotations": [dict(each.provenance) for each in found]}
    meta = {**document.meta, "label_studio": origin}
    return replace(document, entities=tuple(entities), meta=meta)


def _merged(found: Sequence[Annotation], report: Report | None) -> tuple[list[Entity], str]:
    trusted = [each for each in found if each.ground_truth]
    if trusted:
        best = max(trusted, key=lambda each: each.updated)
        return list(best.document.entities), f"ground truth of {best.annotator}"
    latest = found[-1]
    if len(found) == 1:
        return list(latest.document.entities), f"one annotator, {latest.annotator}"
    votes = Counter(entity for each in found for entity in each.document.entities)
    last = set(latest.document.entities)
    kept = []
    for entity, count in sorted(votes.items()):
        wins = 2 * count > len(found) or (2 * count == len(found) and entity in last)
        if wins:
            kept.append(entity)
        if count < len(found):
            _note(report, _disagreement(entity, found, wins))
    agreed = "all agree" if len(kept) == len(votes) == len(last) else "majority"
    return kept, f"{agreed}, {len(found)} annotators"


def _disagreement(entity: Entity, found: Sequence[Annotation], wins: bool) -> Finding:
    having = [each.annotator for each in found if entity in each.document.entities]
    lacking = [each.annotator for each in found if entity not in each.document.entities]
    message = (
        f"{_where(entity)}: marked by {', '.join(having)}, not by {', '.join(lacking)}; "
        f"{'kept' if wins else 'left out'}"
    )
    return Finding(found[0].document.id, "disagreement", message)


def _task_document(task: Mapping[str, Any], report: Report | None) -> Document | None:
    """The document without entities, or ``None`` when the task's data is not one."""
    data = task.get("data")
    data = data if isinstance(data, Mapping) else {}
    name = str(data.get("id") or f"task {task.get('id')}")
    text = data.get(TEXT)
    if not isinstance(text, str):
        what = f"task {task.get('id')} has no {TEXT!r} in its data; it was not pushed by vidner"
        _complain(report, name, what)
        return None
    own = task.get("meta")
    own = own if isinstance(own, Mapping) else {}
    if own.get("sha256", checksum(text)) != checksum(text):
        what = "the task's text is not the one that was pushed; its annotations were left out"
        _complain(report, name, what)
        return None
    meta = own.get("document")
    return Document(name, text, meta=meta if isinstance(meta, Mapping) else {})


def _read_regions(
    document: Document,
    raw: Mapping[str, Any],
    annotator: str,
    names: tuple[str, str],
    report: Report | None,
) -> tuple[Entity, ...]:
    """The entities of an annotation; what breaks a rule is an error or a finding."""
    kept: list[Entity] = []
    for region in raw.get("result") or ():
        try:
            entity = _read_region(document, region, names, report)
        except DocumentError as error:
            _complain(report, document.id, f"annotation {raw.get('id')} of {annotator}: {error}")
        else:
            kept.append(entity)
    disjoint: list[Entity] = []
    for entity in sorted(kept):
        if disjoint and entity.start < disjoint[-1].end:
            what = f"{_where(entity)} overlaps {_where(disjoint[-1])}; wanted disjoint regions"
            _complain(report, document.id, f"annotation {raw.get('id')} of {annotator}: {what}")
        else:
            disjoint.append(entity)
    return tuple(disjoint)


def _read_region(
    document: Document, region: Any, names: tuple[str, str], report: Report | None
) -> Entity:
    value: Any = region.get("value") if isinstance(region, Mapping) else None
    if not isinstance(value, Mapping) or region.get("type") != "labels":
        raise DocumentError(f"a region of another type, {region!r:.80}; wanted type 'labels'")
    if (region.get("from_name"), region.get("to_name")) != names:
        raise DocumentError(
            f"a region from {region.get('from_name')!r} to {region.get('to_name')!r}; "
            f"wanted {names[0]!r} to {names[1]!r}"
        )
    start, end, labels = value.get("start"), value.get("end"), value.get("labels")
    where = f"{labels} at {start}-{end}"
    if not (isinstance(labels, list) and len(labels) == 1 and labels[0] in LABELS):
        raise DocumentError(f"{where}: wanted exactly one label of {', '.join(LABELS)}")
    if not (_is_offset(start) and _is_offset(end)):
        raise DocumentError(f"{where}: wanted whole numbers as start and end")
    if not 0 <= start < end <= len(document.text):
        what = "an empty span" if 0 <= start == end else "outside the text"
        raise DocumentError(f"{where}: {what}; it has {len(document.text)} characters")
    entity = make_entity(document.text, start, end, labels[0])
    shown = value.get("text")
    if isinstance(shown, str) and _visible(shown) != _visible(entity.text):
        raise DocumentError(f"{where}: says {shown!r}, but the text there is {entity.text!r}")
    trimmed = _trimmed(document, entity, report)
    found = problems(document.with_entities([trimmed]))
    if found:
        raise DocumentError(found[0].removeprefix(f"{document.id}: "))
    return trimmed


def _is_offset(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _visible(text: str) -> str:
    """The text without white space and written line breaks, in one Unicode form."""
    return re.sub(r"\s|\\[nrt]", "", unicodedata.normalize("NFC", text))


def _trimmed(document: Document, entity: Entity, report: Report | None) -> Entity:
    left = len(entity.text) - len(entity.text.lstrip())
    right = len(entity.text) - len(entity.text.rstrip())
    if not (left or right):
        return entity
    if left == len(entity.text):
        raise DocumentError(f"{_where(entity)}: nothing but white space")
    shorter = make_entity(document.text, entity.start + left, entity.end - right, entity.label)
    message = f"{_where(entity)}: white space cut off, now {shorter.start}-{shorter.end}"
    _note(report, Finding(document.id, "trimmed", message))
    return shorter


def _provenance(
    task: Mapping[str, Any],
    raw: Mapping[str, Any],
    annotator: str,
    entities: Iterable[Entity],
    names: tuple[str, str],
) -> dict[str, Any]:
    origin: dict[str, Any] = {
        "task": task.get("id"),
        "annotation": raw.get("id"),
        "annotator": annotator,
        "created": _time(raw.get("created_at")),
        "updated": _updated(raw),
        "lead_time": raw.get("lead_time"),
        "ground_truth": bool(raw.get("ground_truth")),
    }
    prediction = _prediction(task, raw)
    if prediction is not None:
        before = set(_spans(prediction.get("result") or (), names))
        now = {entity.span for entity in entities}
        origin["prediction"] = {
            "model_version": prediction.get("model_version"),
            "changed": before != now,
            "kept": len(before & now),
            "removed": len(before - now),
            "added": len(now - before),
        }
    return origin


def _prediction(task: Mapping[str, Any], raw: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The prediction that the annotator started from."""
    known = [each for each in task.get("predictions") or () if isinstance(each, Mapping)]
    parent = raw.get("parent_prediction")
    for each in known:
        if parent is not None and each.get("id") == parent:
            return each
    stored = raw.get("prediction")
    return stored if isinstance(stored, Mapping) and stored.get("result") is not None else None


def _spans(regions: Iterable[Any], names: tuple[str, str]) -> Iterator[tuple[int, int, str]]:
    for region in regions:
        value: Any = region.get("value", {}) if isinstance(region, Mapping) else {}
        if value.get("labels"):
            yield value.get("start"), value.get("end"), value["labels"][0]


def _unfinished(name: str, task: Mapping[str, Any]) -> Finding:
    cancelled = sum(bool(each.get("was_cancelled")) for each in task.get("annotations") or ())
    if cancelled:
        return Finding(name, "skipped", "skipped by its annotator; not in the result")
    if task.get("drafts") or task.get("draft_exists"):
        return Finding(name, "draft", "only a draft that was not submitted; not in the result")
    return Finding(name, "open", "not annotated yet; not in the result")


def _annotator(raw: Mapping[str, Any], names: Mapping[int, str]) -> str:
    who = raw.get("completed_by")
    if isinstance(who, Mapping):
        return str(who.get("email") or who.get("id"))
    if isinstance(who, int) and who in names:
        return names[who]
    return f"user {who}"


def _updated(raw: Mapping[str, Any]) -> str:
    return _time(raw.get("updated_at") or raw.get("created_at"))


def _time(value: Any) -> str:
    return str(value.isoformat() if hasattr(value, "isoformat") else value or "")


def _where(entity: Entity) -> str:
    return f"{entity.label} {entity.text!r} at {entity.start}-{entity.end}"


def _note(report: Report | None, finding: Finding) -> None:
    if report is not None:
        report.append(finding)


def _complain(report: Report | None, name: str, message: str) -> None:
    if report is None:
        raise DocumentError(f"{name}: {message}")
    report.append(Finding(name, "error", message))
