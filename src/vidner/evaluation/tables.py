"""Scores as Markdown tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vidner._entities import LABELS

HEAD = ("label", "precision", "recall", "F1", "95 % interval", "right", "predicted", "gold")


def markdown_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; the first column is text, the others are numbers."""
    rule = [":--", *("--:" for _ in head[1:])]
    lines = [head, rule, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def score_rows(scores: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Rows under :data:`HEAD` of :meth:`vidner.evaluation.scores.Scores.to_dict`."""
    rows = []
    for name, row in scores.items():
        if isinstance(row, Mapping):
            low, high = row["interval"]
            rates = (f"{row[key]:.3f}" for key in ("precision", "recall", "f1"))
            counts = (str(row[key]) for key in ("right", "predicted", "gold"))
            rows.append((name, *rates, f"{low:.3f}-{high:.3f}", *counts))
    return rows


def score_table(scores: Mapping[str, Any]) -> str:
    """The table of :meth:`vidner.evaluation.scores.Scores.to_dict`."""
    return markdown_table(HEAD, score_rows(scores))


def spread_cell(row: Mapping[str, float]) -> str:
    """The mean of repeated runs with the lowest and the highest."""
    return f"{row['f1']:.3f} ({row['lowest']:.3f}-{row['highest']:.3f})"


def curve_table(curves: Mapping[str, Mapping[str, Any]]) -> str:
    """Learning curves side by side, a row for each share of the data.

    Args:
        curves: Recorded results with a ``curve`` by the curve's name, all of the same shares.
    """
    cells = []
    for row in zip(*(found["curve"] for found in curves.values()), strict=True):
        points = (f"{spread_cell(point)}; {point['entities']:,}" for point in row)
        cells.append((f"{row[0]['share']} %", *points))
    return markdown_table(("share", *curves), cells)


def sizes_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Models side by side.

    Args:
        rows: Those of training/sizes.py: ``name``, micro ``f1`` with its ``interval``, F1 by label,
            ``megabytes``, ``syllables_per_second``, ``peak_memory_mb``, ``cold_start_s``.
    """
    heads = ("model", "micro", *LABELS, "MB", "syllables/s", "peak memory, MB", "cold start, s")
    cells = [
        (
            row["name"],
            f"{row['f1']:.3f} ({row['interval'][0]:.3f}-{row['interval'][1]:.3f})",
            *(f"{row['labels'].get(label, 0.0):.3f}" for label in LABELS),
            f"{row['megabytes']:.1f}",
            f"{row['syllables_per_second']:,}",
            f"{row['peak_memory_mb']:.0f}",
            f"{row['cold_start_s']:.2f}",
        )
        for row in rows
    ]
    return markdown_table(heads, cells)
