"""Tagging an archive: the rows, and runs that are killed, go on, or have no room."""

import fcntl
import gzip
import json
import os
import pty
import resource
import signal
import struct
import subprocess
import sys
import termios
import threading

import pyarrow.parquet
import pytest

from tests.archive.conftest import TEXTS, feed, json_lines, lines, wait_for
from vidner import VidnerError
from vidner.archive import tag_archive
from vidner.archive.writer import Lines, pack


def test_each_record_is_one_row_or_one_error(archive, tagger, tmp_path):
    out = tmp_path / "out.jsonl"
    summary = tag_archive([str(archive)], out, with_text=True)
    rows, errors = lines(out), lines(summary.errors_path)
    assert (summary.documents, summary.errors) == (len(rows), len(errors)) == (10, 4)
    places = [(row["file"], row["record"]) for row in rows]
    assert places[:3] == [
        (str(archive / "a.txt"), 1),
        *((str(archive / "b.jsonl"), n) for n in (1, 2)),
    ]
    assert len({*places, *((row["file"], row["record"]) for row in errors)}) == 14
    for row in rows:
        assert row["entities"] == [entity.to_dict() for entity in tagger.tag(row["text"])]


def test_every_form_of_output_has_the_same_rows(archive, tmp_path):
    for name in ("out.jsonl", "out.jsonl.gz", "out.parquet"):
        tag_archive([str(archive)], tmp_path / name, with_text=True)
    rows = lines(tmp_path / "out.jsonl")
    packed = gzip.decompress((tmp_path / "out.jsonl.gz").read_bytes())
    assert packed == (tmp_path / "out.jsonl").read_bytes()
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist() == rows


def test_half_surrogate_pairs_are_kept_where_the_output_can_hold_them(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "Ông Nam \\ud800 thăm Lào."}\n')
    for name in ("out.jsonl", "out.parquet"):
        tag_archive([str(path)], tmp_path / name, with_text=True)
    (row,) = lines(tmp_path / "out.jsonl")
    (packed,) = pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert "\ud800" in row["text"]
    assert packed["text"] == row["text"].replace("\ud800", "\ufffd")


def test_the_output_is_no_part_of_the_archive_it_lies_in(archive):
    first = tag_archive([str(archive)], archive / "out.jsonl")
    second = tag_archive([str(archive)], archive / "out.jsonl", overwrite=True)
    assert first == second


def test_without_errors_nothing_is_left_but_the_output(tmp_path, command):
    (tmp_path / "a.txt").write_text(TEXTS[0], "utf-8")
    done = command("tag", tmp_path / "a.txt", "-o", tmp_path / "out.jsonl")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"vidner: {tmp_path / 'out.jsonl'}: 1 documents\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "out.jsonl"]


def test_the_command_says_how_many_records_were_left_out(archive, tmp_path, command):
    done = command("tag", archive, "-o", tmp_path / "out.jsonl", "--label", "LOC")
    assert done.returncode == 1
    assert "10 documents, 1 files of other kinds left alone, 4 records left out" in done.stderr
    found = {e["label"] for row in lines(tmp_path / "out.jsonl") for e in row["entities"]}
    assert found == {"LOC"}


def run_from_pipe(start, fifo, out, data, *, documents):
    """Start a run that reads a pipe, and kill it when it has written so many lines."""
    process = start("tag", fifo, "-o", out, "--threads", "1", "--with-text")
    writer = feed(fifo, data)
    part = out.with_name(out.name + ".part")
    wait_for(lambda: part.exists() and part.read_bytes().count(b"\n") == documents)
    process.send_signal(signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL
    os.close(writer)
    assert not out.exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
def test_a_killed_run_goes_on_and_redoes_nothing(tmp_path, start, command, name):
    fifo, out = tmp_path / "in.jsonl", tmp_path / name
    os.mkfifo(fifo)
    texts = [f"{text} Tin số {number}." for number in range(3) for text in TEXTS]
    bad = b"{bad\n"
    run_from_pipe(
        start, fifo, out, json_lines(texts[:4]) + bad + json_lines(texts[4:6]), documents=6
    )
    # What is done is not read as text again: here it would be another one.
    again = json_lines(["khác"] * 4) + bad + json_lines(["khác"] * 2)
    run_from_pipe(start, fifo, out, again + json_lines(texts[6:9]), documents=9)
    again += json_lines(["khác"] * 3)
    feeder = threading.Thread(
        target=lambda: os.close(feed(fifo, again + json_lines(texts[9:]) + bad))
    )
    feeder.start()
    done = command("tag", fifo, "-o", out, "--threads", "1", "--with-text")
    feeder.join()
    assert done.returncode == 1
    assert "15 documents, 10 records were done before, 2 records left out" in done.stderr

    fifo.unlink()
    fifo.write_bytes(json_lines(texts[:4]) + bad + json_lines(texts[4:]) + bad)
    whole = tmp_path / f"whole-{name}"
    tag_archive([str(fifo)], whole, with_text=True)
    assert out.read_bytes() == whole.read_bytes()
    errors = [path.with_name(path.name + ".errors.jsonl") for path in (out, whole)]
    assert errors[0].read_bytes() == errors[1].read_bytes()


@pytest.mark.slow
def test_no_room_is_one_message_and_the_run_goes_on_later(archive, tmp_path, command):
    out = tmp_path / "out.jsonl"

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (900, 900))

    done = command("tag", archive, "-o", out, preexec_fn=small)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "File too large" in done.stderr
    assert "the same command goes on behind them" in done.stderr
    assert not out.exists()
    done = command("tag", archive, "-o", out)
    assert "records were done before" in done.stderr
    tag_archive([str(archive)], tmp_path / "whole.jsonl")
    assert out.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


@pytest.mark.parametrize("name", ["out.jsonl.gz", "out.parquet"])
def test_no_room_for_the_packed_output_keeps_the_rows(tmp_path, name):
    rows = Lines(tmp_path / "rows")
    for number in range(2000):
        rows.append({"id": str(number), "file": "a", "record": number, "entities": []})
    rows.close()
    out = tmp_path / name
    (tmp_path / f"{name}.new").symlink_to("/dev/full")
    with pytest.raises(VidnerError, match="No space left on device"):
        pack(rows.path, out)
    assert not out.exists()
    pack(rows.path, out)
    assert (out.exists(), rows.path.exists()) == (True, False)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none/out.jsonl", "No such file or directory"),
        ("a.txt/out.jsonl", "Not a directory"),
        ("out.xml", "wanted a name that ends in .jsonl, .jsonl.gz or .parquet"),
    ],
)
def test_an_output_that_cannot_be_written_is_one_message(tmp_path, command, name, message):
    (tmp_path / "a.txt").write_text("x")
    done = command("tag", tmp_path / "a.txt", "-o", tmp_path / name)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert message in done.stderr


def test_a_finished_output_is_only_replaced_when_asked(tmp_path):
    (tmp_path / "a.txt").write_text(TEXTS[0], "utf-8")
    out = tmp_path / "out.jsonl"
    out.write_text("mine")
    with pytest.raises(VidnerError, match="is there already"):
        tag_archive([str(tmp_path / "a.txt")], out)
    assert out.read_text() == "mine"
    tag_archive([str(tmp_path / "a.txt")], out, overwrite=True)
    assert len(lines(out)) == 1


def stop_after_first_row(archive, out, monkeypatch):
    """Stop a run like Ctrl-C does, behind its first row."""
    from vidner.archive import resume

    whole = resume.Run.write

    def write(self, *arguments, **options):
        if self.rows.count:
            raise KeyboardInterrupt
        whole(self, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(resume.Run, "write", write)
        with pytest.raises(KeyboardInterrupt):
            tag_archive([str(archive)], out)


@pytest.fixture
def stopped(tmp_path, monkeypatch):
    archive = tmp_path / "in.jsonl"
    archive.write_bytes(json_lines(TEXTS))
    stop_after_first_row(archive, tmp_path / "out.jsonl", monkeypatch)
    return archive, tmp_path / "out.jsonl"


@pytest.mark.parametrize("torn", [b'{"id": "x', b"\0" * 50, b'{"id": "\n'])
def test_a_torn_line_is_cut_off(stopped, torn):
    archive, out = stopped
    with out.with_name("out.jsonl.part").open("ab") as part:
        part.write(torn)
    summary = tag_archive([str(archive)], out)
    assert (summary.resumed, summary.documents) == (1, 5)
    assert [row["record"] for row in lines(out)] == [1, 2, 3, 4, 5]


def test_a_run_with_other_settings_does_not_go_on_with_the_rows(stopped):
    archive, out = stopped
    with pytest.raises(VidnerError, match=r"other settings \(labels, with text\)"):
        tag_archive([str(archive)], out, with_text=True, labels=["LOC"])
    summary = tag_archive([str(archive)], out, with_text=True, overwrite=True)
    assert (summary.resumed, summary.documents) == (0, 5)


def test_an_archive_that_changed_is_not_gone_on_with(stopped):
    archive, out = stopped
    archive.write_bytes(json_lines(TEXTS[:3]))
    with pytest.raises(VidnerError, match=r"other settings \(inputs\)"):
        tag_archive([str(archive)], out)


def test_the_same_command_with_overwrite_goes_on_too(stopped):
    archive, out = stopped
    assert tag_archive([str(archive)], out, overwrite=True).resumed == 1


def test_an_interrupted_run_says_how_to_go_on(tmp_path, start):
    fifo, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    os.mkfifo(fifo)
    process = start("tag", fifo, "-o", out, "--threads", "1")
    writer = feed(fifo, json_lines(TEXTS[:1]))
    part = tmp_path / "out.jsonl.part"
    wait_for(lambda: part.exists() and part.read_bytes().endswith(b"\n"))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=600)
    os.close(writer)
    assert process.returncode == 130
    assert said == f"vidner: {out}: stopped; the same command goes on where it was\n"


def test_errors_of_a_run_that_was_finished_do_not_stop_the_next(archive, tmp_path):
    out = tmp_path / "out.jsonl"
    first = tag_archive([str(archive)], out)
    out.unlink()
    assert tag_archive([str(archive)], out) == first


def test_two_runs_do_not_write_the_same_output(stopped):
    archive, out = stopped
    other = Lines(out.with_name("out.jsonl.part"))
    with pytest.raises(VidnerError, match="another run is writing it"):
        tag_archive([str(archive)], out)
    other.close()


def test_the_bar_shows_documents_and_rate_when_it_is_asked_for(archive, tmp_path, command):
    done = command("tag", archive, "-o", tmp_path / "out.jsonl", "--progress")
    assert "10 documents" in done.stderr
    assert "syllables/s" in done.stderr


def test_a_terminal_gets_a_bar(archive, tmp_path, command):
    reader, writer = pty.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    subprocess.run(
        [sys.executable, "-m", "vidner", "tag", str(archive / "b.jsonl"), "-o",
         str(tmp_path / "out.jsonl")],
        stderr=writer, check=False, timeout=120,
    )  # fmt: skip
    os.close(writer)
    shown = os.read(reader, 65536).decode()
    os.close(reader)
    assert "100%" in shown


@pytest.mark.parametrize(
    "arguments",
    [["--with-text"], ["--column", "x"], ["-o", "out.jsonl", "--json"], ["--threads", "0"]],
)
def test_options_that_do_not_go_together_are_wrong_usage(tmp_path, command, arguments):
    (tmp_path / "a.txt").write_text("x")
    assert command("tag", "a.txt", *arguments, cwd=tmp_path).returncode == 2


def test_rows_are_json_that_others_can_read(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Ông Nam thăm Lào.\u2028Hết.", "utf-8")
    tag_archive([str(path)], tmp_path / "out.jsonl", with_text=True)
    (line,) = (tmp_path / "out.jsonl").read_text("utf-8").split("\n")[:-1]
    assert json.loads(line)["text"] == path.read_text("utf-8")
