"""Measure speed, and write docs/performance.md and its plot.

    python training/benchmark_speed.py measure --peer-python .venv-peers/bin/python
    python training/benchmark_speed.py page

`measure` writes docs/performance.json and the page; `page` only the page.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from vidner import VidnerError
from vidner._models import DIRECTORIES
from vidner.documents.jsonl import read_jsonl
from vidner.evaluation.performance import growth_plot, measure, page

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PEER = Path(__file__).parent / "peers" / "underthesea_speed.py"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("measure", "page"))
    parser.add_argument("--data", type=Path, default=ROOT / "annotations" / "gold" / "seeds.jsonl")
    parser.add_argument(
        "--models", nargs="+", choices=DIRECTORIES, default=list(DIRECTORIES),
        help="which of the embedded models",
    )  # fmt: skip
    parser.add_argument("--peer-python", type=Path, help="interpreter that has underthesea")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--most", type=int, default=1_000_000, help="syllables of the longest text")
    options = parser.parse_args()
    try:
        if options.what == "measure":
            write(run(options))
        for name, text in pages().items():
            (DOCS / name).write_text(text, "utf-8")
    except VidnerError as error:
        print(f"benchmark_speed: {error}", file=sys.stderr)
        return 1
    print((DOCS / "performance.md").read_text("utf-8"))
    return 0


def run(options: argparse.Namespace) -> dict[str, Any]:
    peer = [str(options.peer_python), str(PEER)] if options.peer_python else []
    return measure(
        list(read_jsonl(options.data)),
        models={name: DIRECTORIES[name] for name in options.models},
        peer=peer,
        rounds=options.rounds,
        most=options.most,
    )


def write(found: dict[str, Any]) -> None:
    DOCS.mkdir(exist_ok=True)
    (DOCS / "performance.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def pages() -> dict[str, str]:
    """The generated files by name."""
    found = json.loads((DOCS / "performance.json").read_text("utf-8"))
    steps = json.loads((DOCS / "performance_steps.json").read_text("utf-8"))
    return {"performance.md": page(found, steps), "performance-growth.svg": growth_plot(found)}


if __name__ == "__main__":
    sys.exit(main())
