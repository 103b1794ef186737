"""The command without a server: usage, files, and servers that are none."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.evaluation.conftest import annotated
from tests.label_studio.conftest import label_studio
from vidner import LABELS, VidnerError
from vidner.documents.jsonl import write_jsonl
from vidner.label_studio.config import CONFIG, read_config
from vidner.label_studio.push import version_of

NOTE = annotated("note", "Ông Mẫu tới Huế.", ("Mẫu", "PERSON"), ("Huế", "LOC"))
BRIEF = annotated("note", "Ông Mẫu tới Huế.", ("Huế", "LOC"))


def test_the_configuration_is_the_one_beside_the_annotations(repository):
    assert CONFIG.read_bytes() == (repository / "annotations/label_config.xml").read_bytes()


def test_the_configuration_offers_every_label_in_its_colour_and_keeps_white_space():
    xml = CONFIG.read_text("utf-8")
    assert read_config(xml, where="here").to_dict() == {"from_name": "label", "to_name": "text"}
    assert all(f'<Label value="{label}" background="#' in xml for label in LABELS)
    assert "white-space: pre-wrap" in xml and 'granularity="word"' in xml


@pytest.mark.parametrize(
    ("xml", "message"),
    [("<View/>", "offers no labels"), ("<View>", "not XML")],
)
def test_another_configuration_is_refused(xml, message):
    with pytest.raises(VidnerError, match=message):
        read_config(xml, where="here")


def test_predictions_are_called_after_the_model(tmp_path):
    assert version_of(None).startswith("vidner small ")
    (tmp_path / "model.safetensors").write_bytes(b"one")
    first = version_of(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert first.startswith(tmp_path.name) and first != version_of(tmp_path)
    assert version_of("hub/name") == "hub/name"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "--url or LABEL_STUDIO_URL"),
        ({"LABEL_STUDIO_URL": "http://x"}, "--api-key or LABEL_STUDIO_API_KEY"),
    ],
)
def test_a_missing_setting_is_one_line(tmp_path, environment, message):
    done = label_studio("pull", "--project", "P", "-o", tmp_path / "x.jsonl", **environment)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert message in done.stderr


def test_a_server_that_is_something_else_is_one_line(tmp_path):
    pytest.importorskip("label_studio_sdk")

    class Other(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>hello</html>")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{other.server_port}"
        done = label_studio(
            "pull", "--project", "P", "-o", tmp_path / "x", "--url", url, "--api-key", "k"
        )
        other.shutdown()
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert url in done.stderr


def test_diff_has_diff_s_exit_codes(tmp_path):
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    write_jsonl([NOTE], old)
    write_jsonl([BRIEF], new)
    same = label_studio("diff", old, old)
    assert (same.returncode, same.stdout) == (0, "")
    done = label_studio("diff", old, new)
    assert (done.returncode, done.stdout) == (1, "note - PERSON 'Mẫu' at 4: «'Ông Mẫu tới Huế.'»\n")
    missing = label_studio("diff", old, tmp_path / "none.jsonl")
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)


def test_select_reads_text_files_and_says_why(tmp_path):
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    paths[0].write_bytes("Ông Mẫu tới\r\nHuế.\r\n".encode())
    paths[1].write_text("Trời đẹp.", "utf-8")
    done = label_studio("select", *paths, "-n", 5)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert {row["id"]: row["text"] for row in rows} == {
        "a": "Ông Mẫu tới\r\nHuế.\r\n", "b": "Trời đẹp.",
    }  # fmt: skip
    assert [row["meta"]["selection"]["rank"] for row in rows] == [1, 2]
    assert "only 2 of 5 chosen" in done.stderr


def test_a_file_that_is_not_utf_8_is_one_line(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"ab\xff")
    done = label_studio("select", tmp_path / "a.txt", "-n", 1)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "byte 0xff at offset 2" in done.stderr
