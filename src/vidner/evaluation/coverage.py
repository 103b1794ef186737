"""What annotated documents cover: counts by label, form and topic, distinct strings."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from vidner._entities import LABELS
from vidner._words import split_words
from vidner.documents import Document
from vidner.documents.news import shingles
from vidner.evaluation.tables import markdown_table

RUN = 12
"""Words in a run that is too long to be shared by chance."""


def statistics(documents: Sequence[Document]) -> dict[str, Any]:
    """Documents, lines, syllables, and for each label its entities and strings.

    Returns:
        JSON-ready counts; ``share`` is that of the label's commonest string.
    """
    strings: dict[str, Counter[str]] = {label: Counter() for label in LABELS}
    for document in documents:
        for entity in document.entities:
            strings[entity.label][entity.text] += 1
    return {
        "documents": len(documents),
        "lines": sum(bool(line.strip()) for d in documents for line in d.text.split("\n")),
        "syllables": sum(len(document.text.split()) for document in documents),
        "labels": {label: _label_statistics(counts) for label, counts in strings.items()},
    }


def _label_statistics(counts: Counter[str]) -> dict[str, Any]:
    total = sum(counts.values())
    commonest, times = counts.most_common(1)[0] if counts else ("", 0)
    return {
        "entities": total,
        "distinct": len(counts),
        "commonest": commonest,
        "share": round(times / total, 4) if total else 0.0,
    }


def statistics_table(parts: dict[str, dict[str, Any]]) -> str:
    """Entities and distinct strings of each label in each part."""
    rows = []
    for name, part in parts.items():
        cells = [
            f"{part['labels'][label]['entities']} / {part['labels'][label]['distinct']}"
            for label in LABELS
        ]
        rows.append((name, str(part["documents"]), str(part["lines"]), *cells))
    return markdown_table(("part", "documents", "lines", *LABELS), rows)


def group_table(documents: Iterable[Document], *, key: str) -> str:
    """Documents and entities by a key of their meta data, commonest first."""
    groups: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        groups[str(document.meta.get(key, "")).strip().lower()].append(document)
    rows = []
    for name, members in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        labels = Counter(entity.label for document in members for entity in document.entities)
        rows.append((name, str(len(members)), *(str(labels[label]) for label in LABELS)))
    return markdown_table((key, "documents", *LABELS), rows)


def topic_table(documents: Sequence[Document], topics: Mapping[str, str]) -> str:
    """Documents on each topic, and their entities of each label.

    Args:
        documents: May be on several topics, or on none.
        topics: By name of a topic a pattern that is found in the text of a
            document, or in its meta data's ``topic``.
    """
    rows = []
    for name, pattern in topics.items():
        found = re.compile(pattern)
        members = [
            document
            for document in documents
            if found.search(document.text) or found.search(str(document.meta.get("topic", "")))
        ]
        labels = Counter(entity.label for document in members for entity in document.entities)
        rows.append((name, str(len(members)), *(str(labels[label]) for label in LABELS)))
    return markdown_table(("topic", "documents", *LABELS), rows)


def mention_table(documents: Sequence[Document], forms: Mapping[str, Mapping[str, str]]) -> str:
    """Mentions and distinct strings of each form.

    Args:
        documents: Annotated documents.
        forms: By label and name of a form a pattern that matches whole mentions,
            or ``isupper`` or ``islower``: in capitals, beginning with a small letter.
    """
    rows: list[tuple[str, ...]] = []
    for label, patterns in forms.items():
        own = [e.text for document in documents for e in document.entities if e.label == label]
        for name, pattern in patterns.items():
            matching = [text for text in own if _has_form(text, pattern)]
            rows.append((f"{label}, {name}", str(len(matching)), str(len(set(matching)))))
    return markdown_table(("form of the mention", "mentions", "distinct"), rows)


def _has_form(mention: str, pattern: str) -> bool:
    if pattern == "isupper":
        return mention.isupper() and " " in mention
    if pattern == "islower":
        return mention[0].islower()
    return re.fullmatch(pattern, mention) is not None


def shared_runs(documents: Iterable[Document], texts: Iterable[str]) -> list[tuple[str, str]]:
    """Runs of :data:`RUN` words of the documents that occur in the texts, case aside.

    Returns:
        Document id and run; overlapping runs are each listed.
    """
    places: dict[tuple[str, ...], str] = {}
    for document in documents:
        for run in _runs(document.text):
            places.setdefault(run, document.id)
    found = {run for text in texts for run in _runs(text) if run in places}
    return sorted((places[run], " ".join(run)) for run in found)


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = [word.text.lower() for word in split_words(text)]
    return zip(*(words[at:] for at in range(RUN)), strict=False)


def near_duplicates(
    documents: Sequence[Document], *, share: float = 0.2
) -> list[tuple[str, str, float]]:
    """Pairs of documents that share many runs of six words.

    Returns:
        Ids of both and the Jaccard similarity of their runs, where it is at
        least ``share`` (Broder 1997, "On the resemblance and containment of documents").
    """
    runs = [shingles(document.text) for document in documents]
    places: dict[int, list[int]] = defaultdict(list)
    for number, own in enumerate(runs):
        for run in own:
            places[run].append(number)
    common: Counter[tuple[int, int]] = Counter()
    for numbers in places.values():
        common.update((a, b) for at, a in enumerate(numbers) for b in numbers[at + 1 :])
    pairs = []
    for (a, b), shared in common.items():
        similarity = shared / len(runs[a] | runs[b])
        if similarity >= share:
            pairs.append((documents[a].id, documents[b].id, round(similarity, 3)))
    return sorted(pairs)
