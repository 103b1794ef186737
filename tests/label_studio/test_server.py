"""The whole loop against a real Label Studio server."""

import json
import subprocess
import sys
import unicodedata

import pytest

from tests.evaluation.conftest import annotated
from tests.label_studio.server import KEY, wait_until
from tests.serve.conftest import running
from vidner.documents import Document
from vidner.documents.jsonl import read_jsonl

NOTE = annotated(
    "note", "Ông Trần Văn Mẫu đến Hà Nội sáng 3/6.",
    ("Trần Văn Mẫu", "PERSON"), ("Hà Nội", "LOC"), ("sáng 3/6", "DATE"),
)  # fmt: skip
BRIEF = annotated("brief", "Tiểu đoàn 3 về Huế.", ("Tiểu đoàn 3", "ORG"), ("Huế", "LOC"))


def region(document, mention, label):
    start = document.text.index(mention)
    value = {"start": start, "end": start + len(mention), "text": mention, "labels": [label]}
    return {"type": "labels", "from_name": "label", "to_name": "text", "value": value}


def spans(document):
    return [entity.span for entity in document.entities]


def predicted(task):
    return task["predictions"][0]["result"]


def by_id(tasks):
    return {task["data"]["id"]: task for task in tasks}


def reported(path):
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [(row["document"], row["kind"]) for row in rows]


def test_push_makes_the_project_and_the_model_s_predictions(server, run, repository):
    gold = repository / "annotations/gold/seeds.jsonl"
    run("push", gold, "--project", "Predicted", "--predict")
    tasks = by_id(server.tasks("Predicted"))
    for document in read_jsonl(gold):
        task = tasks[document.id]
        assert task["data"]["text"] == document.text
        [prediction] = task["predictions"]
        assert prediction["model_version"].startswith("vidner small ")
        assert 0 < prediction["score"] <= 1
        assert all(0 < each["score"] <= 1 for each in prediction["result"])


@pytest.fixture
def annotated_twice(server, second, run, write):
    """A project's tasks: the first annotator kept a prediction, the second changed it."""

    def maker(title):
        run("push", write([NOTE, BRIEF]), "--project", title, "--annotators", 2)
        tasks = by_id(server.tasks(title))
        note = tasks["note"]
        parent = note["predictions"][0]["id"]
        changed = [*predicted(note)[:-1], region(NOTE, "3/6", "DATE")]
        server.annotate(note, predicted(note), parent_prediction=parent, lead_time=4.5)
        server.annotate(note, changed, key=second, parent_prediction=parent)
        server.annotate(tasks["brief"], predicted(tasks["brief"]), key=second)
        return tasks

    return maker


def test_a_document_waits_for_as_many_annotators_as_were_asked_for(server, annotated_twice):
    annotated_twice("Waiting")
    done = {name: task["is_labeled"] for name, task in by_id(server.tasks("Waiting")).items()}
    assert done == {"note": True, "brief": False}


def test_two_annotators_are_merged_with_provenance(annotated_twice, pull, tmp_path):
    annotated_twice("Merged")
    gold = pull("Merged", "--report", tmp_path / "report.jsonl")
    assert spans(gold["brief"]) == spans(BRIEF)
    assert spans(gold["note"])[:2] == spans(NOTE)[:2]
    assert gold["note"].entities[2].text == "3/6"  # half and half: the latest decides
    origin = gold["note"].meta["label_studio"]["annotations"]
    assert [each["annotator"] for each in origin] == ["admin@example.com", "second@example.com"]
    assert origin[0]["lead_time"] == 4.5
    assert [each["prediction"]["changed"] for each in origin] == [False, True]
    assert reported(tmp_path / "report.jsonl") == [("note", "disagreement")] * 2


def test_agreement_is_measured_and_differences_are_listed(annotated_twice, run):
    annotated_twice("Agreement")
    shown = run("agreement", "--project", "Agreement").stdout
    assert "admin@example.com and second@example.com, 1 documents" in shown
    assert "note - DATE 'sáng 3/6' at 28" in shown
    assert "note + DATE '3/6' at 33" in shown


def test_an_edited_annotation_comes_with_the_next_pull(
    server, annotated_twice, run, pull, tmp_path
):
    annotated_twice("Edited")
    pull("Edited")
    before, after = tmp_path / "before.jsonl", tmp_path / "gold.jsonl"
    after.rename(before)
    [first, _] = by_id(server.tasks("Edited"))["note"]["annotations"]
    server.call(
        "PATCH", f"annotations/{first['id']}", result=first["result"][:1], ground_truth=True
    )
    gold = pull("Edited")
    assert gold["note"].meta["label_studio"]["decided"] == "ground truth of admin@example.com"
    shown = run("diff", before, after, fails=True).stdout.splitlines()
    assert [line.split(" at ")[0] for line in shown] == [
        "note - LOC 'Hà Nội'", "note - DATE '3/6'",
    ]  # fmt: skip


def test_the_ml_backend_marks_tasks_and_records_training(server, run, write, tagger, tmp_path):
    run("push", write([Document("note", NOTE.text)]), "--project", "Backend")
    number = server.project("Backend")
    webhooks = tmp_path / "webhooks.jsonl"
    with running("--webhook-log", webhooks) as backend:
        connected = server.call("POST", "ml", project=number, url=backend.url, title="vidner")
        assert connected["state"] == "CO"  # connected
        server.call(
            "POST", f"dm/actions?id=retrieve_tasks_predictions&project={number}",
            project=number, selectedItems={"all": True, "excluded": []},
        )  # fmt: skip
        [task] = wait_until(
            lambda: [t for t in server.tasks("Backend") if t["predictions"]], "a prediction"
        )
        server.call("POST", f"ml/{connected['id']}/train", use_ground_truth=False)
        wait_until(lambda: webhooks.read_text("utf-8"), "a webhook")
    regions = [each["value"] for each in task["predictions"][0]["result"]]
    found = [(value["start"], value["end"], value["labels"][0]) for value in regions]
    assert found == [entity.span for entity in tagger.tag(NOTE.text)]
    assert task["predictions"][0]["model_version"].startswith("vidner-small-")


TRICKY = {
    "emoji": "😀🇻🇳 Hà Nội 👨‍👩‍👧 đón Trần Văn Mẫu.",
    "crlf": "Hà Nội\r\n\r\nÔng Trần Văn Mẫu\r\nđến Huế.\r\n",
    "nfd": unicodedata.normalize("NFD", "Ông Trần Văn Mẫu rời Hà Nội."),
    "spaces": "  Ông  Trần  Văn Mẫu\u00a0 về\tHà Nội .  ",
    "lines": "\n\n\nHà Nội\n\n\u200bTrần Văn Mẫu\n",
    "markup": "<b>Hà Nội</b> &amp; \"Trần Văn Mẫu\" {{x}} $text \\n",
}  # fmt: skip


def test_difficult_texts_come_back_with_identical_offsets(
    server, run, write, pull, tagger, repository
):
    documents = [Document(name, text) for name, text in TRICKY.items()]
    documents = [each.with_entities(tagger.tag(each.text)) for each in documents]
    documents += read_jsonl(repository / "annotations/gold/seeds.jsonl")
    assert all(document.entities for document in documents)
    run("push", write(documents), "--project", "Difficult")
    for task in server.tasks("Difficult"):
        server.annotate(task, predicted(task))
    gold = pull("Difficult")
    assert all(each.meta.items() <= gold[each.id].meta.items() for each in documents)
    assert [gold[each.id].text for each in documents] == [each.text for each in documents]
    assert [spans(gold[each.id]) for each in documents] == [spans(each) for each in documents]


def test_a_second_push_adds_only_what_is_missing(server, run, write):
    run("push", write([NOTE]), "--project", "Twice")
    done = run("push", write([NOTE, BRIEF]), "--project", "Twice")
    assert "1 new, 1 were there, 1 predictions" in done.stdout
    run("push", write([NOTE, BRIEF]), "--project", "Twice", "--model-version", "next")
    tasks = server.tasks("Twice")
    assert sorted(task["data"]["id"] for task in tasks) == ["brief", "note"]
    versions = [sorted(each["model_version"] for each in task["predictions"]) for task in tasks]
    assert versions == [["documents", "next"]] * 2


def test_another_text_under_a_known_id_is_refused_before_anything_is_sent(server, run, write):
    run("push", write([NOTE]), "--project", "Changed")
    other = Document("note", "Một văn bản khác.")
    done = run("push", write([BRIEF, other]), "--project", "Changed", fails=True)
    assert "with another text" in done.stderr
    assert len(server.tasks("Changed")) == 1


def test_skipped_open_and_wrong_annotations_are_reported(server, run, write, pull, tmp_path):
    documents = [Document(name, NOTE.text) for name in ("skip", "open", "wrong", "good")]
    run("push", write(documents), "--project", "Report")
    tasks = by_id(server.tasks("Report"))
    server.annotate(tasks["skip"], [], was_cancelled=True)
    wrong = [region(NOTE, "Hà Nội", "CITY"), region(NOTE, "Hà Nội", "LOC")]
    wrong[1]["value"]["end"] = 9999
    server.annotate(tasks["wrong"], [*wrong, region(NOTE, "Trần Văn Mẫu", "PERSON")])
    server.annotate(tasks["good"], [region(NOTE, "Hà Nội", "LOC")])

    out = tmp_path / "gold.jsonl"
    done = run("pull", "--project", "Report", "-o", out, fails=True)
    assert done.stderr.count("\n") == 1
    assert "['CITY'] at 21-27" in done.stderr and "and 1 more" in done.stderr
    assert not out.exists()

    gold = pull("Report", "--report", tmp_path / "report.jsonl")
    assert {name: len(document.entities) for name, document in gold.items()} == {
        "wrong": 1, "good": 1,
    }  # fmt: skip
    assert sorted(reported(tmp_path / "report.jsonl")) == [
        ("open", "open"), ("skip", "skipped"), ("wrong", "error"), ("wrong", "error"),
    ]  # fmt: skip


def test_a_personal_access_token_works_too(server, run, write):
    token = server.access_token()
    done = run("push", write([NOTE]), "--project", "Token", key=token)
    assert "1 new" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--project", "Nowhere"], "no project 'Nowhere'"),
        (["--project", "Sentiment"], "offers bad, good; wanted <Labels> with PERSON"),
        (["--project", "Nowhere", "--api-key", "0" * 40], "refuses the API key (401"),
        (["--project", "Nowhere", "--api-key", "khoá"], "signs that no key has"),
        (["--project", "Nowhere", "--url", "http://127.0.0.1:9"], "no server answers at"),
    ],
    ids=["project", "labels", "key", "sign", "address"],
)
def test_what_cannot_work_is_one_line(server, run, tmp_path, arguments, message):
    config = (
        '<View><Text name="t" value="$text"/><Choices name="c" toName="t">'
        '<Choice value="good"/></Choices><Labels name="l" toName="t">'
        '<Label value="good"/><Label value="bad"/></Labels></View>'
    )
    if "Sentiment" in arguments:
        server.call("POST", "projects/", title="Sentiment", label_config=config)
    done = run("pull", *arguments, "-o", tmp_path / "gold.jsonl", fails=True)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert message in done.stderr


def test_a_thousand_documents_survive_a_server_that_is_killed(server, run, write, pull):
    documents = [
        annotated(
            f"brief-{number:04}", f"Tiểu đoàn {number} hành quân qua Huế.",
            (f"Tiểu đoàn {number}", "ORG"), ("Huế", "LOC"),
        )
        for number in range(1000)
    ]  # fmt: skip
    path = write(documents)
    command = [sys.executable, "-m", "vidner", "label-studio", "push", str(path), "--finished"]
    command += ["--project", "Thousand", "--url", server.url, "--api-key", KEY]
    pushing = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def has_begun():
        listed = server.call("GET", "projects/?page_size=1000")["results"]
        return any(each["title"] == "Thousand" and each["task_number"] > 0 for each in listed)

    wait_until(has_begun, "the first task")
    server.kill()
    _, told = pushing.communicate(timeout=600)
    assert (pushing.returncode, told.count("\n")) == (1, 1)
    assert "of 1000 documents are done, run the same command again" in told

    server.start()
    before = len(server.tasks("Thousand"))
    assert 0 < before < 1000
    done = run("push", path, "--finished", "--project", "Thousand")
    assert f"{1000 - before} new, {before} were there" in done.stdout
    assert len(server.tasks("Thousand")) == 1000
    gold = pull("Thousand")
    assert [gold[each.id].entities for each in documents] == [each.entities for each in documents]
