"""Push: documents become tasks, each once, with or without a prediction."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from vidner._entities import Entity
from vidner._errors import DocumentError, LabelStudioError
from vidner._models import model_directory
from vidner.documents import Document
from vidner.documents.label_studio import document_to_task
from vidner.documents.news import checksum
from vidner.label_studio.client import Project, Server

BATCH = 25
"""Tasks in one request; what a server that dies may cost is one batch."""


class Predictor(Protocol):
    """Anything that tags, a :class:`vidner.Tagger` for one."""

    def tag_many(self, texts: Iterable[str]) -> Iterator[list[Entity]]:
        """Entities of each text, in input order."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did.

    Attributes:
        project: The project, made now if it was missing.
        created: Documents that became tasks.
        present: Documents that were there before.
        predicted: Tasks that got a prediction.
    """

    project: Project
    created: int
    present: int
    predicted: int


@dataclass(frozen=True, slots=True)
class _Task:
    number: int
    checksum: str
    versions: frozenset[str]


def push(
    server: Server,
    documents: Sequence[Document],
    *,
    project: str,
    predictor: Predictor | None = None,
    model_version: str = "",
    finished: bool = False,
    annotators: int = 1,
    progress: Callable[[int], object] = lambda count: None,
) -> Pushed:
    """Make a task of each document that is not in the project yet.

    A document is known by its id. Run again, it adds what is missing and nothing
    twice; tasks that are there without a prediction of this model version get one.

    Args:
        server: Where to.
        documents: What to push; all ids different.
        project: Title or number; a project of this title is made if there is none.
        predictor: Makes predictions; without one, documents that have entities
            show them as the prediction, unless ``finished``.
        model_version: What predictions are called.
        finished: The documents' entities are finished annotations, ground truth.
        annotators: How many people annotate each document of a new project.
        progress: Called with the number of documents done, batch by batch.

    Raises:
        DocumentError: A document is wrong, two have one id, or the project has
            one of the ids with another text; nothing has been sent then.
        LabelStudioError: The server refuses or goes away; what was sent stays.
    """
    _check(documents)
    target = server.find_project(project)
    if target is None:
        target = server.create_project(project, annotators=annotators)
    there = _present(server, target)
    _compare(documents, there, target)
    created = predicted = done = 0
    for batch in _batches(documents, BATCH):
        try:
            added, guessed = _push_batch(
                server, target, there, batch,
                predictor=predictor, model_version=model_version, finished=finished,
            )  # fmt: skip
        except LabelStudioError as error:
            raise LabelStudioError(
                f"{error}; {done} of {len(documents)} documents are done, "
                "run the same command again for the rest"
            ) from None
        created, predicted, done = created + added, predicted + guessed, done + len(batch)
        progress(len(batch))
    return Pushed(target, created, len(documents) - created, predicted)


def version_of(model: str | Path | None) -> str:
    """A name of a model for its predictions: its own name and what tells its versions apart."""
    folder = model_directory(model)
    manifest = folder / "manifest.json"
    if manifest.exists():
        record = json.loads(manifest.read_text("utf-8"))
        name = record.get("config", {}).get("name", folder.name)
        files = json.dumps(record.get("files", {}), sort_keys=True)
        return f"vidner {name} {hashlib.sha256(files.encode()).hexdigest()[:8]}"
    weights = next(iter(sorted(folder.glob("*.safetensors"))), None)
    if weights is None:
        return str(model)
    digest = hashlib.sha256()
    with weights.open("rb") as data:
        while block := data.read(1 << 20):
            digest.update(block)
    return f"{folder.name} {digest.hexdigest()[:8]}"


def _check(documents: Sequence[Document]) -> None:
    if not documents:
        raise DocumentError("no documents to push")
    name, count = Counter(document.id for document in documents).most_common(1)[0]
    if count > 1:
        raise DocumentError(f"{count} documents have the id {name!r}; ids must be unique")
    for document in documents:
        document_to_task(document, predicted=document.entities)


def _present(server: Server, project: Project) -> dict[str, _Task]:
    found = {}
    for task in server.tasks(project):
        data = task.get("data") or {}
        versions = {str(each.get("model_version")) for each in _mappings(task, "predictions")}
        text = data.get("text")
        digest = checksum(text) if isinstance(text, str) else ""
        found[str(data.get("id"))] = _Task(int(task["id"]), digest, frozenset(versions))
    return found


def _mappings(task: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return [each for each in task.get(key) or () if isinstance(each, Mapping)]


def _compare(documents: Iterable[Document], there: Mapping[str, _Task], project: Project) -> None:
    for document in documents:
        task = there.get(document.id)
        if task is not None and task.checksum != checksum(document.text):
            raise DocumentError(
                f"{document.id}: project {project.title!r} has it with another text (task "
                f"{task.number}); give the document another id, or delete that task first"
            )


def _push_batch(
    server: Server,
    project: Project,
    there: Mapping[str, _Task],
    batch: Sequence[Document],
    *,
    predictor: Predictor | None,
    model_version: str,
    finished: bool,
) -> tuple[int, int]:
    """Numbers of tasks and of predictions that were added."""
    names = project.names.to_dict()
    todo = [each for each in batch if each.id not in there]
    if predictor is not None or not finished:
        lacking = [
            each for each in batch
            if each.id in there and model_version not in there[each.id].versions
        ]  # fmt: skip
    else:
        lacking = []
    wanted = [*todo, *lacking]
    guesses = _guesses(wanted, predictor, finished=finished)
    tasks, predictions = [], []
    for document, guess in zip(wanted, guesses, strict=True):
        task = document_to_task(
            document, predicted=guess, model_version=model_version, finished=finished, **names
        )
        if document.id not in there:
            tasks.append(task)
        elif guess is not None:
            [prediction] = task["predictions"]
            predictions.append({"task": there[document.id].number, **prediction})
    if tasks:
        server.import_tasks(project, tasks)
    if predictions:
        server.import_predictions(project, predictions)
    return len(tasks), len(predictions) + sum("predictions" in task for task in tasks)


def _guesses(
    documents: Sequence[Document], predictor: Predictor | None, *, finished: bool
) -> list[list[Entity] | None]:
    if predictor is not None:
        return list(predictor.tag_many(document.text for document in documents))
    return [
        list(document.entities) if document.entities and not finished else None
        for document in documents
    ]


def _batches(documents: Sequence[Document], size: int) -> Iterator[list[Document]]:
    rest = iter(documents)
    while batch := list(islice(rest, size)):
        yield batch
