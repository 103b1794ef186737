"""The command line: a module a command, and here the one place where errors become messages."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from vidner._errors import VidnerError
from vidner.cli import evaluate, export, label_studio, serve, tag
from vidner.cli._common import FAILED, INTERRUPTED, OK, complain

COMMANDS = (tag, export, serve, label_studio, evaluate)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except VidnerError as error:
        complain(str(error))
        return FAILED
    except BrokenPipeError:
        # The reader has gone (`| head`): what is left to write is of no use.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    from vidner import __version__

    parser = argparse.ArgumentParser(
        prog="vidner", description="Named entities in Vietnamese defence news, offline."
    )
    parser.add_argument("--version", action="version", version=f"vidner {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser
