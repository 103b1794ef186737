"""A server on one tagger: an API, a page to look at, Label Studio's ML backend.

Everything here needs the extra ``serve``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vidner._extras import require
from vidner._tagger import Tagger

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["Limits", "create_app", "require_extra"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may ask for.

    Attributes:
        body: Bytes of a request's body.
        characters: Code points of one text.
        texts: Texts, or tasks of Label Studio, in one request.
        running: Requests that are worked on at a time.
        waiting: Requests that wait for their turn before others are refused.
    """

    body: int = 2 * 1024 * 1024
    characters: int = 200_000
    texts: int = 256
    # Each uses the tagger's own threads too: more would only use memory.
    running: int = field(default_factory=lambda: min(8, max(2, os.cpu_count() or 1)))
    waiting: int = 64


def require_extra() -> None:
    """Fail now rather than after the model has been loaded.

    Raises:
        MissingExtraError: A package of the extra ``serve`` is not installed.
    """
    require("fastapi", "uvicorn", extra="serve")


def create_app(
    tagger: Tagger,
    *,
    version: str = "vidner",
    limits: Limits | None = None,
    webhook_log: Path | None = None,
) -> FastAPI:
    """The application, for any ASGI server.

    Args:
        tagger: Does the work of all requests, in threads.
        version: Name of its model in the answers (:func:`vidner.serve.process.model_version`).
        limits: What a request may ask for.
        webhook_log: File that gets a JSON line for each webhook; by default they go to the log.

    Raises:
        MissingExtraError: A package of the extra ``serve`` is not installed.
    """
    require_extra()
    from vidner.serve._app import build

    return build(tagger, version, limits or Limits(), webhook_log)
