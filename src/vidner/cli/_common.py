"""What the commands share: exit codes and how a message is given."""

from __future__ import annotations

import argparse
import sys
from typing import TypeAlias

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the option that chooses the model."""
    parser.add_argument(
        "--model", metavar="M",
        help="small or tiny, which are embedded (tiny is faster), a model's directory, or a "
        "checkpoint's directory or hub name (default: small)",
    )  # fmt: skip


def complain(message: str) -> None:
    """Write one line to standard error."""
    sys.stderr.write(f"vidner: {message}\n")
