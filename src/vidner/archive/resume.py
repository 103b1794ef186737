"""A run that can be killed: its rows on disk, and where the next one goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from vidner._errors import VidnerError
from vidner.archive.files import Source
from vidner.archive.reader import Problem, Record
from vidner.archive.writer import Lines, clear_errors, pack, to_line


class Run:
    """The files of a run: ``OUT.part`` with rows, ``OUT.errors.jsonl``, ``OUT.part.json``.

    Every result is one line in one of the first two, written in the order of
    the archive, so their last lines say how far the run came. The third says
    what run it is: another one must not go on with its rows.
    """

    def __init__(self, out: Path, settings: Mapping[str, Any], *, overwrite: bool = False) -> None:
        """Begin a run, or go on with one of the same settings that was stopped.

        Args:
            out: The output.
            settings: All that the rows depend on.
            overwrite: Replace a finished output, drop the rows of a run with other settings.

        Raises:
            VidnerError: The output is there already, or cannot be written, or
                rows of a run with other settings are in the way.
        """
        self.out = out
        self._part, self.errors_path, self._settings = run_files(out)
        self._begin(settings, overwrite=overwrite)
        self.rows = Lines(self._part)
        try:
            self.errors = Lines(self.errors_path)
        except VidnerError:
            self.rows.close()
            raise

    def _begin(self, settings: Mapping[str, Any], *, overwrite: bool) -> None:
        if self.out.is_dir() or (self.out.exists() and not overwrite):
            raise VidnerError(f"{self.out}: is there already; remove it or give --overwrite")
        stopped = self._stopped()
        if stopped == settings:
            return
        if stopped is not None and not overwrite:
            keys = sorted({*stopped, *settings})
            other = ", ".join(key for key in keys if stopped.get(key) != settings.get(key))
            raise VidnerError(
                f"{self._part}: rows of an unfinished run with other settings ({other}); give its "
                "command again to go on with it, or --overwrite to drop its rows"
            )
        with clear_errors(self._part):
            for path in run_files(self.out):
                path.unlink(missing_ok=True)
            place = self._settings.with_name(self._settings.name + ".new")
            place.write_bytes(to_line(settings))
            place.replace(self._settings)

    def _stopped(self) -> dict[str, Any] | None:
        """The settings of a run that was stopped, or None."""
        if not self._part.exists():
            return None
        try:
            settings = json.loads(self._settings.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise VidnerError(f"{self._settings}: {error}; remove it to begin anew") from None
        return settings if isinstance(settings, dict) else {}

    def position(self, sources: Sequence[Source]) -> tuple[int, int]:
        """Index of the file to go on with and the number of its last finished record."""
        order = {source.name: at for at, source in enumerate(sources)}
        done = [lines.last for lines in (self.rows, self.errors) if lines.last]
        return max(((order[row["file"]], row["record"]) for row in done), default=(0, -1))

    def write(self, record: Record, entities: list[dict[str, Any]], *, with_text: bool) -> None:
        """Keep the entities of a text."""
        row: dict[str, Any] = {"id": record.id, "file": record.file, "record": record.number}
        if with_text:
            row["text"] = record.text
        self.rows.append({**row, "entities": entities})

    def report(self, problem: Problem) -> None:
        """Keep the reason why a record has no entities."""
        self.errors.append(
            {"file": problem.file, "record": problem.number, "reason": problem.reason}
        )

    def finish(self) -> None:
        """Give the output its name; nothing else is left but the errors, if there are any."""
        self.close()
        pack(self._part, self.out)
        with clear_errors(self.out):
            self._settings.unlink()
            if not self.errors.count:
                self.errors_path.unlink()

    def close(self) -> None:
        """Close the files; the run can go on later."""
        self.rows.close()
        self.errors.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def run_files(out: Path) -> tuple[Path, Path, Path]:
    """Where a run keeps its rows, its errors and its settings."""
    return (
        out.with_name(f"{out.name}.part"),
        out.with_name(f"{out.name}.errors.jsonl"),
        out.with_name(f"{out.name}.part.json"),
    )
