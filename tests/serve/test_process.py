"""A real `vidner serve`: its start, its end, its port, clients that misbehave, load."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.request import Request, urlopen

import psutil
import pytest

from tests.serve.conftest import PATIENCE, eventually, running

TEXT = "Ông Hoàng Xuân Chiến thăm Nhật Bản. "


def post(url, path, content):
    request = Request(f"{url}{path}", json.dumps(content).encode(), {
        "Content-Type": "application/json"})  # fmt: skip
    with urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def failed(*arguments):
    """Exit code and standard error of a server that does not start."""
    command = [sys.executable, "-m", "vidner", "serve", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE)
    return done.returncode, done.stderr.decode()


def test_it_serves_the_embedded_model_on_this_machine_only_and_sigterm_ends_it():
    with running() as server:
        assert re.match(r"vidner: vidner-small-\w{8} at http://127\.0\.0\.1:\d+/ ", server.line)
        found = post(server.url, "tag", {"text": TEXT})["entities"]
        assert [entity["text"] for entity in found] == ["Hoàng Xuân Chiến", "Nhật Bản"]
        assert server.stop() == (0, "")


def test_ctrl_c_ends_it_as_well(tiny_model):
    with running("--model", tiny_model) as server:
        assert server.stop(signal.SIGINT) == (0, "")


def test_a_request_that_runs_is_answered_before_the_end(tiny_model):
    with running("--model", tiny_model) as server, ThreadPoolExecutor(1) as pool:
        long = pool.submit(post, server.url, "tag", {"texts": [TEXT * 100] * 10})
        process = psutil.Process(server.process.pid)
        before = process.cpu_times().user
        # It is at work when it uses the processor.
        eventually(lambda: long.done() or process.cpu_times().user > before + 0.05)
        assert server.stop()[0] == 0
        assert len(long.result(PATIENCE)["results"]) == 10


def test_a_port_in_use_is_one_line(server, tiny_model):
    code, errors = failed("--port", server.port, "--model", tiny_model)
    assert code == 1
    assert errors == (
        f"vidner: port {server.port} on 127.0.0.1 is in use; stop what uses it or take another: "
        "--port N\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--host", "192.0.2.1"], 1, "cannot listen on 192.0.2.1, port 8000"),
        (["--port", "0", "--model", "{}"], 1, "no manifest.json (packed model)"),
        (["--port", "0", "--webhook-log", "{}/missing/log"], 1, "No such file or directory"),
        (["--port", "70000"], 2, "'70000' is no port"),
        (["--max-texts", "0"], 2, "'0': wanted a whole number from 1"),
    ],
)
def test_what_cannot_be_served_ends_in_one_line(tmp_path, arguments, code, message):
    found, errors = failed(*(argument.format(tmp_path) for argument in arguments))
    assert found == code
    assert message in errors.splitlines()[-1]
    assert "Traceback" not in errors


def test_help_has_an_example():
    done = subprocess.run(
        [sys.executable, "-m", "vidner", "serve", "--help"], capture_output=True, check=True
    )
    assert "example: vidner serve" in done.stdout.decode()


def raw(port, *parts):
    """The answer to bytes that are sent as they are."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        for part in parts:
            connection.sendall(part)
        answer = b""
        while more := connection.recv(65536):
            answer += more
    return answer.decode()


HEAD = b"POST /tag HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def test_a_body_that_is_announced_too_large_is_refused_before_it_is_sent(server):
    answer = raw(server.port, HEAD + b"Content-Length: 999999999\r\n\r\n", b"{")
    assert answer.startswith("HTTP/1.1 413 ")
    assert '{"error": "the body is larger than 2097152 bytes' in answer


def test_an_endless_body_is_refused_at_the_limit(server):
    chunk = b"%x\r\n%s\r\n" % (2**20, b" " * 2**20)
    answer = raw(server.port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 3)
    assert answer.startswith("HTTP/1.1 413 ")
    assert '{"error": "the body is larger than 2097152 bytes' in answer


def test_a_client_that_sends_all_the_same_sees_the_refusal(server):
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.request("POST", "/tag", b" " * 8_000_000, {"Content-Type": "application/json"})
    assert connection.getresponse().status == 413
    connection.close()


def test_a_client_that_leaves_does_no_harm(server):
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
    assert post(server.url, "tag", {"text": ""})["entities"] == []


def load(server, seconds, clients=4):
    """Answers, errors, and resident bytes after the warm-up and at the end."""
    process = psutil.Process(server.process.pid)
    wanted = post(server.url, "tag", {"text": TEXT * 3})
    errors = []

    def client(deadline):
        answered = 0
        connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        body = json.dumps({"text": TEXT * 3})
        while time.monotonic() < deadline:
            connection.request("POST", "/tag", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 200 or json.loads(content) != wanted:
                errors.append((answer.status, content))
            answered += 1
        connection.close()
        return answered

    def clients_for(duration):
        deadline = time.monotonic() + duration
        with ThreadPoolExecutor(clients) as pool:
            return sum(pool.map(client, [deadline] * clients))

    clients_for(seconds / 3)
    warm = process.memory_info().rss
    answered = clients_for(seconds)
    return answered, errors, warm, process.memory_info().rss


@pytest.mark.parametrize("seconds", [3, pytest.param(30, marks=pytest.mark.nightly)])
def test_under_load_there_is_no_error_and_memory_is_level(tiny_model, seconds):
    threads = threading.active_count()
    with running("--model", tiny_model) as server:
        answered, errors, warm, end = load(server, seconds)
        assert server.stop() == (0, "")
    assert errors == []
    assert answered >= 4
    assert end < warm * 1.1 + 16 * 2**20
    assert threading.active_count() == threads
