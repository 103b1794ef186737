"""Checkpoints that a run goes on from: written by the clock, found whole."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from vidner._errors import ModelError

STATE = "trainer_state.json"  # the Trainer writes it when all else is written


def last_checkpoint(out: Path) -> Path:
    """The newest whole checkpoint of a run.

    A run that was killed while it wrote one goes on from the one before.

    Raises:
        ModelError: There is none.
    """
    folders = sorted(out.glob("checkpoint-*"), key=_step, reverse=True)
    for folder in folders:
        if _is_whole(folder):
            return folder
    raise ModelError(
        f"{out}: no whole checkpoint in it to go on from ({len(folders)} found); "
        "start again without --resume"
    )


def _step(folder: Path) -> int:
    number = folder.name.removeprefix("checkpoint-")
    return int(number) if number.isdigit() else -1


def _is_whole(folder: Path) -> bool:
    try:
        json.loads((folder / STATE).read_bytes())
    except (OSError, ValueError):
        return False
    return True


class SaveByTheClock(TrainerCallback):  # type: ignore[misc]
    """Has the Trainer write a checkpoint when the last one is so many minutes old.

    The first process decides for all, since their clocks differ.
    """

    def __init__(self, minutes: float) -> None:
        self.seconds = 60 * minutes
        self.last = time.monotonic()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The clock begins."""
        self.last = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Say whether it is time."""
        from accelerate.utils import broadcast_object_list

        due = [time.monotonic() - self.last >= self.seconds]
        control.should_save |= bool(broadcast_object_list(due)[0])

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The clock begins anew, whoever asked for the checkpoint."""
        self.last = time.monotonic()
