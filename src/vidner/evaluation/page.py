"""A report's record as files: one page, Markdown, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidner._entities import LABELS
from vidner._extras import require
from vidner.evaluation.mistakes import KINDS
from vidner.evaluation.sections import sections
from vidner.evaluation.tables import markdown_table

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a sentence that lies in the same mentions throughout.

    Attributes:
        text: Its characters.
        gold: Label of the gold mention that it belongs to, or empty.
        predicted: Label of the prediction, or empty.
    """

    text: str
    gold: str
    predicted: str


def pieces(mistake: Mapping[str, Any]) -> list[Piece]:
    """The sentence of a mistake, cut where a mention begins or ends."""
    sentence = mistake["sentence"]
    spots = [*mistake["gold"], *mistake["predicted"]]
    cuts = sorted({0, len(sentence), *(s["start"] for s in spots), *(s["end"] for s in spots)})
    return [
        Piece(
            sentence[start:end],
            _label_at(mistake["gold"], start),
            _label_at(mistake["predicted"], start),
        )
        for start, end in pairwise(cuts)
    ]


def _label_at(spots: list[dict[str, Any]], position: int) -> str:
    return next((s["label"] for s in spots if s["start"] <= position < s["end"]), "")


def marked(mistake: Mapping[str, Any]) -> str:
    """The sentence as plain text: gold mentions in ``[]``, predictions in ``{}``."""
    sentence = mistake["sentence"]
    signs = []
    for rank, (side, opening, closing) in enumerate((("gold", "[", "]"), ("predicted", "{", "}"))):
        for spot in mistake[side]:
            start, end = spot["start"], spot["end"]
            # What closes stands before what opens, the inner before the outer.
            signs.append((end, 0, -start, -rank, closing))
            signs.append((start, 1, -end, rank, opening))
    for position, *_, sign in sorted(signs, reverse=True):
        sentence = sentence[:position] + sign + sentence[position:]
    return " ".join(sentence.split())


def template_environment(*folders: Path, autoescape: bool = False) -> Environment:
    """Jinja for the package's templates and those of other folders."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def require_extra() -> None:
    """Fail now rather than after the measuring when a report cannot be written.

    Raises:
        MissingExtraError: A package of the extra ``report`` is not installed.
    """
    require("jinja2", "matplotlib", extra="report")


def to_html(record: Mapping[str, Any]) -> str:
    """The page: no file, font or script from anywhere else."""
    template = template_environment(autoescape=True).get_template("report.html")
    return template.render(
        record=record,
        sections=sections(record),
        mistakes=[(m, pieces(m)) for m in record["mistakes"]["all"]],
        labels=LABELS,
        kinds=KINDS,
    )


def to_markdown(record: Mapping[str, Any]) -> str:
    """The same tables and mistakes as Markdown; plots are replaced by their words."""
    template = template_environment().get_template("report.md")
    return template.render(
        record=record,
        sections=sections(record),
        table=lambda t: markdown_table(t.head, [_cells(row) for row in t.rows]),
        lines=list(_mistake_lines(record)),
    )


def _cells(row: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cell.replace("|", "\\|") for cell in row)


def _mistake_lines(record: Mapping[str, Any]) -> Iterator[str]:
    for mistake in record["mistakes"]["all"]:
        sides = (
            f"{side} {', '.join(s['label'] for s in mistake[side])}"
            for side in ("gold", "predicted")
            if mistake[side]
        )
        text = marked(mistake).replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;")
        yield f"{mistake['kind']}, {mistake['document']} ({'; '.join(sides)}): {text}"


def write_report(record: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write ``report.html``, ``report.md`` and ``report.json``; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "report.html": to_html(record),
        "report.md": to_markdown(record),
        "report.json": json.dumps(record, ensure_ascii=False, indent=1) + "\n",
    }
    for name, content in files.items():
        # Lone surrogates of a text cannot be written; a question mark stands for them.
        (folder / name).write_bytes(content.encode("utf-8", "replace"))
    return [folder / name for name in files]
