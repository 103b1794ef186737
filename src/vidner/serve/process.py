"""The server as a process: its port, its signals, the name of its model."""

from __future__ import annotations

import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from vidner._errors import VidnerError
from vidner._models import model_directory

if TYPE_CHECKING:
    from fastapi import FastAPI
    from uvicorn import Server

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE = 10  # seconds that running requests have to end


def model_version(model: str | Path | None) -> str:
    """A name that changes with the weights: the model's own and the start of their checksum.

    Raises:
        ModelError: The manifest of a packed model is damaged.
    """
    from vidner.backends.onnx import MANIFEST, WEIGHTS, read_manifest

    directory = model_directory(model)
    if not (directory / MANIFEST).exists():
        return f"vidner-{directory.name}"
    manifest = read_manifest(directory)
    name = manifest.get("config", {}).get("name", directory.name)
    return f"vidner-{name}-{manifest.get('files', {}).get(WEIGHTS, '')[:8]}"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Args:
        host: Name or address of this machine.
        port: Port, or 0 for any that is free.

    Raises:
        VidnerError: The port is in use or not allowed, or the host is not this machine.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise VidnerError(
                f"port {port} on {host} is in use; stop what uses it or take another: --port N"
            ) from None
        reason = error.strerror or str(error)
        raise VidnerError(f"cannot listen on {host}, port {port}: {reason}") from None


def url(listening: socket.socket) -> str:
    """Where a browser finds what listens there."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def serve(app: FastAPI, listening: socket.socket, *, ready: Callable[[], object]) -> None:
    """Answer requests until SIGTERM or SIGINT; running ones are ended first.

    Args:
        app: The application.
        listening: What :func:`listen` gave.
        ready: Called as soon as signals end the server rather than the process.
    """
    import uvicorn

    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=_GRACE,
    )
    server = uvicorn.Server(config)
    with _stopped_by_signals(server):
        ready()
        server.run(sockets=[listening])


@contextmanager
def _stopped_by_signals(server: Server) -> Iterator[None]:
    # Uvicorn raises the signal again when it has ended, which would end this
    # process as if it had failed; before it starts it does not listen to any.
    def stop(*_: object) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
