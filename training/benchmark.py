"""Train and score on a public data set that you have, beside published figures.

    python training/benchmark.py --data DIR --config training/configs/phobert-base.toml \\
        --out build/benchmark

DIR holds train*, dev* and test* in CoNLL columns: VLSP 2016's (word, POS, chunk,
NER, nested NER; nested entities are left out) or PhoNER_COVID19's (word, NER), of
syllables or of words joined by `_`; the latter are kept as words with the
segmenter "given" (--segmenter given). Each sentence is a document of its own.
Scores are seqeval's, strict, of the last epoch: the development file chooses nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vidner import Tagger, VidnerError
from vidner.evaluation.tables import markdown_table
from vidner.train.config import read_config
from vidner.train.conll import Sentence, find_files, labels_of, read_conll
from vidner.train.data import documents_to_dataset
from vidner.train.device import is_first, quiet_others, surroundings
from vidner.train.finetune import fine_tune

# Micro-F1 in percent as published, each trained on the set's own training file;
# PhoBERT's: Nguyen and Nguyen 2020, Truong et al. 2021; ViDeBERTa: Tran et al. 2023.
PUBLISHED = {
    "VLSP 2016": {"PhoBERT-base": 93.6, "PhoBERT-large": 94.7},
    "PhoNER_COVID19": {
        "BiLSTM-CRF": 90.6,
        "XLM-R base": 92.5,
        "ViDeBERTa-xsmall": 93.6,
        "PhoBERT-base": 94.2,
        "PhoBERT-large": 94.5,
    },
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with train, dev and test")
    parser.add_argument("--config", type=Path, required=True, help="TOML file of training/configs/")
    parser.add_argument("--out", type=Path, required=True, help="directory of the checkpoint")
    parser.add_argument("--base", help="start from this checkpoint instead of the config's")
    parser.add_argument("--segmenter", help="instead of the config's")
    parser.add_argument("--epochs", type=float, help="instead of the config's")
    parser.add_argument("--learning-rate", type=float, help="instead of the config's")
    parser.add_argument("--seed", type=int, help="instead of the config's")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    options = parser.parse_args()
    try:
        return run(options)
    except VidnerError as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    quiet_others()
    config = read_config(
        options.config, base=options.base, segmenter=options.segmenter, epochs=options.epochs,
        learning_rate=options.learning_rate, seed=options.seed,
    )  # fmt: skip
    splits = {name: read(path) for name, path in find_files(options.data).items()}
    labels = labels_of(splits["train"])
    joints = config.segmenter == "given"
    training = documents_to_dataset(each.document(joints=joints) for each in splits["train"])
    outcome = fine_tune(config, training, options.out, labels=labels, resume=options.resume)
    if not is_first():
        return 0
    print(f"{len(outcome.lost)} entities of the training file lost, {len(outcome.cut)} cut")
    tagger = Tagger.load(options.out)
    scores = {name: scored(tagger, splits[name], joints=joints) for name in ("dev", "test")}
    record = {
        "config": config.model_dump(),
        "surroundings": surroundings(),
        "sentences": {name: len(sentences) for name, sentences in splits.items()},
        "seconds": outcome.seconds,
        "scores": scores,
    }
    path = options.out / "benchmark.json"
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(describe(config.name, scores))
    return 0


def read(path: Path) -> list[Sentence]:
    sentences, mended = read_conll(path)
    if is_first():
        print(f"{path.name}: {len(sentences)} sentences, {mended} tags that were not IOB2")
    return sentences


def scored(tagger: Tagger, sentences: Sequence[Sentence], *, joints: bool) -> dict[str, Any]:
    """Seqeval's strict report, labels and micro average."""
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    found = tagger.tag_many(sentence.document(joints=joints).text for sentence in sentences)
    predicted = [each.tags_of(entities) for each, entities in zip(sentences, found, strict=True)]
    gold = [list(sentence.tags) for sentence in sentences]
    report = classification_report(
        gold, predicted, mode="strict", scheme=IOB2, output_dict=True, zero_division=0
    )
    return {name: {key: float(value) for key, value in row.items()} for name, row in report.items()}


def describe(name: str, scores: dict[str, dict[str, Any]]) -> str:
    """The scores by label, and the micro average beside what is published."""
    shown = ("precision", "recall", "f1-score")
    rows = [
        (f"{split}: {label}", *(f"{100 * row[key]:.1f}" for key in shown), f"{row['support']:.0f}")
        for split, report in scores.items()
        for label, row in report.items()
    ]
    peers: list[tuple[str, ...]] = [
        (f"{name} (here)", "this folder", f"{100 * scores['test']['micro avg']['f1-score']:.1f}")
    ]
    peers += [
        (model, f"{data}, published", f"{f1:.1f}")
        for data, models in PUBLISHED.items()
        for model, f1 in models.items()
    ]
    return "\n\n".join(
        (
            markdown_table(("strict", "precision", "recall", "F1", "gold"), rows),
            markdown_table(("model", "data", "micro-F1"), peers),
        )
    )


if __name__ == "__main__":
    sys.exit(main())
