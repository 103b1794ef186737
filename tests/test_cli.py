"""The command line as a user runs it."""

import json
import os
import subprocess
import sys

import pytest

ARTICLE = "Ông Hoàng Xuân Chiến thăm Nhật Bản.\n\nTheo TTXVN.\n"


def vidner(*arguments, stdin=b"", **environment):
    return subprocess.run(
        [sys.executable, "-m", "vidner", *map(str, arguments)],
        input=stdin, capture_output=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip


@pytest.fixture
def article(tmp_path):
    path = tmp_path / "article.txt"
    path.write_text(ARTICLE, "utf-8")
    return path


def test_piped_output_is_json_lines(article):
    done = vidner("tag", article, article)
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert done.returncode == 0
    assert [row["file"] for row in rows] == [str(article)] * 2
    first = rows[0]["entities"][0]
    assert (first["text"], first["label"]) == ("Hoàng Xuân Chiến", "PERSON")
    assert ARTICLE[first["start"] : first["end"]] == first["text"]


def test_the_listing_gives_line_and_column(article):
    lines = vidner("tag", "--list", article).stdout.decode().splitlines()
    assert lines[0].startswith(str(article))
    assert lines[1].split()[:2] == ["1:5", "PERSON"]
    assert any(line.split()[:3] == ["3:6", "ORG", "TTXVN"] for line in lines)


def test_a_terminal_gets_a_coloured_listing(article):
    import pty

    reader, writer = pty.openpty()
    subprocess.run([sys.executable, "-m", "vidner", "tag", str(article)], stdout=writer, check=True)
    os.close(writer)
    shown = os.read(reader, 65536).decode()
    os.close(reader)
    assert "\x1b[36mPERSON" in shown


def test_standard_input_is_a_dash():
    done = vidner("tag", "-", stdin=ARTICLE.encode())
    assert json.loads(done.stdout)["file"] == "-"


def test_one_label_can_be_asked_for(article):
    row = json.loads(vidner("tag", "--label", "ORG", article).stdout)
    assert {entity["label"] for entity in row["entities"]} == {"ORG"}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "No such file or directory"),
        (lambda path: path.write_bytes(b"ab\xff"), "not UTF-8 text, byte 0xff at offset 2"),
        (lambda path: path.mkdir(), "Is a directory"),
    ],
    ids=["missing", "not UTF-8", "directory"],
)
def test_a_broken_file_is_one_line_and_the_others_are_done(tmp_path, article, make, message):
    broken = tmp_path / "broken.txt"
    make(broken)
    done = vidner("tag", broken, article)
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1
    assert message in done.stderr.decode()
    assert json.loads(done.stdout)["file"] == str(article)


def test_a_missing_model_is_one_line(article, tmp_path):
    done = vidner("tag", "--model", tmp_path, article)
    assert (done.returncode, done.stderr.decode().count("\n")) == (1, 1)


@pytest.mark.parametrize("arguments", [["tag"], ["tag", "x", "--label", "PLACE"], ["shout"]])
def test_wrong_usage_exits_with_two(arguments):
    assert vidner(*arguments).returncode == 2


def test_a_reader_that_leaves_early_is_no_error(article):
    command = f"{sys.executable} -m vidner tag {article} {article} {article} | true"
    shell = ["bash", "-o", "pipefail", "-c", command]
    done = subprocess.run(shell, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_help_has_an_example():
    assert "example: vidner tag" in vidner("tag", "--help").stdout.decode()


def test_the_reference_is_that_of_the_commands(repository):
    from vidner.cli.reference import reference

    assert (repository / "docs/commands.md").read_text("utf-8") == reference()
