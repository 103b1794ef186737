"""Pull: what the annotators made of a project, as gold documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vidner._errors import DocumentError
from vidner.documents import Document
from vidner.documents.label_studio import (
    Annotation,
    Finding,
    Report,
    merge,
    task_to_annotations,
)
from vidner.label_studio.client import Server


@dataclass(frozen=True)
class Pulled:
    """What a project holds.

    Attributes:
        documents: The gold documents, in the order of the tasks.
        annotations: The finished annotations of each of them.
        tasks: How many tasks the project has.
        report: What was left out, skipped, open, or not agreed on.
    """

    documents: list[Document] = field(default_factory=list)
    annotations: list[list[Annotation]] = field(default_factory=list)
    tasks: int = 0
    report: Report = field(default_factory=list)

    def count(self, kind: str) -> int:
        """Number of documents with a finding of this kind."""
        return len({each.document for each in self.report if each.kind == kind})


def pull(
    server: Server,
    *,
    project: str,
    strict: bool = True,
    progress: Callable[[int], object] = lambda count: None,
) -> Pulled:
    """Read the project's finished annotations and merge them, document by document.

    Args:
        server: Where from.
        project: Title or number.
        strict: What breaks a rule is an error; otherwise it is left out and reported.
        progress: Called with the number of tasks read.

    Raises:
        DocumentError: With ``strict``: an annotation breaks a rule, or two tasks
            are of one document.
        LabelStudioError: There is no such project, or the server goes away.
    """
    source = server.project(project)
    annotators = server.annotators()
    names = source.names.to_dict()
    tasks = []
    for task in server.tasks(source):
        tasks.append(task)
        progress(1)
    tasks.sort(key=lambda task: int(task["id"]))
    report: Report = []
    documents, annotations = [], []
    for task in _unique(tasks, report):
        found = task_to_annotations(task, annotators=annotators, report=report, **names)
        if found:
            documents.append(merge(found, report=report))
            annotations.append(found)
    errors = [each for each in report if each.kind == "error"]
    if strict and errors:
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        raise DocumentError(
            f"{errors[0].document}: {errors[0].message}{more}; mend it in Label Studio, or leave "
            "such things out with --report FILE, which lists them"
        )
    return Pulled(documents, annotations, len(tasks), report)


def _unique(tasks: list[dict[str, Any]], report: Report) -> list[dict[str, Any]]:
    """One task of each document: the first with annotations, or the first."""
    names = Counter(_name(task) for task in tasks)
    kept: dict[str, dict[str, Any]] = {}
    for task in tasks:
        name = _name(task)
        if name not in kept or (task.get("annotations") and not kept[name].get("annotations")):
            kept[name] = task
    for name, count in names.items():
        if count > 1:
            message = f"{count} tasks are of this document; task {kept[name]['id']} was read"
            report.append(Finding(name, "error", message))
    return list(kept.values())


def _name(task: Mapping[str, Any]) -> str:
    data = task.get("data")
    name = data.get("id") if isinstance(data, Mapping) else None
    return str(name or f"task {task.get('id')}")
