"""`vidner serve`: a page, an API, and Label Studio's ML backend."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from vidner._tagger import Tagger
from vidner.cli._common import OK, Commands, add_model
from vidner.serve import Limits


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "serve",
        help="serve a page, an API and Label Studio's ML backend",
        description="Serve a page for reading tagged articles (/), an API (POST /tag, GET /health, "
        "described at /openapi.json) and Label Studio's ML-backend protocol (/setup, /predict, "
        "/webhook). Ends on Ctrl-C and SIGTERM. Needs the extra `serve`.",
        epilog="example: vidner serve --port 8000   |   curl -H 'Content-Type: application/json' "
        '-d \'{"text": "Bộ Quốc phòng họp tại Hà Nội."}\' http://127.0.0.1:8000/tag',
    )
    limits = Limits()
    command.add_argument(
        "--host", default="127.0.0.1",
        help="address to listen on; there is no access control (default: %(default)s)",
    )  # fmt: skip
    command.add_argument(
        "--port", type=_port, default=8000, help="0 for any free one (default: %(default)s)"
    )
    add_model(command)
    for option, default, text in (
        ("--max-bytes", limits.body, "largest body of a request"),
        ("--max-characters", limits.characters, "longest text"),
        ("--max-texts", limits.texts, "most texts or tasks in a request"),
    ):
        command.add_argument(
            option, type=_positive, default=default, metavar="N",
            help=f"{text} (default: %(default)s)",
        )  # fmt: skip
    command.add_argument(
        "--webhook-log", type=Path, metavar="FILE",
        help="append Label Studio's webhooks as JSON lines (default: to standard error)",
    )  # fmt: skip
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    from vidner.serve import create_app, require_extra
    from vidner.serve.process import listen, model_version, serve, url

    require_extra()
    logging.basicConfig(format="vidner: %(message)s", level=logging.WARNING)
    logging.getLogger("vidner").setLevel(logging.INFO)
    limits = Limits(
        body=options.max_bytes, characters=options.max_characters, texts=options.max_texts
    )
    # The port is taken first: what is wrong with it is said before a model is loaded.
    with listen(options.host, options.port) as listening:
        version = model_version(options.model)
        app = create_app(
            Tagger.load(options.model),
            version=version,
            limits=limits,
            webhook_log=options.webhook_log,
        )
        line = f"vidner: {version} at {url(listening)} (Ctrl-C ends it)"
        serve(app, listening, ready=lambda: _say(line))
    return OK


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port, wanted a number from 0 to 65535")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: wanted a whole number from 1")
    return int(text)
