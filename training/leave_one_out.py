"""Leave-one-document-out scores on the seeds.

    python training/leave_one_out.py --config training/configs/small-seeds.toml \\
        --base build/small-stage1 --replay build/corpus.jsonl --out training/results/seeds.json

For each seed a tagger is trained from a base that saw no seed, on the other
seeds and the replay documents, and scored on the one left out.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vidner import Tagger, VidnerError
from vidner.documents.jsonl import read_jsonl
from vidner.evaluation.files import write_result
from vidner.evaluation.predict import predict
from vidner.evaluation.scores import Scores, score
from vidner.evaluation.tables import score_table
from vidner.train.config import read_config
from vidner.train.data import documents_to_dataset, gather_replay
from vidner.train.finetune import fine_tune

SEEDS = Path("annotations/gold/seeds.jsonl")
PROTOCOL = (
    "leave-one-document-out on the five seeds: each seed is tagged by a model that was trained on "
    "the corpus, the real articles and the other four seeds"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--base", required=True, help="checkpoint that saw no seed")
    parser.add_argument("--replay", type=Path, nargs="*", default=[], help="JSONL files to mix in")
    parser.add_argument("--replay-layer", type=Path, nargs="*", default=[])
    parser.add_argument("--news", type=Path, help="folder with the articles of the layers")
    parser.add_argument("--replay-documents", type=int, default=40)
    parser.add_argument("--work", type=Path, default=Path("build/leave-one-out"))
    parser.add_argument("--out", type=Path, required=True, help="JSON file of the scores")
    options = parser.parse_args()
    try:
        return run(options)
    except VidnerError as error:
        print(f"leave_one_out: {error}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    config = read_config(options.config, base=options.base)
    seeds = list(read_jsonl(SEEDS))
    replay, left_out = gather_replay(
        options.replay, options.replay_layer, news=options.news,
        size=options.replay_documents, seed=config.seed,
    )  # fmt: skip
    for reason, count in left_out.items():
        print(f"left out: {count} articles of the layer, {reason}", file=sys.stderr)
    total = Scores()
    for seed in seeds:
        training = [document for document in seeds if document.id != seed.id]
        out = options.work / seed.id
        fine_tune(config, documents_to_dataset(training + replay), out)
        found = score([seed], predict(Tagger.load(out), [seed]))
        print(f"{seed.id}: {found.micro.f1:.4f}")
        total += found
    write_result(options.out, PROTOCOL, total, replay=len(replay))
    print(score_table(total.to_dict()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
