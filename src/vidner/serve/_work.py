"""Tagging for many clients: in threads, with a bounded queue."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import HTTPException, Response

from vidner._entities import Entity
from vidner._tagger import Tagger
from vidner.serve import Limits


class Worker:
    """One tagger for all requests."""

    def __init__(self, tagger: Tagger, limits: Limits) -> None:
        self._tagger = tagger
        self._limits = limits
        self._limiter = CapacityLimiter(limits.running)
        self._taken = 0  # requests that run or wait; the limiter sees them a moment later

    def check(self, texts: Sequence[str]) -> None:
        """Refuse more or longer texts than the limits allow.

        Raises:
            HTTPException: Status 413, with what was found and what is allowed.
        """
        if len(texts) > self._limits.texts:
            raise HTTPException(
                413,
                f"{len(texts)} texts in one request, at most {self._limits.texts} are taken; "
                "send them in parts or start the server with a larger --max-texts",
            )
        for number, text in enumerate(texts, start=1):
            if len(text) > self._limits.characters:
                raise HTTPException(
                    413,
                    f"text {number} has {len(text)} characters, at most "
                    f"{self._limits.characters} are taken; send it in parts or start the server "
                    "with a larger --max-characters",
                )

    async def run(
        self, texts: Sequence[str], answer: Callable[[list[list[Entity]]], Any]
    ) -> Response:
        """Tag texts and write the answer as JSON, both away from the event loop.

        Raises:
            HTTPException: 413 beyond the limits, 503 when too many requests wait.
        """
        self.check(texts)
        if self._taken >= self._limits.running + self._limits.waiting:
            raise HTTPException(
                503,
                f"{self._limits.waiting} requests are waiting already; try again in a moment",
                {"Retry-After": "1"},
            )
        self._taken += 1
        try:
            return await to_thread.run_sync(self._work, texts, answer, limiter=self._limiter)
        finally:
            self._taken -= 1

    def _work(self, texts: Sequence[str], answer: Callable[[list[list[Entity]]], Any]) -> Response:
        found = list(self._tagger.tag_many(texts))
        return Response(to_json(answer(found)), media_type="application/json")


def to_json(content: Any) -> bytes:
    """JSON in UTF-8; lone surrogates, which UTF-8 has no form for, are escaped."""
    try:
        return json.dumps(content, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(content).encode("ascii")
