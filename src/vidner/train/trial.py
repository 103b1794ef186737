"""A trial: train on some documents, tag others, and keep what was found.

Cross-validation and learning curves are many of them, made in pieces: what a
trial found is kept, and used again only for the same settings and documents.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from vidner import Tagger
from vidner.documents import Document
from vidner.evaluation.files import read_predictions, write_predictions
from vidner.evaluation.predict import predict
from vidner.train.augment import augmented
from vidner.train.config import TrainingConfig
from vidner.train.data import documents_to_dataset
from vidner.train.finetune import fine_tune


def trial(
    config: TrainingConfig, training: Sequence[Document], test: Sequence[Document], work: Path
) -> list[Document]:
    """What a tagger finds in ``test`` that was trained on ``training`` alone.

    Args:
        config: Base and settings; its augmentation is applied.
        training: Documents to learn from.
        test: Documents to tag.
        work: Directory of what was found; the checkpoint in it is removed at the end.
    """
    kept, mark = work / "predicted.jsonl", work / "trial.sha256"
    wanted = _fingerprint(config, training, test)
    if not (kept.exists() and mark.exists() and mark.read_text("utf-8") == wanted):
        mark.unlink(missing_ok=True)
        copies = augmented(training, config.augment, seed=config.seed)
        checkpoint = work / "checkpoint"
        fine_tune(config, documents_to_dataset([*training, *copies]), checkpoint, save_steps=10**9)
        write_predictions(predict(Tagger.load(checkpoint), test), kept)
        mark.write_text(wanted, "utf-8")
        shutil.rmtree(checkpoint)
    return read_predictions(kept, test)


def _fingerprint(
    config: TrainingConfig, training: Sequence[Document], test: Sequence[Document]
) -> str:
    parts = [config.model_dump(), *(document.to_dict() for document in (*training, *test))]
    lines = (json.dumps(part, sort_keys=True, ensure_ascii=True) for part in parts)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def spread(scores: Sequence[float]) -> dict[str, float]:
    """Mean, lowest and highest of repeated trials' scores, rounded."""
    return {
        "f1": round(mean(scores), 4),
        "lowest": round(min(scores), 4),
        "highest": round(max(scores), 4),
    }
