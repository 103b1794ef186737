"""Write training/RESULTS.md and its plot from the recorded results and the template.

python training/results_page.py [--check]
"""

from __future__ import annotations

import argparse
import json
import string
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidner import LABELS
from vidner.evaluation.files import read_curves
from vidner.evaluation.plots import draw, learning_curves
from vidner.evaluation.tables import curve_table, markdown_table, sizes_table, spread_cell
from vidner.train.config import TrainingConfig

HERE = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    options = parser.parse_args()
    found = pages()
    if options.check:
        old = [name for name, text in found.items() if (HERE / name).read_text("utf-8") != text]
        print(f"run training/results_page.py: {', '.join(old)}" if old else "up to date")
        return int(bool(old))
    for name, text in found.items():
        (HERE / name).write_text(text, "utf-8")
    return 0


def pages() -> dict[str, str]:
    """The generated files by name."""
    template = string.Template((HERE / "RESULTS.template.md").read_text("utf-8"))
    curves = read_curves(HERE / "results")
    sizes = read(HERE / "sizes.json")
    text = template.substitute(
        ablations=ablations_section(HERE / "ablations.json"),
        averaging_table=averaging_table(),
        curve_protocol=curve_protocol(curves),
        curve_table=curve_table(curves),
        sizes_documents=sizes["documents"],
        sizes_table=sizes_table(sizes["rows"]),
        **read(HERE / "facts.json"),
    )
    return {"RESULTS.md": text, "learning-curve.svg": curve_plot(curves)}


def curve_protocol(curves: Mapping[str, Any]) -> str:
    """What the protocols of all curves share: runs, epochs, documents and base."""
    protocol = str(next(iter(curves.values()))["protocol"])
    return protocol.split("trained on; ", 1)[1].split("; the scores")[0]


def ablations_section(path: Path) -> str:
    """What single settings bring; nothing before they were measured."""
    if not path.exists():
        return ""
    found = read(path)
    return (
        "## Ablations\n\nWhat single settings bring, with everything else as in "
        f"`training/configs/trial.toml`: {found['protocol']}. Means with the lowest and\nthe "
        "highest run. Settings with a star were taken out of the code again: they had not helped "
        "beyond the spread of the runs,\nor cost more than they brought (adversarial embeddings "
        "take twice the time, in which twice the epochs bring more).\n"
        "The layers of the fine-tuned `small` have seen more training documents than the others. "
        "Command: `training/ablations.py`.\n\n"
        f"{ablations_table(found['rows'])}\n\n"
    )


def ablations_table(rows: list[dict[str, Any]]) -> str:
    cells = [
        (named(row), spread_cell(row), *(f"{row['labels'][label]['f1']:.3f}" for label in LABELS))
        for row in rows
    ]
    return markdown_table(("settings", "micro", *LABELS), cells)


def named(row: dict[str, Any]) -> str:
    """The name of tried settings, with a star when the code does not have them."""
    gone = row["settings"].keys() - TrainingConfig.model_fields.keys()
    return f"{row['name']}{' *' if gone else ''}"


def averaging_table() -> str:
    runs = {"first run": "first", "second run": "second", "mean": "stage1"}
    cells = []
    for name, stem in runs.items():
        scores = read(HERE / "averaging" / f"{stem}.json")["scores"]
        low, high = scores["micro"]["interval"]
        micro = f"{scores['micro']['f1']:.3f} ({low:.3f}-{high:.3f})"
        cells.append((name, micro, *(f"{scores[label]['f1']:.3f}" for label in LABELS)))
    return markdown_table(("weights", "micro", *LABELS), cells)


def curve_plot(curves: Mapping[str, Mapping[str, Any]]) -> str:
    series = {
        name: [(point["entities"], point["f1"]) for point in found["curve"]]
        for name, found in curves.items()
    }
    image = draw("curve", "Micro F1 over training entities", learning_curves(series))
    return "\n".join(line.rstrip() for line in image.splitlines()) + "\n"


def read(path: Path) -> dict[str, Any]:
    """A JSON file."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main())
