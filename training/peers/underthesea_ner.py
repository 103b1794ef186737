"""Predictions of underthesea's bundled tagger, as a file that `vidner evaluate` compares with.

    python training/peers/underthesea_ner.py GOLD.jsonl build/peers/underthesea.jsonl

Runs in an environment of its own (`make peers`) and needs nothing of vidner.
Beside the predictions it writes what they cost, as underthesea.info.json.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

LABELS = {"PER": "PERSON", "ORG": "ORG", "LOC": "LOC"}
"""Its labels and ours; it has no others that we have."""

Tagged = Iterable[tuple[str, str]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gold", type=Path, help="JSON lines with id and text")
    parser.add_argument("out", type=Path, help="where to write the predictions")
    options = parser.parse_args()
    began = time.perf_counter()
    from underthesea import ner

    ner("Hà Nội")
    ready = time.perf_counter() - began
    rows = [json.loads(line) for line in options.gold.read_text("utf-8").splitlines() if line]
    began = time.perf_counter()
    found = [predicted(row, lambda line: [(t[0], t[3]) for t in ner(line)]) for row in rows]
    seconds = time.perf_counter() - began
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with options.out.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in found)
    syllables = sum(len(re.findall(r"[^\W_]+|[^\w\s]|_", row["text"])) for row in rows)
    facts = {
        "syllables_per_second": round(syllables / seconds),
        "cold_start_s": round(ready, 3),
        "peak_memory_mb": peak_memory(),
        "install_mb": installed(),
    }
    options.out.with_suffix(".info.json").write_text(json.dumps(facts, indent=1) + "\n", "utf-8")
    print(f"{options.out}: {len(found)} documents, {facts}")
    return 0


def predicted(row: dict[str, Any], tag: Callable[[str], Tagged]) -> dict[str, Any]:
    """A gold row with the tagger's entities, line by line, in place of its own."""
    entities = []
    start = 0
    for line in row["text"].split("\n"):
        for first, last, label in spans(line, tag(line) if line.strip() else ()):
            entities.append({"start": start + first, "end": start + last, "label": label})
        start += len(line) + 1
    return {"id": row["id"], "text": row["text"], "entities": entities}


def spans(line: str, tagged: Tagged) -> Iterator[tuple[int, int, str]]:
    """Character ranges of the entities of tagged tokens.

    underthesea rewrites the text (composed letters, hòa for hoà, spaces), so
    tokens are found by their letters without marks, in order.
    """
    waiting: tuple[int, int, str] | None = None
    rows = list(tagged)
    for (_, tag), place in zip(rows, places(line, [token for token, _ in rows]), strict=True):
        label = LABELS.get(tag[2:])
        if waiting and tag.startswith("I-") and label == waiting[2] and place:
            waiting = (waiting[0], place[1], waiting[2])
            continue
        if waiting:
            yield waiting
        waiting = (*place, label) if label and place else None
    if waiting:
        yield waiting


def places(line: str, tokens: Iterable[str]) -> list[tuple[int, int] | None]:
    """Where each token stands in the line; ``None`` for one that is not there."""
    letters = [(letter, at) for at, char in enumerate(line) for letter in folded(char)]
    text = "".join(letter for letter, _ in letters)
    found: list[tuple[int, int] | None] = []
    at = 0
    for token in tokens:
        wanted = folded(token)
        start = text.find(wanted, at) if wanted else -1
        # Far ahead would be another token of the same letters.
        if start < 0 or start > at + 12:
            found.append(None)
            continue
        at = start + len(wanted)
        found.append((letters[start][1], with_marks(line, letters[at - 1][1] + 1)))
    return found


def folded(text: str) -> str:
    """The letters and signs of a text, without marks, case, spaces and underscores."""
    plain = unicodedata.normalize("NFD", text).lower()
    return "".join(c for c in plain if not unicodedata.combining(c) and c.isprintable()
                   and c not in " _")  # fmt: skip


def with_marks(line: str, end: int) -> int:
    """The end of the letter that a range ends in, combining marks included."""
    while end < len(line) and unicodedata.combining(line[end]):
        end += 1
    return end


def peak_memory() -> float | None:
    """Megabytes at the most, where /proc says so."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    return round(int(status.split("VmHWM:")[1].split()[0]) / 1024, 1)


def installed() -> float:
    """Megabytes of this environment's packages, pip's own left out."""
    folder = Path(sys.modules["underthesea"].__file__ or "").parent.parent
    paths = (path for path in folder.rglob("*") if path.is_file())
    kept = (
        path for path in paths if path.relative_to(folder).parts[0] not in ("pip", "setuptools")
    )
    return round(sum(path.stat().st_size for path in kept) / 1e6, 1)


if __name__ == "__main__":
    sys.exit(main())
