"""Score a model on annotated documents, strictly.

    python training/evaluate.py --data annotations/gold/seeds.jsonl
    python training/evaluate.py --layer annotations/news/test.jsonl --news DIR \\
        --protocol "80 real articles" --out training/results/news-test.json
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vidner import Tagger, VidnerError
from vidner.evaluation.files import write_result
from vidner.evaluation.predict import predict
from vidner.evaluation.scores import score
from vidner.evaluation.tables import score_table
from vidner.train.data import gather, split_development


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="model directory or hub name (default: embedded)")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="annotated JSONL files")
    parser.add_argument("--layer", type=Path, nargs="*", default=[], help="layers over articles")
    parser.add_argument("--news", type=Path, help="folder with the articles of the layers")
    parser.add_argument(
        "--development", action="store_true", help="only the development documents among them"
    )
    parser.add_argument("--protocol", default="", help="what was trained on, for the record")
    parser.add_argument("--out", type=Path, help="write the scores to this JSON file")
    options = parser.parse_args()
    try:
        return run(options)
    except VidnerError as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    documents, left_out = gather(options.data, options.layer, news=options.news)
    for reason, count in left_out.items():
        print(f"left out: {count} articles of the layer, {reason}", file=sys.stderr)
    if options.development:
        documents = split_development(documents)[1]
    if not documents:
        print("evaluate: no documents; give --data, or --layer with --news", file=sys.stderr)
        return 1
    scores = score(documents, predict(Tagger.load(options.model), documents))
    print(score_table(scores.to_dict()))
    if options.out:
        write_result(options.out, options.protocol, scores)
    return 0


if __name__ == "__main__":
    sys.exit(main())
