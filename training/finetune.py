"""Fine-tune a tagger.

    python training/finetune.py --config training/configs/small.toml --out build/small \\
        --data build/corpus.jsonl --layer annotations/news/train.jsonl --news DIR

The same command takes PhoBERT: --config training/configs/phobert-base.toml, with
--base DIR where no hub can be reached. Several processes or machines: start it with
`accelerate launch --multi_gpu` (ACCELERATE_USE_CPU=true before it for processors) or
`torchrun`. --dry-run says what a run would take.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from vidner import VidnerError
from vidner.documents import Document
from vidner.train.augment import augmented
from vidner.train.config import TrainingConfig, read_config
from vidner.train.data import documents_to_dataset, gather, gather_replay, split_development
from vidner.train.device import is_first, processes, quiet_others, surroundings
from vidner.train.finetune import Outcome, fine_tune
from vidner.train.plan import plan

RECORD = "training.json"
"""Of a run, in its checkpoint's folder; holds that of the checkpoint that it began with."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True, help="TOML file of training/configs/")
    parser.add_argument("--out", type=Path, required=True, help="directory of the checkpoint")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="annotated JSONL files")
    parser.add_argument(
        "--layer", type=Path, nargs="*", default=[], help="layers over real articles"
    )
    parser.add_argument("--news", type=Path, help="folder with the articles of the layers")
    parser.add_argument(
        "--silver", type=Path, nargs="*", default=[],
        help="JSONL files that a model tagged (training/silver.py), never held out",
    )  # fmt: skip
    parser.add_argument("--replay", type=Path, nargs="*", default=[], help="JSONL to sample from")
    parser.add_argument("--replay-layer", type=Path, nargs="*", default=[], help="likewise, layers")
    parser.add_argument("--replay-documents", type=int, default=0, help="how many to sample")
    parser.add_argument(
        "--development", action="store_true",
        help="hold out the development documents, a fixed twentieth, and score on them",
    )  # fmt: skip
    parser.add_argument("--base", help="start from this checkpoint instead of the config's")
    parser.add_argument("--epochs", type=float, help="instead of the config's")
    parser.add_argument("--learning-rate", type=float, help="instead of the config's")
    parser.add_argument("--seed", type=int, help="instead of the config's")
    parser.add_argument("--max-steps", type=int, default=-1)
    parser.add_argument("--save-steps", type=int, default=200)
    parser.add_argument("--save-minutes", type=float, default=0.0, help="also save by the clock")
    parser.add_argument("--report-to", choices=("none", "tensorboard"), default="none",
                        help="beside log.jsonl")  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="print the plan, train nothing")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    options = parser.parse_args()
    try:
        return run(options)
    except VidnerError as error:
        print(f"finetune: {error}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    quiet_others()
    config = read_config(
        options.config, base=options.base, epochs=options.epochs,
        learning_rate=options.learning_rate, seed=options.seed,
    )  # fmt: skip
    documents, left_out = gather(options.data, options.layer, news=options.news)
    replay, also_left_out = gather_replay(
        options.replay, options.replay_layer, news=options.news,
        size=options.replay_documents, seed=config.seed,
    )  # fmt: skip
    documents += replay
    left_out += also_left_out
    for reason, count in left_out.items():
        say(f"left out: {count} articles of the layer, {reason}; see README, 'The news corpus'")
    if not documents:
        raise VidnerError(
            "no training documents; give --data FILE, or --layer FILE with --news DIR"
        )
    held_out: list[Document] = []
    if options.development:
        documents, held_out = split_development(documents)
    copies = list(augmented(documents, config.augment, seed=config.seed))
    silver, _ = gather(options.silver)
    dataset = documents_to_dataset(documents + copies + silver)
    if options.dry_run:
        say(plan(config, dataset, max_steps=options.max_steps, processes=processes()).describe())
        return 0
    outcome = fine_tune(
        config, dataset, options.out,
        evaluation=documents_to_dataset(held_out) if held_out else None,
        max_steps=options.max_steps, save_steps=options.save_steps,
        save_minutes=options.save_minutes, report_to=options.report_to, resume=options.resume,
    )  # fmt: skip
    if is_first():
        write_record(options.out, config, documents, copies, silver, outcome)
    return 0


def write_record(
    out: Path,
    config: TrainingConfig,
    documents: list[Document],
    copies: list[Document],
    silver: list[Document],
    outcome: Outcome,
) -> None:
    for message in outcome.lost:
        print(f"lost in alignment: {message}")
    for message in outcome.cut:
        print(f"cut by the segmenter, kept in syllables: {message}")
    entities = sum(len(document.entities) for document in documents)
    print(
        f"{len(documents)} documents, {entities} entities ({len(outcome.lost)} lost, "
        f"{len(outcome.cut)} cut), {len(copies)} changed copies, {len(silver)} silver documents, "
        f"{outcome.windows} windows, {outcome.seconds:.0f} s; {outcome.metrics}"
    )
    before = Path(config.base) / RECORD
    record = {
        "earlier": json.loads(before.read_text("utf-8")) if before.exists() else None,
        "config": config.model_dump(),
        "surroundings": surroundings(),
        "documents": len(documents),
        "entities": entities,
        "copies": len(copies),
        "silver": len(silver),
        **asdict(outcome),
    }
    path = out / RECORD
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")


def say(message: str) -> None:
    if is_first():
        print(message)


if __name__ == "__main__":
    sys.exit(main())
