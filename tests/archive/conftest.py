"""An archive of invented news, and the command line in a process of its own."""

import bz2
import gzip
import json
import lzma
import os
import subprocess
import sys
import time

import pytest

TEXTS = [
    "Ông Nguyễn Văn Nam thăm Lào ngày 3/5.",
    "Bộ Quốc phòng tiếp đoàn Campuchia tại Hà Nội.",
    "Không có gì đáng chú ý.",
    "Đại tướng Trần Minh Đức dự lễ khai mạc ở Huế.",
    "Đoàn công tác của Quân khu 7 đến Cần Thơ chiều 12/8.",
]
PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def json_lines(texts):
    return b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts)


@pytest.fixture
def archive(tmp_path):
    """A folder with every kind of file, bad records among the good ones."""
    import pyarrow
    import pyarrow.parquet

    folder = tmp_path / "news"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text(TEXTS[0], "utf-8")
    (folder / "b.jsonl").write_bytes(
        json_lines(TEXTS[:2]) + b'{bad\n\n{"text": 3}\n' + json_lines(TEXTS[2:])
    )
    (folder / "deep" / "c.csv.gz").write_bytes(
        gzip.compress('name,text\nx,{}\ny,"{}\n{}"\n'.format(*TEXTS[:3]).encode())
    )
    table = pyarrow.table({"text": [*TEXTS[:2], None], "other": [1, 2, 3]})
    pyarrow.parquet.write_table(table, folder / "deep" / "d.parquet", row_group_size=2)
    (folder / "e.txt").write_bytes(b"ab\xff")
    (folder / "picture.png").write_bytes(b"x")
    return folder


@pytest.fixture
def command():
    """Runs `vidner` with a time limit; keyword arguments go to the process."""

    def run(*arguments, **options):
        return subprocess.run(
            [sys.executable, "-m", "vidner", *map(str, arguments)],
            capture_output=True, check=False, text=True, timeout=120, **options,
        )  # fmt: skip

    return run


@pytest.fixture
def start():
    """Starts `vidner` and ends it with the test at the latest."""
    started = []

    def begin(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "vidner", *map(str, arguments)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def wait_for(condition, *, seconds=60):
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def lines(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def feed(fifo, data):
    """Give a pipe to whoever reads it; the returned descriptor keeps it open."""
    writer = os.open(fifo, os.O_WRONLY)
    os.write(writer, data)
    return writer
