"""Fixtures: a tiny packed model, clients in process, a server of its own."""

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from vidner import Tagger
from vidner.serve import create_app

PATIENCE = 180  # seconds before a wait is given up; machines are shared
JSON = {"Content-Type": "application/json"}


def pytest_configure(config):
    config.addinivalue_line("markers", "nightly: only `pytest -m nightly` runs it")


def pytest_collection_modifyitems(config, items):
    if "nightly" not in config.option.markexpr:
        items[:] = [item for item in items if item.get_closest_marker("nightly") is None]


class Server:
    """A running `vidner serve`."""

    def __init__(self, process, line):
        self.process = process
        self.line = line
        self.url = next(word for word in line.split() if word.startswith("http://"))
        self.port = int(self.url.rstrip("/").rsplit(":", 1)[1])

    def stop(self, number=signal.SIGTERM):
        """Exit code and standard error after a signal."""
        self.process.send_signal(number)
        errors = self.process.communicate(timeout=PATIENCE)[1]
        return self.process.returncode, errors.decode()


@contextmanager
def running(*arguments):
    """A server on a free port, stopped at the end whatever happens."""
    command = [sys.executable, "-m", "vidner", "serve", "--port", "0", *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ
    ) as process:
        try:
            ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
            line = process.stdout.readline().decode() if ready else ""
            assert line, process.stderr.read().decode() if process.poll() is not None else "silent"
            yield Server(process, line)
        finally:
            if process.poll() is None:
                process.kill()


def eventually(condition):
    """The first true value of a condition; fails when there is none for too long."""
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited for too long"
        time.sleep(0.02)
    return value


@pytest.fixture(scope="session")
def tiny_model(tiny_checkpoint, tmp_path_factory):
    """The tiny checkpoint as a packed model."""
    from vidner.train.export import export

    return export(tiny_checkpoint, tmp_path_factory.mktemp("packed") / "tiny", quantize=False)


@pytest.fixture(scope="session")
def tiny(tiny_model):
    return Tagger.load(tiny_model, threads=1)


@pytest.fixture(scope="session")
def client(tiny):
    """A client of an application that never saw a socket."""
    return TestClient(create_app(tiny, version="tiny-1"))


@pytest.fixture(scope="session")
def real_client(tagger):
    """The same with the embedded model."""
    return TestClient(create_app(tagger))


@pytest.fixture(scope="module")
def server(tiny_model):
    with running("--model", tiny_model) as started:
        yield started
