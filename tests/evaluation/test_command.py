"""`vidner evaluate` as a user runs it; bad input is one clear error."""

import json

import pytest

from tests.evaluation.conftest import annotated
from tests.test_cli import vidner
from vidner._errors import DocumentError
from vidner.documents.jsonl import write_jsonl
from vidner.evaluation.files import read_peers, read_predictions, read_results, write_result
from vidner.evaluation.scores import score

TEXT = "Ông Chiến thăm Nhật Bản."
GOLD = annotated("d1", TEXT, ("Chiến", "PERSON"), ("Nhật Bản", "LOC"))
OTHER = annotated("d2", "Theo TTXVN.", ("TTXVN", "ORG"))


def row(**changes):
    return json.dumps({**GOLD.to_dict(), **changes}, ensure_ascii=False)


def span(start, end, label="LOC"):
    return {"start": start, "end": end, "label": label}


@pytest.fixture
def gold(tmp_path):
    path = tmp_path / "gold.jsonl"
    write_jsonl([GOLD, OTHER], path)
    return path


def test_the_command_writes_three_files_and_shows_the_scores(gold, tmp_path):
    found = tmp_path / "half.jsonl"
    write_jsonl([GOLD, OTHER.with_entities([])], found)
    out = tmp_path / "out"
    done = vidner(
        "evaluate", gold, "--against", found, "--train", gold, "--dev", gold, "-o", out,
        "--protocol", "on itself",
    )  # fmt: skip
    # matplotlib may speak of its font cache there.
    assert (done.returncode, "vidner:" in done.stderr.decode()) == (0, False)
    assert {path.name for path in out.iterdir()} == {"report.html", "report.md", "report.json"}
    assert done.stdout.decode().startswith("| label | precision |")
    record = json.loads((out / "report.json").read_text("utf-8"))
    assert record["protocol"] == "on itself"
    model, _, half = record["peers"]
    assert half["scores"]["micro"]["right"] == 2
    assert min(model[k] for k in ("syllables_per_second", "cold_start_s", "peak_memory_mb")) > 0
    assert record["exposure"]["documents_in_training"] == 2
    assert all(
        set(row) == {"recall", "right", "gold"} for row in record["exposure"]["recall"].values()
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "no document in it"),
        ([row(), '{"id": "d9", "entities": []}'], "line 2, document 'd9': wanted id, text"),
        ([row(entities=[span(0, 9), span(4, 9)])],
         "line 1, document d1: 'Ông Chiến' and 'Chiến' overlap"),
        ([row(entities=[span(4, 99)])],
         "line 1, document d1: LOC 'Chiến thăm Nhật Bản.' at 4-99: outside the text, which has 24"),
        ([row(entities=[span(4, 9, "PLACE")])],
         "line 1, document d1: PLACE 'Chiến' at 4-9: unknown label"),
        ([row(), row()], "line 2, document d1: line 1 has the same id"),
        (["{"], "line 1: not JSON"),
        ([row(meta=None)], "line 1, document d1: meta is None, wanted an object"),
        ([row(entities=7)], "line 1, document 'd1': wanted id, text"),
    ],
    ids=["empty", "no text", "overlap", "outside", "label", "twice", "no JSON", "meta", "no list"],
)  # fmt: skip
def test_bad_gold_is_one_error(tmp_path, lines, message):
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    done = vidner("evaluate", path, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert message in done.stderr.decode()
    assert str(path) in done.stderr.decode()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "no document in it"),
        ([row()], "predictions for 1 of 2 gold documents are missing, the first is 'd2'"),
        ([row(id="d7")], "line 1, document 'd7': gold has no such document"),
        ([row(text="Khác")], "line 1, document 'd1': its text differs from gold's"),
        ([row(), row()], "line 2, document 'd1': an earlier line has the same id"),
        ([row(entities=[span(4, 9, "PER")])], "line 1, document 'd1': unknown label 'PER'"),
        ([row(entities=[span(4, 99)])], "LOC at 4-99: outside the text"),
        ([row(entities=[span(0, 9), span(4, 9)])], "'Ông Chiến' at 0 and 'Chiến' overlap"),
        ([row(entities=[{"start": 1}])], "line 1, document 'd1': wanted id, text and entities"),
    ],
)  # fmt: skip
def test_bad_predictions_are_one_error(tmp_path, gold, lines, message):
    path = tmp_path / "found.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    done = vidner("evaluate", gold, "--against", path, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert message in done.stderr.decode()


@pytest.mark.parametrize("option", ["--train", "--dev", "--results", "--against"])
def test_a_missing_file_is_one_error(tmp_path, gold, option):
    done = vidner("evaluate", gold, option, tmp_path / "none", "-o", tmp_path / "out")
    assert (done.returncode, done.stderr.decode().count("\n")) == (2, 1)
    assert "No such file or directory" in done.stderr.decode()


def test_predictions_may_come_in_any_order_with_scores(tmp_path):
    path = tmp_path / "found.jsonl"
    scored = {**OTHER.to_dict(), "entities": [{**span(5, 10, "ORG"), "score": 0.5}]}
    path.write_text(f"{json.dumps(scored)}\n{row()}", "utf-8")
    first, second = read_predictions(path, [GOLD, OTHER])
    assert (first, second.entities[0].score) == (GOLD, 0.5)


def test_a_peer_brings_what_it_costs(tmp_path):
    write_jsonl([GOLD], tmp_path / "crf.jsonl")
    (tmp_path / "crf.info.json").write_text('{"install_mb": 96}')
    (peer,) = read_peers([tmp_path / "crf.jsonl"], [GOLD])
    assert (peer.name, peer.facts) == ("crf", {"install_mb": 96})


def test_two_peers_of_one_name_are_an_error(tmp_path):
    write_jsonl([GOLD], tmp_path / "crf.jsonl")
    with pytest.raises(DocumentError, match="called 'crf' too"):
        read_peers([tmp_path / "crf.jsonl"] * 2, [GOLD])


def test_help_has_an_example():
    assert "example: vidner evaluate" in vidner("evaluate", "--help").stdout.decode()


def test_a_recorded_result_is_read_again(tmp_path):
    path = tmp_path / "new" / "corpus-cv.json"
    write_result(path, "three folds", score([GOLD], [GOLD]), folds=3)
    result = read_results([path])["corpus-cv"]
    assert (result["protocol"], result["folds"]) == ("three folds", 3)
    assert result["scores"]["micro"]["f1"] == 1.0
