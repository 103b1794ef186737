"""The packed models: ONNX weights, a tokenizer and a manifest in one directory.

A model may share its tokenizer and some of its weights with another one: then its manifest
names their files relative to its own directory (``../model.onnx``).
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from vidner._errors import ModelError
from vidner._segmenters import Segmenter
from vidner._tags import tags_of
from vidner._windows import Window, Windower
from vidner._words import Word
from vidner.backends._pieces import fast_pieces
from vidner.backends._runtime import runtime

MANIFEST = "manifest.json"
WEIGHTS = "model.onnx"
TOKENIZER = "tokenizer.json"
_WEIGHTS_FOLDER = "session.model_external_initializers_file_folder_path"


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
    wanted = _files(manifest).get(name)
    found = hashlib.sha256(data).hexdigest()
    if found != wanted:
        raise ModelError(
            f"{path}: damaged, its SHA-256 is {found[:12]}… and the manifest says "
            f"{str(wanted)[:12]}…; install the package again or pack the model again"
        )
    return data


def _files(manifest: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 by file name."""
    return dict(manifest.get("files", {}))


def _shared(manifest: Mapping[str, Any], name: str) -> str | None:
    """The file of that name in another directory, if the model uses one."""
    return next((file for file in _files(manifest) if file.endswith(f"/{name}")), None)


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

    Args:
        directory: Where the model is.
        threads: Most threads that share the work on one window. Two make a
            single sentence faster; more wait for each other.

    Raises:
        ModelError: The model is missing, incomplete or damaged.
    """

    def __init__(self, directory: Path, *, threads: int = 1) -> None:
        manifest = read_manifest(directory)
        try:
            self.tags = tags_of(manifest["labels"])
            limit = int(manifest["window"])
        except (KeyError, TypeError, ValueError) as error:
            path = directory / MANIFEST
            raise ModelError(f"{path}: damaged, {error!r}; pack the model again") from None
        name = _shared(manifest, TOKENIZER) or TOKENIZER
        tokenizer = Tokenizer.from_buffer(_read_verified(directory, name, manifest))
        special = {name: _special_id(tokenizer, name) for name in ("<s>", "</s>", "<unk>")}
        self.pieces_of_lines = fast_pieces(tokenizer, unknown=special["<unk>"])
        self.segmenter = Segmenter(manifest.get("segmenter", "none"))
        self.windower = Windower(limit, begin=special["<s>"], end=special["</s>"])
        self._session = _OfProcess(partial(_open_session, directory, manifest, threads))

    def pieces(self, lines: Sequence[Sequence[Word]]) -> list[list[list[int]]]:
        """Piece ids of each word of each line."""
        return self.pieces_of_lines(lines)

    def logits(self, window: Window) -> NDArray[np.float32]:
        """``[scored words, tags]``."""
        ids = np.array([window.ids], dtype=np.int64)
        (logits,) = self._session.get().run(None, {"input_ids": ids})
        scored: NDArray[np.float32] = logits[0, window.firsts]
        return scored


def _open_session(directory: Path, manifest: Mapping[str, Any], threads: int) -> Any:
    onnxruntime = runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that spin for work take the processors from those that have some.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    if shared := _shared(manifest, WEIGHTS):
        _read_verified(directory, shared, manifest)
        folder = (directory / shared).parent.resolve()
        options.add_session_config_entry(_WEIGHTS_FOLDER, str(folder))
    return onnxruntime.InferenceSession(
        _read_verified(directory, WEIGHTS, manifest), options, providers=["CPUExecutionProvider"]
    )


class _OfProcess:
    """Something with threads of its own, as a session: each process needs its own.

    A fork copies the memory and none of the threads. A child that used or even
    deleted its copy would wait for them for ever; it makes another one, and the
    copy is never deleted.
    """

    _all: ClassVar[WeakSet[_OfProcess]] = WeakSet()

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = make()
        self._lock = threading.Lock()
        _watch_forks()
        self._all.add(self)

    def get(self) -> Any:
        """The one of this process."""
        made = self._made
        if made is None:
            with self._lock:
                made = self._made = self._made or self._make()
        return made

    @classmethod
    def leave_to_parent(cls) -> None:
        """In a child: forget what the parent made."""
        import ctypes

        for own in list(cls._all):
            own._lock = threading.Lock()
            if own._made is not None:
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(own._made))
                own._made = None


@cache
def _watch_forks() -> None:
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_OfProcess.leave_to_parent)
