"""The reference of the command line, made from the parser itself.

`python -m vidner.cli.reference` writes it to standard output; a test compares
it with docs/commands.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from vidner.cli import build_parser

_HEAD = (
    "Made from the commands' own help by `python -m vidner.cli.reference`; a test compares them.",
    "",
    "Exit codes: 0 done, 1 something failed or was left out, 2 the command line or the input is",
    "wrong, 130 interrupted.",
)


def reference() -> str:
    """Every command with its arguments and options, as Markdown."""
    lines = ["# Commands", "", *_HEAD, ""]
    for name, parser in _commands(build_parser()):
        lines += _section(name, parser)
    return "\n".join(lines)


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Commands that do something, those of commands included, in the order of the help."""
    inner = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not inner:
        yield parser.prog, parser
    for action in inner:
        for each in action.choices.values():
            yield from _commands(each)


def _section(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    yield from (f"## `{name}`", "")
    if parser.description:
        yield from (_filled(parser.description, parser), "")
    yield from ("| argument | what |", "| :-- | :-- |")
    for action in parser._actions:
        if action.help != argparse.SUPPRESS and not isinstance(action, argparse._HelpAction):
            yield f"| {_usage(action)} | {_help(action, parser)} |"
    yield ""
    if parser.epilog:
        yield from ("```console", *parser.epilog.removeprefix("example: ").splitlines(), "```", "")


def _usage(action: argparse.Action) -> str:
    if action.choices is not None and action.metavar is None:
        value = "{" + ",".join(map(str, action.choices)) + "}"
    else:
        metavar = action.metavar or action.dest.upper()
        value = metavar if isinstance(metavar, str) else " ".join(metavar)
    if not action.option_strings:
        return f"`{value}`"
    flags = ", ".join(action.option_strings)
    return f"`{flags}`" if action.nargs == 0 else f"`{flags} {value}`"


def _help(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    values = {**vars(action), "prog": parser.prog}
    text = (action.help or "") % values
    return " ".join(text.split()).replace("|", "\\|")


def _filled(text: str, parser: argparse.ArgumentParser) -> str:
    return text % {"prog": parser.prog} if "%(" in text else text


if __name__ == "__main__":
    sys.stdout.write(reference())
