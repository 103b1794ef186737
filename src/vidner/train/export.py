"""Checkpoint to packed model: ONNX, dynamic int8, tokenizer and manifest."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidner._errors import ModelError
from vidner.backends._runtime import runtime
from vidner.backends.onnx import MANIFEST, TOKENIZER, WEIGHTS
from vidner.train.fusion import fuse_operators
from vidner.train.sharing import share_weights

if TYPE_CHECKING:
    import torch

OPSET = 17
_log = logging.getLogger(__name__)


def export(
    checkpoint: Path, out: Path, *, quantize: bool = True, share: Path | None = None, **facts: Any
) -> Path:
    """Pack a fine-tuned checkpoint with a fast tokenizer or PhoBERT's.

    Args:
        checkpoint: Directory of a token-classification checkpoint.
        out: Directory of the packed model; its files are replaced.
        quantize: Dynamic int8 instead of float32 weights.
        share: Directory of a packed model with the same tokenizer, whose files ``out``
            uses instead of having the same weights again; it must stay where it is.
        facts: Further entries of the manifest (base, data, config, scores).

    Returns:
        ``out``.

    Raises:
        ModelError: ``share`` has another tokenizer, or no weights in common.
    """
    import onnx
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    model = AutoModelForTokenClassification.from_pretrained(checkpoint, attn_implementation="eager")
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        plain = Path(temporary) / "plain.onnx"
        _export_plain(model.eval(), plain)
        fused = Path(temporary) / "fused.onnx"
        _fuse(plain, fused, heads=model.config.num_attention_heads, hidden=model.config.hidden_size)
        packed = fused
        if quantize:
            packed = Path(temporary) / "quantized.onnx"
            _quantize(fused, packed)
        graph = onnx.load(packed)
        fuse_operators(graph)
        names = _save_tokenizer(tokenizer, out)
        if share is not None:
            names.remove(TOKENIZER)
            names += _use_shared(graph, share, out)
        onnx.save(graph, out / WEIGHTS)
    names.append(WEIGHTS)
    tags = [model.config.id2label[n] for n in sorted(model.config.id2label)]
    manifest = {
        **facts,
        "labels": [tag[2:] for tag in tags if tag.startswith("B-")],
        "window": int(getattr(model.config, "vidner_window", 192)),
        "quantized": "dynamic int8" if quantize else "none",
        "segmenter": getattr(model.config, "vidner_segmenter", "none"),
        "files": {name: _sha256(out / name) for name in names},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    (out / MANIFEST).write_text(text + "\n", "utf-8")
    return out


def _use_shared(graph: Any, share: Path, out: Path) -> list[str]:
    """Leave out what ``share`` has too, and name its files relative to ``out``."""
    other = Path(os.path.relpath(share, out))
    if (share / TOKENIZER).read_bytes() != (out / TOKENIZER).read_bytes():
        raise ModelError(f"{share}: has another tokenizer; share with a model of the same base")
    if not share_weights(graph, share / WEIGHTS):
        raise ModelError(
            f"{share}: no weights in common; fine-tune from its checkpoint with "
            "freeze_embeddings = true"
        )
    (out / TOKENIZER).unlink()
    return [(other / name).as_posix() for name in (TOKENIZER, WEIGHTS)]


def _save_tokenizer(tokenizer: Any, out: Path) -> list[str]:
    """Write ``tokenizer.json``, and PhoBERT's own files that it was made of."""
    if tokenizer.is_fast:
        fast, names = tokenizer.backend_tokenizer, []
    else:
        from vidner.train.bpe import fast_tokenizer

        fast = fast_tokenizer(tokenizer)
        names = [Path(path).name for path in tokenizer.save_vocabulary(str(out))]
    fast.save(str(out / TOKENIZER), pretty=False)
    return [TOKENIZER, *names]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _export_plain(model: Any, path: Path) -> None:
    import torch

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.inner(
                input_ids=input_ids, attention_mask=torch.ones_like(input_ids)
            ).logits
            return logits

    example = torch.randint(5, model.config.vocab_size, (1, 24))
    with warnings.catch_warnings():
        # It warns of being the older exporter (whose operators can be fused) and
        # of each constant that it traces.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Logits().eval(),
            (example,),
            str(path),
            input_names=["input_ids"],
            output_names=["logits"],
            dynamic_axes={
                "input_ids": {0: "batch", 1: "pieces"},
                "logits": {0: "batch", 1: "pieces"},
            },
            opset_version=OPSET,
            dynamo=False,
        )


def _fuse(plain: Path, fused: Path, *, heads: int, hidden: int) -> None:
    """Fuse attention, layer normalisation and activation into single operators."""
    runtime()
    from onnxruntime.transformers import optimizer

    model = optimizer.optimize_model(
        str(plain), model_type="bert", num_heads=heads, hidden_size=hidden, opt_level=0
    )
    _log.info("fused operators: %s", model.get_fused_operator_statistics())
    model.save_model_to_file(str(fused))


def _quantize(source: Path, target: Path) -> None:
    """Dynamic int8, one scale a column of each weight matrix.

    Seven-bit weights: processors without VNNI add products of eight-bit
    numbers in 16 bits, which overflow; with seven bits every processor gives
    the same result.
    """
    runtime()
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        str(source),
        str(target),
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        # The fused operators are unknown to shape inference; all they give is float.
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )
