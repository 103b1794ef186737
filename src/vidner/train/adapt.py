"""Domain adaptation: masked language modelling on raw text.

Whole words are masked (Cui et al. 2019, "Pre-training with whole word masking
for Chinese BERT"): with Vietnamese a word of this package is a syllable.
Texts are packed into blocks of equal length. The engine is the Hugging Face
Trainer, so checkpoints, exact resume and several devices are its own.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vidner.train.device import attention

if TYPE_CHECKING:
    import torch
    from transformers import BertForMaskedLM, PreTrainedTokenizerFast

IGNORED = -100  # label of a token that is not predicted


def pack(
    texts: Iterable[str], tokenizer: PreTrainedTokenizerFast, *, length: int, seed: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Texts as blocks of token ids, in a random order of articles.

    Returns:
        ids: ``[blocks, length]``; a block begins with ``<s>`` and lines end in ``</s>``.
        begins: True where a token begins a word, same shape.
    """
    begin, end = tokenizer.cls_token_id, tokenizer.sep_token_id
    articles = [list(_article_tokens(text, tokenizer, end)) for text in texts]
    random.Random(seed).shuffle(articles)
    stream = [token for article in articles for token in article]
    blocks = len(stream) // (length - 1)
    table = np.array(stream[: blocks * (length - 1)]).reshape(blocks, length - 1, 2)
    ids = np.full((blocks, length), begin, dtype=np.int32)
    begins = np.ones((blocks, length), dtype=bool)
    ids[:, 1:] = table[:, :, 0]
    begins[:, 1:] = table[:, :, 1]
    return ids, begins


def _article_tokens(
    text: str, tokenizer: PreTrainedTokenizerFast, end: int
) -> Iterator[tuple[int, bool]]:
    lines = ["\u2581" + line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        return
    for encoding in tokenizer.backend_tokenizer.encode_batch(lines, add_special_tokens=False):
        words = [None, *encoding.word_ids]
        for token, (before, word) in zip(encoding.ids, pairwise(words), strict=True):
            yield token, word != before
        yield end, True


class WordMasker:
    """Masks whole words in a batch of blocks, a different choice in each epoch.

    Of the chosen words 80 % become the mask, 10 % random tokens, 10 % stay
    (Devlin et al. 2019). The choice depends on seed, epoch and block alone: a
    run that goes on after a kill makes the same one, whatever was read ahead.

    Args:
        tokenizer: Of the blocks.
        rate: Share of the words that is chosen.
        seed: Of the choice.

    Attributes:
        epoch: Which pass over the blocks this is; the Trainer's callback counts.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, *, rate: float, seed: int = 0) -> None:
        self.rate = rate
        self.mask = tokenizer.mask_token_id
        self.size = len(tokenizer)
        self.special = tokenizer.all_special_ids
        self.seed = seed
        self.epoch = 0

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        import torch

        ids = np.stack([row["ids"] for row in rows]).astype(np.int64)
        word = np.stack([row["begins"] for row in rows]).cumsum(1) - 1
        seeds = [(self.seed, self.epoch, row["at"]) for row in rows]
        draws = np.stack([np.random.default_rng(s).random((3, ids.shape[1])) for s in seeds])
        chosen = np.take_along_axis(draws[:, 0], word, 1) < self.rate
        chosen &= ~np.isin(ids, self.special)
        kind = np.take_along_axis(draws[:, 1], word, 1)
        least = len(self.special)
        randoms = (least + draws[:, 2] * (self.size - least)).astype(np.int64)
        masked = np.where(chosen & (kind < 0.8), self.mask, ids)
        masked = np.where(chosen & (kind > 0.9), randoms, masked)
        labels = np.where(chosen, ids, IGNORED)
        return {"input_ids": torch.from_numpy(masked), "labels": torch.from_numpy(labels)}


def masked_loss(model: BertForMaskedLM, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Cross entropy over the masked tokens only; the others' logits are never made."""
    import torch

    chosen = batch["labels"] != IGNORED
    hidden = model.bert(input_ids=batch["input_ids"]).last_hidden_state[chosen]
    logits = model.cls(hidden)
    return torch.nn.functional.cross_entropy(logits.float(), batch["labels"][chosen])


def _masked_class() -> Any:
    """BertForMaskedLM whose forward pass is :func:`masked_loss`.

    The loss must be inside of ``forward``: there the Trainer casts to bf16 and
    gathers the gradients of several processes.
    """
    import transformers

    class BertForMaskedLM(transformers.BertForMaskedLM):  # type: ignore[misc]
        def forward(self, input_ids: Any, labels: Any) -> dict[str, torch.Tensor]:
            return {"loss": masked_loss(self, {"input_ids": input_ids, "labels": labels})}

    return BertForMaskedLM


def masked_model(base: Path, ids: NDArray[np.int32]) -> BertForMaskedLM:
    """The base with a language-model head, tied to its word embeddings.

    An encoder without a head of its own gets one that begins where learning
    would first lead: an identity transform and the tokens' log frequencies.

    Args:
        base: Checkpoint directory.
        ids: Token ids whose frequencies initialise a new head.
    """
    import torch
    from transformers import AutoConfig

    model: BertForMaskedLM = _masked_class().from_pretrained(base, attn_implementation=attention())
    if "BertForMaskedLM" not in (AutoConfig.from_pretrained(base).architectures or []):
        counts = np.bincount(ids.ravel(), minlength=model.config.vocab_size) + 0.5
        head = model.cls.predictions
        with torch.no_grad():
            head.transform.dense.weight.copy_(torch.eye(model.config.hidden_size))
            head.transform.dense.bias.zero_()
            head.bias.copy_(torch.from_numpy(np.log(counts / counts.sum())))
    return model


def adapt(
    base: Path,
    blocks: tuple[NDArray[np.int32], NDArray[np.bool_]],
    held_out: tuple[NDArray[np.int32], NDArray[np.bool_]],
    arguments: dict[str, Any],
    *,
    rate: float,
    resume: bool,
    save_minutes: float = 0.0,
) -> dict[str, float]:
    """Train the masked language model and save it under ``arguments["output_dir"]``.

    Args:
        base: Checkpoint directory to start from.
        blocks: Training blocks of :func:`pack`.
        held_out: Blocks of articles that are not trained on.
        arguments: For ``transformers.TrainingArguments``.
        rate: Share of the words that is masked.
        resume: Go on from the last checkpoint, exactly where it was.
        save_minutes: Also write one when the last is so old; 0 for by steps only.

    Returns:
        Held-out masked-token loss ``before`` and ``after``, in nats, tokens
        trained on and seconds of training.

    Raises:
        ModelError: There is nothing to resume.
    """
    from transformers import (
        AutoTokenizer,
        ProgressCallback,
        Trainer,
        TrainerCallback,
        TrainingArguments,
        set_seed,
    )

    from vidner.train.checkpoints import SaveByTheClock, last_checkpoint
    from vidner.train.progress import Progress

    out = Path(arguments["output_dir"])
    checkpoint = str(last_checkpoint(out)) if resume else None
    set_seed(int(arguments.get("seed", 0)))
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = masked_model(base, blocks[0])
    unchanging = WordMasker(tokenizer, rate=rate)
    before = held_out_loss(model, unchanging, held_out)
    masker = WordMasker(tokenizer, rate=rate, seed=int(arguments.get("seed", 0)))

    class Epochs(TrainerCallback):  # type: ignore[misc]
        def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            masker.epoch = int(state.epoch or 0)

    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            remove_unused_columns=False,
            include_num_input_tokens_seen="all",
            ddp_find_unused_parameters=False,
            **arguments,
        ),
        train_dataset=_Blocks(*blocks),
        data_collator=masker,
        processing_class=tokenizer,
        callbacks=[Epochs(), *([SaveByTheClock(save_minutes)] if save_minutes else [])],
    )
    trainer.remove_callback(ProgressCallback)
    trainer.add_callback(Progress(out))
    trained = trainer.train(resume_from_checkpoint=checkpoint)
    trainer.save_model()
    return {
        "before": before,
        "after": held_out_loss(model, unchanging, held_out),
        "tokens": float(trainer.state.num_input_tokens_seen),
        "seconds": float(trained.metrics["train_runtime"]),
    }


def held_out_loss(
    model: BertForMaskedLM, masker: WordMasker, held_out: tuple[Any, Any], *, batch: int = 32
) -> float:
    """Mean loss of the masked tokens of the held-out blocks, always the same masks."""
    import torch

    was_training = model.training
    model.eval()
    blocks = _Blocks(*held_out)
    with torch.no_grad():
        losses = []
        for start in range(0, len(blocks), batch):
            rows = [blocks[at] for at in range(start, min(start + batch, len(blocks)))]
            inputs = {name: each.to(model.device) for name, each in masker(rows).items()}
            losses.append(float(masked_loss(model, inputs)))
    model.train(was_training)
    return float(np.mean(losses))


class _Blocks:
    """The blocks as a map-style data set."""

    def __init__(self, ids: NDArray[np.int32], begins: NDArray[np.bool_]) -> None:
        self.ids, self.begins = ids, begins

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, at: int) -> dict[str, Any]:
        return {"at": at, "ids": self.ids[at], "begins": self.begins[at]}
