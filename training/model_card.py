"""Write model_card.md out of the recorded results and a template.

python training/model_card.py
python training/model_card.py --check
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from vidner import LABELS, VidnerError
from vidner.evaluation.files import read_results
from vidner.evaluation.page import template_environment
from vidner.evaluation.tables import score_table

HERE = Path(__file__).parent
CARD = HERE.parent / "model_card.md"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=HERE / "results", help="folder of results")
    parser.add_argument("--out", type=Path, default=CARD)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when the file would change"
    )
    options = parser.parse_args(arguments)
    try:
        text = card(sorted(options.results.glob("*.json")))
    except VidnerError as error:
        print(f"model_card: {error}", file=sys.stderr)
        return 1
    if not options.check:
        options.out.write_text(text, "utf-8")
        return 0
    if options.out.exists() and options.out.read_text("utf-8") == text:
        return 0
    print(f"{options.out} differs from what the results give; run `make card`", file=sys.stderr)
    return 1


def card(results: Iterable[Path]) -> str:
    template = template_environment(HERE).get_template("model_card.md.j2")
    return template.render(labels=LABELS, results=read_results(results), table=score_table)


if __name__ == "__main__":
    sys.exit(main())
