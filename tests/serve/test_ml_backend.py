"""Label Studio's ML-backend protocol, with requests as its server sends them."""

import json
import logging
import unicodedata

import pytest
from starlette.testclient import TestClient

from vidner import VidnerError
from vidner.serve import create_app

CONFIG = """<View><Labels name="ner" toName="doc">
<Label value="PERSON"/><Label value="LOC"/><Label value="Other"/></Labels>
<Text name="doc" value="$body" granularity="word"/></View>"""
TEXTS = [
    "😀 Ông Hoàng Xuân Chiến (BQP) thăm Nhật Bản.\r\n\r\nTheo TTXVN.",
    unicodedata.normalize("NFD", "Bộ Quốc phòng  họp tại Hà Nội ngày 10/2."),
    "Không có gì.",
]


def predict(client, tasks, config=CONFIG):
    return client.post(
        "/predict",
        json={
            "tasks": tasks,
            "project": "3.1700000000",
            "label_config": config,
            "params": {"login": None, "password": None, "context": None},
        },
    )


def tasks(key="body"):
    return [{"id": 7 + number, "data": {key: text}, "annotations": [], "meta": {}}
            for number, text in enumerate(TEXTS)]  # fmt: skip


def test_health_is_up(client):
    assert client.get("/health").json()["status"] == "UP"


def test_setup_answers_with_the_version_and_what_the_project_lacks(client, caplog):
    answer = client.post(
        "/setup",
        json={"project": "3.17", "schema": CONFIG, "hostname": "http://localhost:8080",
              "access_token": "a-secret", "extra_params": None},
    )  # fmt: skip
    assert answer.json() == {
        "model_version": "tiny-1",
        "missing_labels": ["ORG", "EVENT", "DATE"],
    }
    assert "a-secret" not in caplog.text


def test_the_projects_own_configuration_lacks_nothing(client, repository):
    config = (repository / "annotations/label_config.xml").read_text("utf-8")
    answer = client.post("/setup", json={"schema": config, "project": "1"})
    assert answer.json()["missing_labels"] == []
    assert predict(client, tasks("text"), config).json()["results"][0]["result"]


def test_each_task_gets_its_prediction_in_order(real_client, tagger):
    answer = predict(real_client, tasks()).json()
    assert answer["model_version"] == "vidner"
    for text, result in zip(TEXTS, answer["results"], strict=True):
        wanted = [e for e in tagger.tag(text) if e.label in ("PERSON", "LOC")]
        values = [region["value"] for region in result["result"]]
        assert [(v["start"], v["end"], *v["labels"]) for v in values] == [e.span for e in wanted]
        assert all(text[v["start"] : v["end"]] == v["text"] for v in values)
        assert result["model_version"] == "vidner"
    assert [bool(result["result"]) for result in answer["results"]] == [True, True, False]


def test_regions_are_named_by_the_configuration(real_client):
    regions = predict(real_client, tasks()).json()["results"][0]["result"]
    assert {(r["from_name"], r["to_name"], r["type"]) for r in regions} == {
        ("ner", "doc", "labels")
    }
    assert len({region["id"] for region in regions}) == len(regions)


def test_scores_are_those_of_the_regions_and_their_mean(real_client):
    results = predict(real_client, tasks()).json()["results"]
    scores = [region["score"] for region in results[0]["result"]]
    assert all(0 < score <= 1 for score in scores)
    assert results[0]["score"] == pytest.approx(sum(scores) / len(scores), abs=1e-4)
    assert results[2]["score"] == 0


def test_a_task_without_text_gets_an_empty_prediction_and_a_line(real_client, caplog):
    sent = [*tasks(), {"id": 1, "data": {"body": None}}]
    with caplog.at_level(logging.WARNING, "vidner.serve"):
        results = predict(real_client, sent).json()["results"]
    assert results[0]["result"]
    assert results[-1] == {"result": [], "score": 0.0, "model_version": "vidner"}
    assert "1 of 4 tasks have no text in 'body'" in caplog.text


def test_no_tasks_are_no_predictions(client):
    assert predict(client, []).json()["results"] == []


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ("<View>", "is not XML"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><View/>", "has a document type"),
        ("<View/>", "has no <Labels> tag with one of the labels PERSON"),
        (CONFIG.replace("PERSON", "PER").replace("LOC", "PLACE"), "has no <Labels> tag"),
        (CONFIG.replace('toName="doc"', 'toName="else"'), "has no <Labels> tag"),
        (CONFIG.replace("$body", "body"), "<Text name='doc'> has value='body', wanted one like"),
        (CONFIG.replace("granularity", 'valueType="url" granularity'), "has valueType='url'"),
        (CONFIG.replace("$body", "$text"), "no task has a text in data['text']"),
    ],
)
def test_a_configuration_that_cannot_be_served_is_refused(client, config, reason):
    answer = predict(client, tasks(), config)
    assert answer.status_code == 422
    assert reason in answer.json()["error"]


def test_a_request_without_tasks_is_refused(client):
    answer = client.post("/predict", json={"label_config": CONFIG})
    assert (answer.status_code, answer.json()["error"]) == (422, "tasks: Field required")


@pytest.fixture
def recording(tiny, tmp_path):
    log = tmp_path / "webhooks.jsonl"
    return TestClient(create_app(tiny, webhook_log=log)), log


def test_a_webhook_is_recorded_as_a_line_and_answered_with_how_to_retrain(recording):
    client, log = recording
    events = [{"action": "ANNOTATION_CREATED", "task": {"data": {"text": "Hà\nNội \ud83d"}}},
              {"action": "START_TRAINING", "project": {"id": 3}}]  # fmt: skip
    answers = [client.post("/webhook", content=json.dumps(event), headers={
        "Content-Type": "application/json"}) for event in events]  # fmt: skip
    rows = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [row["event"] for row in rows] == events
    assert all(row["received"].endswith("+00:00") for row in rows)
    assert all(answer.json()["status"] == "recorded" for answer in answers)
    message = answers[-1].json()["message"]
    assert "vidner label-studio pull" in message
    assert "training/finetune.py" in message


def test_earlier_webhooks_stay(recording, tiny):
    client, log = recording
    client.post("/webhook", json={"action": "one"})
    TestClient(create_app(tiny, webhook_log=log)).post("/webhook", json={"action": "two"})
    assert log.read_text("utf-8").count("\n") == 2


def test_without_a_file_a_webhook_goes_to_the_log(client, caplog):
    with caplog.at_level(logging.INFO, "vidner.serve"):
        assert client.post("/webhook", json={"action": "PROJECT_UPDATED"}).status_code == 200
    assert "PROJECT_UPDATED" in caplog.text


def test_a_webhook_that_cannot_be_written_is_said(recording):
    client, log = recording
    log.unlink()
    log.mkdir()
    answer = client.post("/webhook", json={"action": "START_TRAINING"})
    assert answer.status_code == 507
    assert "Is a directory" in answer.json()["error"]


def test_a_log_that_cannot_be_written_is_said_at_the_start(tiny, tmp_path):
    with pytest.raises(VidnerError, match="No such file or directory"):
        create_app(tiny, webhook_log=tmp_path / "missing" / "log.jsonl")


def test_versions_are_the_one_model(client):
    assert client.get("/versions").json() == {"versions": ["tiny-1"]}
