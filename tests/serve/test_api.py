"""The API in process: answers, refusals, limits."""

import json
import sys
import threading
import unicodedata
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.serve.conftest import JSON, PATIENCE
from vidner import LABELS, MissingExtraError
from vidner.serve import Limits, create_app

TEXT = "Ông Hoàng Xuân Chiến thăm Nhật Bản."


def entities(client, text):
    # Escaped, as JavaScript writes them: the client's own JSON has no lone surrogates.
    answer = client.post("/tag", content=json.dumps({"text": text}), headers=JSON)
    assert answer.status_code == 200
    return answer.json()["entities"]


def test_a_text_is_answered_with_its_entities(real_client, tagger):
    assert entities(real_client, TEXT) == [entity.to_dict() for entity in tagger.tag(TEXT)]
    assert [e["text"] for e in entities(real_client, TEXT)] == ["Hoàng Xuân Chiến", "Nhật Bản"]


@pytest.mark.parametrize(
    "text",
    [
        f"😀🇻🇳 {TEXT} 👩‍✈️ {TEXT}",
        f"\ufeff{TEXT}\r\n\r\n{TEXT}\r\n",
        unicodedata.normalize("NFD", f"{TEXT} {TEXT}"),
        f"\ud83d {TEXT} \udc00",
        f"\x00\u202e{TEXT}\u2028{TEXT}",
    ],
    ids=["emoji", "CRLF and BOM", "NFD", "lone surrogates", "controls"],
)
def test_offsets_are_code_points_of_the_text_as_it_was_sent(real_client, text):
    found = entities(real_client, text)
    assert {"PERSON", "LOC"} <= {entity["label"] for entity in found}
    assert all(text[e["start"] : e["end"]] == e["text"] for e in found)


@settings(max_examples=50)
@given(text=st.text(st.characters(), max_size=60))
def test_any_text_gets_what_the_tagger_gives(client, tiny, text):
    assert entities(client, text) == [entity.to_dict() for entity in tiny.tag(text)]


def test_several_texts_are_answered_in_their_order(client):
    texts = [TEXT, "", "Hội nghị ADMM+ lần thứ 11 khai mạc.", TEXT * 20]
    results = client.post("/tag", json={"texts": texts}).json()["results"]
    assert [result["entities"] for result in results] == [entities(client, text) for text in texts]
    assert results[0]["entities"]


def test_the_answer_names_the_model(client):
    assert client.post("/tag", json={"text": ""}).json()["model"] == "tiny-1"
    assert client.post("/tag", json={"texts": []}).json() == {"results": [], "model": "tiny-1"}


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("", 422, "body: Field required"),
        ("{", 400, "not JSON: Expecting property name enclosed in double quotes at character 1"),
        (b'{"text": "\xff"}', 400, "not JSON in UTF-8"),
        ("[" * 200_000, 400, "nested without end"),
        ("{}", 422, "text: Field required"),
        ('"a"', 422, "body: Input should be a valid dictionary"),
        ('{"text": 3}', 422, "text: wanted a string, got int"),
        ('{"text": null}', 422, "text: wanted a string, got NoneType"),
        ('{"texts": "a"}', 422, "texts: Input should be a valid list"),
        ('{"texts": ["a", 3]}', 422, "texts.1: wanted a string, got int"),
        ('{"text": "a", "texts": []}', 422, "text: Extra inputs are not permitted"),
        ('{"text": "a", "lang": "vi"}', 422, "lang: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_body_is_refused_with_a_reason(client, body, status, reason):
    answer = client.post("/tag", content=body, headers=JSON)
    assert answer.status_code == status
    assert reason in answer.json()["error"]


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}])
def test_a_body_that_is_not_called_json_is_refused(client, headers):
    """A page of another site can send such a body without asking."""
    answer = client.post("/tag", content='{"text": "a"}', headers=headers)
    assert answer.status_code == 415
    assert "wanted application/json" in answer.json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/nowhere", 404, "there is nothing at /nowhere"),
        ("GET", "/docs", 404, "there is nothing at /docs"),
        ("GET", "/page/../_app.py", 404, "there is nothing at"),
        ("GET", "/page/..%2f_app.py", 404, "there is nothing at"),
        ("GET", "/page/index.html", 404, "there is nothing at"),
        ("GET", "/tag", 405, "use POST"),
        ("DELETE", "/health", 405, "use GET"),
    ],
)
def test_other_requests_are_refused_with_a_reason(client, method, path, status, reason):
    answer = client.request(method, path)
    assert answer.status_code == status
    assert reason in answer.json()["error"]


@pytest.fixture(scope="module")
def narrow(tiny):
    return TestClient(create_app(tiny, limits=Limits(body=2000, characters=10, texts=3)))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"text": "ă" * 11}, "text 1 has 11 characters, at most 10"),
        ({"texts": ["a", "b" * 12]}, "text 2 has 12 characters, at most 10"),
        ({"texts": [""] * 4}, "4 texts in one request, at most 3"),
        ({"text": "a" * 2000}, "larger than 2000 bytes"),
    ],
)
def test_what_is_beyond_the_limits_is_refused(narrow, body, reason):
    answer = narrow.post("/tag", json=body)
    assert answer.status_code == 413
    assert reason in answer.json()["error"]


def test_what_is_within_the_limits_is_taken(narrow):
    assert narrow.post("/tag", json={"texts": ["ă" * 10] * 3}).status_code == 200


def test_a_body_of_unknown_length_is_cut_at_the_limit(narrow):
    answer = narrow.post("/tag", content=iter([b" " * 1500] * 2), headers=JSON)
    assert answer.status_code == 413
    assert "larger than 2000 bytes" in answer.json()["error"]


def test_health_names_the_model_and_the_limits(narrow):
    health = narrow.get("/health").json()
    assert health["status"] == "UP"
    assert health["labels"] == list(LABELS)
    assert health["limits"] == {"body": 2000, "characters": 10, "texts": 3}


def test_the_description_has_the_limits_and_every_refusal(narrow):
    document = narrow.get("/openapi.json").json()
    models = document["components"]["schemas"]
    assert models["OneText"]["properties"]["text"]["maxLength"] == 10
    assert models["ManyTexts"]["properties"]["texts"]["maxItems"] == 3
    for path in ("/tag", "/predict", "/setup", "/webhook"):
        responses = document["paths"][path]["post"]["responses"]
        assert {"200", "400", "413", "415", "422"} <= responses.keys()
        problem = responses["413"]["content"]["application/json"]["schema"]
        assert problem == {"$ref": "#/components/schemas/Problem"}


class Gate:
    """A tagger that waits until it is let through."""

    def __init__(self):
        self.open = threading.Event()

    def tag_many(self, texts):
        assert self.open.wait(PATIENCE)
        return iter([[] for _ in texts])


def test_work_leaves_the_server_answering_and_a_full_queue_is_said():
    gate = Gate()
    app = create_app(gate, limits=Limits(running=2, waiting=1))
    with TestClient(app) as client, ThreadPoolExecutor(4) as pool:
        # Two are worked on, one waits, one is too many.
        requests = [pool.submit(client.post, "/tag", json={"text": "a"}) for _ in range(4)]
        done, waiting = wait(requests, PATIENCE, FIRST_COMPLETED)
        refused = done.pop().result()
        assert client.get("/health").status_code == 200
        gate.open.set()
        answered = [request.result(PATIENCE).status_code for request in waiting]
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert "1 requests are waiting" in refused.json()["error"]
    assert answered == [200, 200, 200]


def test_a_failure_of_the_server_is_json_without_details():
    class Broken:
        def tag_many(self, texts):
            raise RuntimeError("secret")

    client = TestClient(create_app(Broken()), raise_server_exceptions=False)
    answer = client.post("/tag", json={"text": "a"})
    assert answer.status_code == 500
    assert answer.json() == {"error": "the server failed; its log says why"}


@pytest.mark.parametrize("path", ["/", "/page/page.js", "/health", "/nowhere"])
def test_every_answer_forbids_what_the_page_does_not_need(client, path):
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/page/page.css", "text/css"), ("/page/page.js", "text/javascript")],
)
def test_the_page_and_its_files_have_their_types(client, path, kind):
    answer = client.get(path)
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert client.get(path, headers={"If-None-Match": answer.headers["etag"]}).text == answer.text


def test_answers_are_utf_8_json(client):
    answer = client.post("/tag", json={"text": TEXT})
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.content.decode("utf-8")) == answer.json()


@pytest.mark.parametrize("module", ["fastapi", "uvicorn"])
def test_a_missing_package_names_the_extra(tiny, module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"vidner\[serve\]"):
        create_app(tiny)
