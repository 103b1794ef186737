"""Fine-tuning of any encoder checkpoint as a tagger, with the Hugging Face Trainer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vidner._decode import Decoder, log_softmax
from vidner._entities import LABELS
from vidner._errors import MissingExtraError, ModelError
from vidner._segmenters import Segmenter
from vidner._tags import TAGS, tags_of
from vidner.backends._pieces import pieces_of
from vidner.backends.torch import windower_of
from vidner.train.config import TrainingConfig
from vidner.train.data import IGNORED, WindowEncoder, cut_entities, encode_documents
from vidner.train.device import attention, precision

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class Outcome:
    """What a fine-tuning run reports.

    Attributes:
        windows: Training windows.
        lost: Gold entities that alignment lost, in words.
        cut: Gold entities that the word segmenter cuts, in words.
        metrics: Strict seqeval scores on the evaluation documents, if any.
        seconds: Time of training.
    """

    windows: int
    lost: list[str]
    metrics: dict[str, float]
    seconds: float
    cut: list[str] = field(default_factory=list)


def load_base(config: TrainingConfig, *, tags: Sequence[str] = TAGS) -> tuple[Any, Any]:
    """Model with a fresh tagging head (or its own, if it is a tagger) and tokenizer.

    Raises:
        ModelError: The base is neither a directory nor to be had from a hub.
    """
    from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer

    try:
        settings = AutoConfig.from_pretrained(
            config.base,
            num_labels=len(tags),
            id2label=dict(enumerate(tags)),
            label2id={tag: number for number, tag in enumerate(tags)},
            hidden_dropout_prob=config.dropout,
        )
        settings.vidner_window = config.window
        settings.vidner_segmenter = config.segmenter
        tokenizer = AutoTokenizer.from_pretrained(config.base)
        model = AutoModelForTokenClassification.from_pretrained(
            config.base,
            config=settings,
            attn_implementation=attention(),
            ignore_mismatched_sizes=True,  # a tagger of other labels gets a fresh head
        )
    except (OSError, ValueError) as error:
        raise ModelError(
            f"base {config.base!r} cannot be loaded ({str(error).splitlines()[0]}); where no hub "
            "can be reached, download the checkpoint elsewhere and give it with --base DIR"
        ) from error
    _make_smaller(model, config)
    return model, tokenizer


def _make_smaller(model: Any, config: TrainingConfig) -> None:
    from vidner.train.distill import keep_layers, keep_units

    if config.layers:
        keep_layers(model, config.layers)
    if config.units:
        keep_units(model, config.units)
    if config.freeze_embeddings:
        model.get_input_embeddings().requires_grad_(False)


def encoder_of(
    config: TrainingConfig, model: Any, tokenizer: Any, *, tags: Sequence[str] = TAGS
) -> WindowEncoder:
    """How documents become windows of this model in training."""
    return WindowEncoder(
        pieces_of(tokenizer),
        windower_of(model.config, tokenizer, wanted=config.window),
        isolated=config.isolated,
        seed=config.seed,
        tags=tags,
        segmenter=None if config.segmenter == "none" else Segmenter(config.segmenter),
    )


def fine_tune(
    config: TrainingConfig,
    documents: Dataset,
    out: Path,
    *,
    labels: Sequence[str] = LABELS,
    evaluation: Dataset | None = None,
    max_steps: int = -1,
    save_steps: int = 200,
    save_minutes: float = 0.0,
    report_to: str = "none",
    resume: bool = False,
) -> Outcome:
    """Train a tagger and save it with its tokenizer under ``out``.

    Args:
        config: Base and settings.
        documents: Training documents (:func:`vidner.train.data.documents_to_dataset`).
        out: Directory of the checkpoint.
        labels: Labels of the entities.
        evaluation: Documents to score after training.
        max_steps: Stop after so many steps (tests).
        save_steps: Steps between checkpoints from which a run can go on.
        save_minutes: Also write one when the last is so old; 0 for by steps only.
        report_to: A logger of the Trainer (``tensorboard``) beside ``log.jsonl``.
        resume: Go on from the last checkpoint under ``out``.

    Raises:
        ModelError: The base cannot be loaded, or there is nothing to resume.
    """
    from transformers import ProgressCallback, set_seed

    from vidner.train.checkpoints import SaveByTheClock, last_checkpoint
    from vidner.train.distill import DistillationTrainer, TeacherCollator, with_teacher
    from vidner.train.progress import Progress

    checkpoint = str(last_checkpoint(out)) if resume else None
    set_seed(config.seed)
    tags = tags_of(labels)
    model, tokenizer = load_base(config, tags=tags)
    encoder = encoder_of(config, model, tokenizer, tags=tags)
    windows, lost = encode_documents(documents, encoder)
    cut = cut_entities(documents, encoder.segmenter) if encoder.segmenter else []
    encoder.split = False  # no tagger knows where the entities are
    held_out = encode_documents(evaluation, encoder)[0] if evaluation is not None else None
    if config.teacher:
        windows = with_teacher(windows, config.teacher, tokenizer)
    trainer = DistillationTrainer(
        weight=config.teaching,
        temperature=config.temperature,
        model=model,
        args=_arguments(
            config, out, max_steps=max_steps, save_steps=save_steps, report_to=report_to
        ),
        train_dataset=windows,
        eval_dataset=held_out,
        data_collator=TeacherCollator(tokenizer, tags=len(tags)),
        processing_class=tokenizer,
        compute_metrics=strict_metrics(tags),
        callbacks=[SaveByTheClock(save_minutes)] if save_minutes else [],
    )
    trainer.remove_callback(ProgressCallback)
    trainer.add_callback(Progress(out))
    trained = trainer.train(resume_from_checkpoint=checkpoint)
    metrics = trainer.evaluate() if held_out is not None else {}
    trainer.save_model()
    return Outcome(len(windows), lost, metrics, float(trained.metrics["train_runtime"]), cut)


def _arguments(
    config: TrainingConfig, out: Path, *, max_steps: int, save_steps: int, report_to: str
) -> Any:
    from transformers import TrainingArguments

    if report_to == "tensorboard" and find_spec("tensorboard") is None:
        raise MissingExtraError("tensorboard", extra="tensorboard")
    return TrainingArguments(
        output_dir=str(out),
        num_train_epochs=config.epochs,
        max_steps=max_steps,
        learning_rate=config.learning_rate,
        per_device_train_batch_size=config.batch,
        per_device_eval_batch_size=config.batch,
        gradient_accumulation_steps=config.accumulate,
        warmup_steps=config.warmup,
        weight_decay=config.weight_decay,
        train_sampling_strategy="group_by_length",
        remove_unused_columns=False,  # the model does not know the teacher's
        include_num_input_tokens_seen="all",
        logging_steps=20,
        save_steps=save_steps,
        save_total_limit=1,
        seed=config.seed,
        report_to=report_to,
        dataloader_pin_memory=False,
        ddp_find_unused_parameters=False,
        **precision(),
    )


def strict_metrics(tags: Sequence[str] = TAGS) -> Callable[[Any], dict[str, float]]:
    """Trainer metric: seqeval's strict IOB2 scores of the constrained best paths."""
    from seqeval.metrics import f1_score, precision_score, recall_score
    from seqeval.scheme import IOB2

    decoder = Decoder(tags)

    def metrics(evaluation: Any) -> dict[str, float]:
        gold, predicted = [], []
        for logits, labels in zip(evaluation.predictions, evaluation.label_ids, strict=True):
            scored = labels != IGNORED
            path = decoder.best_path(log_softmax(np.asarray(logits)[scored]))
            gold.append([tags[label] for label in labels[scored]])
            predicted.append([tags[tag] for tag in path])
        strict = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
        return {
            "precision": float(precision_score(gold, predicted, **strict)),
            "recall": float(recall_score(gold, predicted, **strict)),
            "f1": float(f1_score(gold, predicted, **strict)),
        }

    return metrics
