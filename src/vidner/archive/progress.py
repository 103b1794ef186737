"""A progress bar: how much of the archive is read, documents, syllables a second, time left."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

from vidner._errors import MissingExtraError

_FORMAT = "{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"


class Progress:
    """Counts what is done and shows it on standard error, when it is wanted."""

    def __init__(self, total: int, *, done: int = 0, documents: int = 0, shown: bool) -> None:
        """Begin to count.

        Args:
            total: Bytes of all files.
            done: Bytes that an earlier run has read.
            documents: Texts that an earlier run has tagged.
            shown: Whether there is a bar.

        Raises:
            MissingExtraError: A bar is wanted and the package for it is not installed.
        """
        self._documents = documents
        self._syllables = 0
        self._began = time.monotonic()
        self._bar = _bar(total, done) if shown else None

    def advance(self, position: int, text: str) -> None:
        """Count one more text; ``position`` bytes of the archive are read by now."""
        if self._bar is None:
            return
        self._documents += 1
        self._syllables += len(text.split())
        rate = self._syllables / max(time.monotonic() - self._began, 1e-9)
        self._bar.set_postfix_str(
            f"{self._documents:,} documents, {rate:,.0f} syllables/s", refresh=False
        )
        self._bar.update(max(position - self._bar.n, 0))

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()


def _bar(total: int, done: int) -> Any:
    try:
        from tqdm import tqdm
    except ImportError:
        raise MissingExtraError("tqdm", extra="archive") from None
    return tqdm(
        total=total or None, initial=done, unit="B", unit_scale=True, bar_format=_FORMAT,
        dynamic_ncols=True,
    )  # fmt: skip
