"""Fixtures: one real server for the whole session, and the command line beside it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.label_studio.server import KEY, LabelStudioServer
from vidner.documents.jsonl import read_jsonl, write_jsonl

PROGRAM = Path(__file__).parents[2] / ".venv-labelstudio" / "bin" / "label-studio"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server, started once; skipped where its environment is missing."""
    if not PROGRAM.exists():
        pytest.skip("no Label Studio server here; `make test-labelstudio` installs one")
    pytest.importorskip("label_studio_sdk", reason="the extra `labelstudio` is not installed")
    running = LabelStudioServer(PROGRAM, tmp_path_factory.mktemp("label-studio"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def second(server):
    """The key of a second annotator."""
    return server.sign_up("second@example.com")


def label_studio(*arguments, **environment):
    """Run ``vidner label-studio`` to its end."""
    settings = {name: value for name, value in os.environ.items() if "LABEL_STUDIO" not in name}
    return subprocess.run(
        [sys.executable, "-m", "vidner", "label-studio", *map(str, arguments)],
        capture_output=True, text=True, check=False, env={**settings, **environment},
    )  # fmt: skip


@pytest.fixture
def run(server):
    """The command against the server; it must succeed unless ``fails`` is set."""

    def runner(*arguments, key=KEY, fails=False):
        done = label_studio(*arguments, LABEL_STUDIO_URL=server.url, LABEL_STUDIO_API_KEY=key)
        assert (done.returncode != 0) == fails, (done.returncode, done.stdout, done.stderr)
        return done

    return runner


@pytest.fixture
def write(tmp_path):
    """Documents into a file."""

    def writer(documents, name="docs.jsonl"):
        write_jsonl(documents, tmp_path / name)
        return tmp_path / name

    return writer


@pytest.fixture
def pull(run, tmp_path):
    """The documents of a project by id."""

    def puller(title, *more, **options):
        out = tmp_path / "gold.jsonl"
        run("pull", "--project", title, "-o", out, *more, **options)
        return {document.id: document for document in read_jsonl(out)}

    return puller
