"""Ablations: what each setting of a recipe brings, a few seeds each.

    python training/ablations.py --config training/configs/trial.toml --news DIR \\
        --layer annotations/news/train.jsonl --data build/corpus.jsonl \\
        --documents 700 --out training/ablations.json

Every run trains on the same part of the training documents and is scored on the
development documents. A finished run is kept under --work, so that the table
can be made in pieces (--only, --seeds); training/results_page.py shows it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from vidner import LABELS, VidnerError
from vidner.documents import Document
from vidner.evaluation.scores import Scores, score
from vidner.train.config import TrainingConfig, read_config, read_toml
from vidner.train.data import gather, sample, split_development
from vidner.train.trial import spread, trial

AS_IT_IS = "as it is"
PLAN = Path(__file__).parent / "ablations.toml"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True, help="what the others differ from")
    parser.add_argument("--plan", type=Path, default=PLAN, help="TOML tables of changed settings")
    parser.add_argument("--only", nargs="+", help="names in the plan; all by default")
    parser.add_argument("--layer", type=Path, nargs="*", default=[], help="real articles")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="annotated JSONL files")
    parser.add_argument("--news", type=Path, help="folder with the articles of the layers")
    parser.add_argument("--documents", type=int, default=700, help="how many to train on")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--work", type=Path, default=Path("build/ablations"))
    parser.add_argument("--out", type=Path, required=True, help="JSON file of the table")
    options = parser.parse_args()
    try:
        return run(options)
    except VidnerError as error:
        print(f"ablations: {error}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    config = read_config(options.config)
    plan = {AS_IT_IS: {}, **read_toml(options.plan)}
    unknown = [name for name in options.only or () if name not in plan]
    if unknown:
        raise VidnerError(f"{options.plan}: no {unknown[0]!r} in it; it has {', '.join(plan)}")
    documents, _ = gather(options.data, options.layer, news=options.news)
    training, development = split_development(documents)
    part = sample(training, options.documents, seed=0)
    rows = []
    for name in options.only or plan:
        changed = read_config(options.config, **plan[name])
        scores = [one_run(changed, part, development, options.work / name, seed=seed)
                  for seed in options.seeds]  # fmt: skip
        rows.append({"name": name, "settings": plan[name], **table_row(scores)})
        print(f"{name}: {rows[-1]}", flush=True)
    record = {
        "protocol": protocol(config, len(part), len(development), len(options.seeds)),
        "rows": rows,
    }
    options.out.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0


def one_run(
    config: TrainingConfig,
    training: list[Document],
    development: list[Document],
    work: Path,
    *,
    seed: int,
) -> Scores:
    changed = config.model_copy(update={"seed": seed})
    return score(development, trial(changed, training, development, work / str(seed)))


def table_row(scores: list[Scores]) -> dict[str, Any]:
    """Micro-F1 and each label's, over the seeds."""
    labels = {
        label: spread([each.labels[label].f1 for each in scores if label in each.labels])
        for label in LABELS
        if any(label in each.labels for each in scores)
    }
    return {**spread([each.micro.f1 for each in scores]), "labels": labels}


def protocol(config: TrainingConfig, training: int, development: int, seeds: int) -> str:
    layers = f"{config.layers} layers of " if config.layers else ""
    return (
        f"{training} training documents, {config.epochs:g} epochs from {layers}"
        f"{Path(config.base).name}, scored on the {development} development documents; "
        f"{seeds} seeds each"
    )


if __name__ == "__main__":
    sys.exit(main())
