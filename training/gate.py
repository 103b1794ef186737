"""The gate: fail when a score falls below the committed baseline's interval.

    python training/gate.py check
    python training/gate.py update --because "first release" \\
        --results training/results/{seeds,news-test,news-test-fp32,development,corpus-cv}.json \\
        --data seeds=annotations/gold/seeds.jsonl

Sets with data are tagged here and now by the embedded model (or --model);
the others are read from training/results/NAME.json, as their protocols wrote them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidner import Tagger, VidnerError
from vidner.evaluation.files import read_gold, read_results
from vidner.evaluation.gate import read_baseline, shortfalls, updated
from vidner.evaluation.predict import predict
from vidner.evaluation.scores import score

TAGGED_NOW = "tagged by the embedded model, which may have been trained on it"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--baseline", type=Path, default=Path("training/baseline.json"))
    parser.add_argument("--model", help="model directory or hub name (default: embedded)")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("check", help="exit 1 and say what fell below the baseline")
    command.add_argument("--folder", type=Path, default=Path("training/results"))
    command.set_defaults(run=run_check)
    command = commands.add_parser("update", help="move the baseline, for a reason")
    command.add_argument("--because", required=True, metavar="REASON")
    command.add_argument("--results", type=Path, nargs="*", default=[])
    command.add_argument("--data", nargs="*", default=[], metavar="NAME=GOLD.jsonl")
    command.set_defaults(run=run_update)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except VidnerError as error:
        print(f"gate: {error}", file=sys.stderr)
        return 1


def run_check(options: argparse.Namespace) -> int:
    baseline = read_baseline(options.baseline)
    measured = {}
    for name, wanted in baseline["sets"].items():
        path = options.folder / f"{name}.json"
        if "data" in wanted:
            measured[name] = tagged(wanted["data"], options.model)["scores"]
        elif path.exists():
            measured[name] = read_results([path])[name]["scores"]
    fallen = list(shortfalls(baseline, measured))
    print(*fallen, sep="\n", file=sys.stderr, end="\n" if fallen else "")
    print(f"gate: {len(baseline['sets'])} sets, {len(fallen)} scores below the baseline")
    return 1 if fallen else 0


def tagged(data: str, model: str | None) -> Mapping[str, Any]:
    gold = read_gold(Path(data))
    scores = score(gold, predict(Tagger.load(model), gold)).to_dict()
    return {"protocol": TAGGED_NOW, "data": data, "scores": scores}


def run_update(options: argparse.Namespace) -> int:
    sets: dict[str, Any] = {
        name: {"protocol": record["protocol"], "scores": record["scores"]}
        for name, record in read_results(options.results).items()
    }
    for each in options.data:
        name, _, data = each.partition("=")
        sets[name] = tagged(data, options.model)
    before = read_baseline(options.baseline) if options.baseline.exists() else None
    after = updated(before, sets, because=options.because)
    text = json.dumps(after, ensure_ascii=False, indent=1) + "\n"
    options.baseline.write_text(text, "utf-8")
    print(f"{options.baseline}: {', '.join(sets) or 'nothing'} updated")
    return 0


if __name__ == "__main__":
    sys.exit(main())
