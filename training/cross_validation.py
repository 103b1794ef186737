"""Cross-validation scores on annotated documents, split by document.

    python training/cross_validation.py --config training/configs/small-cv.toml \\
        --data build/corpus.jsonl --out training/results/corpus-cv.json

For each fold a tagger is trained from the base on the other folds and scored on
this one. Finished folds are kept under --work, so that a run can go on.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vidner import VidnerError
from vidner.evaluation.files import write_result
from vidner.evaluation.scores import Scores, score
from vidner.evaluation.tables import score_table
from vidner.train.config import read_config
from vidner.train.data import folds, gather
from vidner.train.trial import trial


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--base", help="start from this checkpoint instead of the config's")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="annotated JSONL files")
    parser.add_argument("--layer", type=Path, nargs="*", default=[], help="layers over articles")
    parser.add_argument("--news", type=Path, help="folder with the articles of the layers")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path("build/cross-validation"))
    parser.add_argument("--protocol", required=True, help="what this is, for the record")
    parser.add_argument("--out", type=Path, required=True, help="JSON file of the scores")
    options = parser.parse_args()
    try:
        return run(options)
    except VidnerError as error:
        print(f"cross_validation: {error}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    config = read_config(options.config, base=options.base)
    documents, left_out = gather(options.data, options.layer, news=options.news)
    for reason, count in left_out.items():
        print(f"left out: {count} articles of the layer, {reason}", file=sys.stderr)
    total = Scores()
    for number, (training, fold) in enumerate(folds(documents, options.folds)):
        found = trial(config, training, fold, options.work / str(number))
        scores = score(fold, found)
        print(f"fold {number}: {len(training)} documents, micro F1 {scores.micro.f1:.4f}")
        total += scores
    write_result(options.out, options.protocol, total, folds=options.folds)
    print(score_table(total.to_dict()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
