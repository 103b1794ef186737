"""The gate: scores must not fall below what the committed baseline allows.

The baseline holds, for each named set, the scores that were once reached with
their 95 % intervals. A set passes while micro F1 and the F1 of each label lie
above the lower ends.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vidner._errors import ConfigError

Baseline = dict[str, Any]


def read_baseline(path: Path) -> Baseline:
    """The baseline file.

    Raises:
        ConfigError: It is missing, not JSON, or has no ``sets``.
    """
    try:
        baseline = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror or error}; make it with: "
            "python training/gate.py update --because REASON"
        ) from None
    except ValueError as error:
        raise ConfigError(f"{path}: not JSON in UTF-8: {error}") from None
    if not isinstance(baseline, dict) or not isinstance(baseline.get("sets"), dict):
        raise ConfigError(f"{path}: wanted an object with 'sets'")
    return baseline


def shortfalls(baseline: Mapping[str, Any], measured: Mapping[str, Any]) -> Iterator[str]:
    """What is below the baseline, in words; nothing when the gate is passed.

    Args:
        baseline: What :func:`read_baseline` gives.
        measured: By name of the set, what
            :meth:`vidner.evaluation.scores.Scores.to_dict` gives.
    """
    for name, wanted in baseline["sets"].items():
        if name not in measured:
            yield f"{name}: no scores to compare with the baseline"
            continue
        for label, row in wanted["scores"].items():
            if isinstance(row, Mapping):
                yield from _shortfall(f"{name}: {label}", row, measured[name].get(label))


def _shortfall(
    what: str, wanted: Mapping[str, Any], found: Mapping[str, Any] | None
) -> Iterator[str]:
    low, high = wanted["interval"]
    f1 = found["f1"] if found else 0.0
    # With few documents the score itself may lie outside its percentile interval.
    if f1 < min(low, wanted["f1"]):
        yield (
            f"{what} F1 {f1:.4f} is below the baseline's interval {low:.4f}-{high:.4f} "
            f"(it was {wanted['f1']:.4f})"
        )


def updated(
    baseline: Mapping[str, Any] | None, sets: Mapping[str, Any], *, because: str
) -> Baseline:
    """A baseline with new sets, and the reason added to its history.

    Args:
        baseline: The one so far, if any; sets that are not named again stay.
        sets: By name ``{"protocol", "scores"}``, and ``"data"`` for a set that
            the gate tags itself.
        because: Why the baseline moves.

    Raises:
        ConfigError: The reason is blank.
    """
    if not because.strip():
        raise ConfigError("a baseline is updated for a reason; say it with --because REASON")
    before = baseline or {"history": [], "sets": {}}
    entry = {
        "because": because.strip(),
        "micro_f1": {name: record["scores"]["micro"]["f1"] for name, record in sets.items()},
    }
    return {
        "history": [*before.get("history", []), entry],
        "sets": {**before["sets"], **sets},
    }
