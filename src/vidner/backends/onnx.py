"""The packed models: ONNX weights, a tokenizer and a manifest in one directory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from vidner._errors import ModelError
from vidner._segmenters import Segmenter
from vidner._tags import tags_of
from vidner._windows import Window, Windower
from vidner._words import Word
from vidner.backends._pieces import fast_pieces

MANIFEST = "manifest.json"
WEIGHTS = "model.onnx"
TOKENIZER = "tokenizer.json"


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest of a packed model.

    Raises:
        ModelError: It is missing or not JSON.
    """
    path = directory / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ModelError(
            f"{path}: missing; a packed model needs it, pack the model again"
        ) from None
    except ValueError as error:
        raise ModelError(f"{path}: damaged, not JSON ({error}); pack the model again") from None
    return manifest


def _read_verified(directory: Path, name: str, manifest: Mapping[str, Any]) -> bytes:
    path = directory / name
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ModelError(
            f"{path}: missing; install the package again or pack the model again"
        ) from None
    wanted = manifest.get("files", {}).get(name)
    found = hashlib.sha256(data).hexdigest()
    if found != wanted:
        raise ModelError(
            f"{path}: damaged, its SHA-256 is {found[:12]}… and the manifest says "
            f"{str(wanted)[:12]}…; install the package again or pack the model again"
        )
    return data


def _special_id(tokenizer: Tokenizer, name: str) -> int:
    found = tokenizer.token_to_id(name)
    if found is None:
        raise ModelError(f"{TOKENIZER}: has no piece {name!r}; pack the model again")
    return found


class OnnxBackend:
    """A packed model, run window by window.

    Dynamic quantisation scales activations by what is in the tensor, so a
    window is never batched with others: the same text gives the same result
    alone and among a million others. Threads work on different windows.
    """

    def __init__(self, directory: Path) -> None:
        import onnxruntime

        manifest = read_manifest(directory)
        try:
            self.tags = tags_of(manifest["labels"])
            limit = int(manifest["window"])
        except (KeyError, TypeError, ValueError) as error:
            path = directory / MANIFEST
            raise ModelError(f"{path}: damaged, {error!r}; pack the model again") from None
        tokenizer = Tokenizer.from_buffer(_read_verified(directory, TOKENIZER, manifest))
        weights = _read_verified(directory, WEIGHTS, manifest)
        special = {name: _special_id(tokenizer, name) for name in ("<s>", "</s>", "<unk>")}
        self.pieces_of_lines = fast_pieces(tokenizer, unknown=special["<unk>"])
        self.segmenter = Segmenter(manifest.get("segmenter", "none"))
        self.windower = Windower(limit, begin=special["<s>"], end=special["</s>"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            weights, options, providers=["CPUExecutionProvider"]
        )

    def pieces(self, lines: Sequence[Sequence[Word]]) -> list[list[list[int]]]:
        """Piece ids of each word of each line."""
        return self.pieces_of_lines(lines)

    def logits(self, window: Window) -> NDArray[np.float32]:
        """``[scored words, tags]``."""
        ids = np.array([window.ids], dtype=np.int64)
        (logits,) = self._session.run(None, {"input_ids": ids})
        scored: NDArray[np.float32] = logits[0, window.firsts]
        return scored
