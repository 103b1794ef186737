"""Label Studio's ML-backend protocol: configurations, predictions and webhooks."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from vidner._entities import LABELS, Entity
from vidner._errors import VidnerError
from vidner.documents.label_studio import entities_to_regions
from vidner.serve._work import to_json

RETRAIN = (
    "recorded; vidner does not train on a webhook. To retrain: `vidner label-studio pull "
    "--project NAME -o gold.jsonl`, then `python training/finetune.py --config "
    "training/configs/small-seeds.toml --base CHECKPOINT --data gold.jsonl --out build/retrained`"
)

_VARIABLE = re.compile(r"\$(\S+)")
_log = logging.getLogger("vidner.serve")


@dataclass(frozen=True, slots=True)
class Control:
    """The part of a labelling configuration that is annotated.

    Attributes:
        from_name: Name of the ``Labels`` tag.
        to_name: Name of the ``Text`` tag it belongs to.
        key: Field of a task's data that holds the text.
        labels: The labels that the tag offers.
    """

    from_name: str
    to_name: str
    key: str
    labels: frozenset[str]

    @property
    def missing(self) -> list[str]:
        """The model's labels that the project does not offer."""
        return [label for label in LABELS if label not in self.labels]


def read_control(label_config: str) -> Control:
    """The first ``Labels`` tag that belongs to a ``Text`` tag and has a label of ours.

    Raises:
        VidnerError: The configuration is not XML or has no such tag.
    """
    # Entities of a document type could grow without end, and no configuration has them.
    if "<!DOCTYPE" in label_config:
        raise VidnerError("the labelling configuration has a document type; remove <!DOCTYPE …>")
    try:
        tags = list(ElementTree.fromstring(label_config).iter())
    except (ElementTree.ParseError, ValueError) as error:
        raise VidnerError(f"the labelling configuration is not XML: {error}") from None
    texts = {tag.get("name"): tag for tag in tags if tag.tag.lower() == "text"}
    for tag in tags:
        target = texts.get(tag.get("toName"))
        if tag.tag.lower() != "labels" or target is None:
            continue
        labels = frozenset(label.get("value", "") for label in tag.iter())
        if labels.isdisjoint(LABELS):
            continue
        return Control(tag.get("name", ""), target.get("name", ""), _key(target), labels)
    raise VidnerError(
        "the labelling configuration has no <Labels> tag with one of the labels "
        f"{', '.join(LABELS)} whose toName is a <Text> tag; see annotations/label_config.xml"
    )


def _key(text: ElementTree.Element) -> str:
    name, value = text.get("name"), text.get("value", "")
    if text.get("valueType", "text") != "text":
        raise VidnerError(
            f"<Text name={name!r}> has valueType={text.get('valueType')!r}: the text must stand "
            'in the task itself; use valueType="text"'
        )
    found = _VARIABLE.fullmatch(value)
    if not found:
        raise VidnerError(f"<Text name={name!r}> has value={value!r}, wanted one like '$text'")
    return found[1]


def task_texts(tasks: Sequence[Mapping[str, Any]], control: Control) -> list[str]:
    """The text of each task's data; empty, with a line in the log, where it has none.

    Raises:
        VidnerError: No task has a text.
    """
    texts = [data.get(control.key) for data in tasks]
    if texts and not any(isinstance(text, str) for text in texts):
        raise VidnerError(
            f"no task has a text in data[{control.key!r}], which the labelling configuration "
            f"names; the first has the fields {', '.join(map(repr, tasks[0])) or '(none)'}"
        )
    without = sum(not isinstance(text, str) for text in texts)
    if without:
        _log.warning("%d of %d tasks have no text in %r", without, len(texts), control.key)
    return [text if isinstance(text, str) else "" for text in texts]


def prediction(entities: Sequence[Entity], control: Control, version: str) -> dict[str, Any]:
    """What Label Studio keeps for a task; only labels that the project offers."""
    kept = [entity for entity in entities if entity.label in control.labels]
    return {
        "result": entities_to_regions(kept, from_name=control.from_name, to_name=control.to_name),
        "score": sum(entity.score for entity in kept) / len(kept) if kept else 0.0,
        "model_version": version,
    }


class Recorder:
    """Keeps webhooks, one JSON object a line."""

    def __init__(self, path: Path | None) -> None:
        """A recorder that appends to a file, or writes to the log.

        Raises:
            VidnerError: The file cannot be written.
        """
        self._path = path
        self._lock = threading.Lock()
        if path is not None:
            self._append(b"")

    def record(self, event: Mapping[str, Any]) -> None:
        """Keep one event.

        Raises:
            VidnerError: The file cannot be written.
        """
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        line = to_json({"received": now, "event": event})
        if self._path is None:
            _log.info("webhook %s", line.decode("utf-8"))
        else:
            self._append(line + b"\n")

    def _append(self, data: bytes) -> None:
        assert self._path is not None
        try:
            with self._lock, self._path.open("ab") as file:
                file.write(data)
        except OSError as error:
            raise VidnerError(
                f"{self._path}: {error.strerror or error}; webhooks cannot be recorded"
            ) from None
