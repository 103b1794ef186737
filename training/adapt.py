"""Adapt a base encoder to a domain: masked language modelling on raw text.

    python training/adapt.py --base build/small-base --text DIR --out build/small-adapted

`--resume` goes on after a kill, exactly where the last checkpoint was.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from itertools import islice
from pathlib import Path

from vidner import ModelError, VidnerError
from vidner.documents.jsonl import read_rows
from vidner.train.adapt import adapt, pack
from vidner.train.device import is_first, precision, quiet_others, surroundings
from vidner.train.raw import read_texts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", type=Path, required=True, help="checkpoint to start from")
    parser.add_argument("--text", type=Path, required=True, help="folder or file of raw text")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--without",
        type=Path,
        action="append",
        default=[],
        help="JSONL file whose ids are left out (a test set); may be repeated",
    )
    parser.add_argument("--limit", type=int, help="use only so many articles")
    parser.add_argument("--steps", type=int, default=-1, help="stop after so many steps")
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--length", type=int, default=128, help="tokens in a block")
    parser.add_argument("--batch", type=int, default=32, help="blocks in a step")
    parser.add_argument("--rate", type=float, default=0.2, help="share of the words masked")
    parser.add_argument("--learning-rate", type=float, default=5e-4)
    parser.add_argument("--accumulate", type=int, default=1, help="batches in a step")
    parser.add_argument("--save-steps", type=int, default=60)
    parser.add_argument("--save-minutes", type=float, default=5.0, help="also save by the clock")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    try:
        return run(options)
    except VidnerError as error:
        print(f"adapt: {error}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    from transformers import AutoTokenizer

    quiet_others()
    if not (options.base / "config.json").exists():
        raise ModelError(
            f"{options.base}: no config.json in it; give --base a checkpoint's directory, such as "
            "training/build_base.py makes"
        )
    left_out = {str(row["id"]) for path in options.without for _, row in read_rows(path)}
    texts = list(islice(read_texts(options.text, without=left_out), options.limit))
    tokenizer = AutoTokenizer.from_pretrained(options.base)
    random.Random(options.seed).shuffle(texts)
    aside = max(1, len(texts) // 100)
    held_out = pack(texts[:aside], tokenizer, length=options.length, seed=options.seed)
    blocks = pack(texts[aside:], tokenizer, length=options.length, seed=options.seed)
    if not len(blocks[0]) or not len(held_out[0]):
        raise VidnerError(
            f"{options.text}: {len(texts)} articles are too few for blocks of {options.length} "
            "tokens to train on and to hold out; give more text"
        )
    if is_first():
        print(f"{len(texts)} articles, {blocks[0].size / 1e6:.2f} M tokens to train on")
    outcome = adapt(
        options.base,
        blocks,
        held_out,
        {
            "output_dir": str(options.out),
            "max_steps": options.steps,
            "num_train_epochs": options.epochs,
            "per_device_train_batch_size": options.batch,
            "gradient_accumulation_steps": options.accumulate,
            "learning_rate": options.learning_rate,
            "weight_decay": 0.01,
            "warmup_steps": 0.06,
            "lr_scheduler_type": "linear",
            "logging_steps": 10,
            "save_steps": options.save_steps,
            "save_total_limit": 1,
            "seed": options.seed,
            "report_to": "none",
            **precision(),
        },
        rate=options.rate,
        resume=options.resume,
        save_minutes=options.save_minutes,
    )
    if not is_first():
        return 0
    result = {"articles": len(texts), "seed": options.seed, **outcome, **surroundings()}
    (options.out / "adaptation.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(f"held-out loss {outcome['before']:.3f} -> {outcome['after']:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
