"""Progress of a run: a bar with loss, speed and time left, and a log in JSON lines."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from transformers import ProgressCallback

LOG = "log.jsonl"


class Progress(ProgressCallback):  # type: ignore[misc]
    """The Trainer's bar, which has the time left, with loss and tokens a second beside it.

    Every log is a line of ``log.jsonl`` too. A run that is resumed goes on with
    the file as it was at the checkpoint.

    Args:
        out: Directory of the run.
    """

    def __init__(self, out: Path) -> None:
        super().__init__()
        self.path = out / LOG

    def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        """Begin or go on with bar and file."""
        super().on_train_begin(args, state, control, **more)
        self.start = time.monotonic()
        self.first, self.before = state.global_step, state.num_input_tokens_seen
        if state.is_world_process_zero:
            old = self.path.read_text("utf-8").splitlines() if state.global_step else []
            kept = [line for line in old if json.loads(line)["step"] <= state.global_step]
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text("".join(f"{line}\n" for line in kept), "utf-8")

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Show and write what the Trainer logs."""
        if not state.is_world_process_zero:
            return
        row = {"step": state.global_step, **(logs or {}), **self._speed(state)}
        with self.path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")
        if self.training_bar is not None and "loss" in row:
            self.training_bar.set_postfix_str(
                f"loss {row['loss']:.4g}, {row['tokens_per_second']:,} tokens/s"
            )

    def _speed(self, state: Any) -> dict[str, int]:
        seconds = max(time.monotonic() - self.start, 1e-9)
        done = max(state.global_step - self.first, 1)
        return {
            "tokens_per_second": round((state.num_input_tokens_seen - self.before) / seconds),
            "seconds_left": round(seconds / done * (state.max_steps - state.global_step)),
        }
