"""Tasks out and annotations back, without a server."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evaluation.conftest import annotated
from vidner import Entity
from vidner._errors import DocumentError
from vidner.documents import Document
from vidner.documents.label_studio import (
    document_to_task,
    entities_to_regions,
    task_to_annotations,
    task_to_document,
)

NOTE = annotated(
    "note", "Ông Trần Văn Mẫu đến Hà Nội sáng 3/6.",
    ("Trần Văn Mẫu", "PERSON"), ("Hà Nội", "LOC"), ("sáng 3/6", "DATE"), form="brief",
)  # fmt: skip
REGIONS = entities_to_regions(NOTE.entities)


def annotation(regions=REGIONS, *, who=1, at=1, **more):
    return {"id": at, "completed_by": who, "result": regions, "updated_at": f"2026-0{at}", **more}


def task(*annotations, document=NOTE, **more):
    """What the API answers for a task."""
    sent = document_to_task(document, predicted=document.entities, model_version="m1")
    predictions = [{"id": 7, **sent["predictions"][0]}]
    row = {"id": 3, **sent, "predictions": predictions, "annotations": annotations, **more}
    return json.loads(json.dumps(row))


def region(first, last, label="LOC", **value):
    [row] = entities_to_regions([Entity(first, last, label, NOTE.text[first:last])])
    return {**row, "value": {**row["value"], **value}}


def without(key, value, row):
    return {**row, key: value}


def test_a_region_has_label_studio_s_form_and_a_stable_id():
    [first, *_] = REGIONS
    assert first == {
        "id": entities_to_regions(NOTE.entities[:1])[0]["id"],
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "score": 1.0,
        "value": {"start": 4, "end": 16, "text": "Trần Văn Mẫu", "labels": ["PERSON"]},
    }
    assert len({each["id"] for each in REGIONS}) == 3


def test_other_names_are_used_both_ways():
    names = {"from_name": "ner", "to_name": "article"}
    sent = document_to_task(NOTE, finished=True, **names)
    assert {each["from_name"] for each in sent["annotations"][0]["result"]} == {"ner"}
    assert task_to_document(sent, **names).entities == NOTE.entities


def test_a_prediction_says_who_made_it_and_how_sure_it_is():
    guesses = [replace(e, score=s) for e, s in zip(NOTE.entities, (0.5, 0.7, 0.9), strict=True)]
    [prediction] = document_to_task(NOTE, predicted=guesses, model_version="m1")["predictions"]
    assert (prediction["model_version"], prediction["score"]) == ("m1", 0.7)
    assert [each["score"] for each in prediction["result"]] == [0.5, 0.7, 0.9]


def test_no_prediction_and_an_empty_one_are_told_apart():
    assert "predictions" not in document_to_task(NOTE)
    [prediction] = document_to_task(NOTE, predicted=[])["predictions"]
    assert (prediction["score"], prediction["result"]) == (0.0, [])


signs = st.sampled_from("aố 😀\r\n\t\u0301\u00a0<&\\n1")
texts = st.text(signs).map(lambda text: f"Huế {text}.")


@given(texts, st.dictionaries(st.text(), st.integers()))
def test_what_is_sent_comes_back(text, meta):
    document = annotated("x", text, ("Huế", "LOC"), **{f"_{key}": meta[key] for key in meta})
    sent = json.loads(json.dumps(document_to_task(document, finished=True)))
    back = task_to_document({"id": 1, **sent})
    assert (back.id, back.text, back.entities) == (document.id, text, document.entities)
    assert document.meta.items() <= back.meta.items()


@pytest.mark.parametrize(
    ("entity", "message"),
    [
        (Entity(0, 3, "CITY", "Ông"), "unknown label"),
        (Entity(30, 99, "LOC", "x"), "outside the text"),
        (Entity(-2, 3, "LOC", "x"), "outside the text"),
        (Entity(4, 4, "LOC", ""), "outside the text"),
        (Entity(0, 3, "LOC", "Bà"), "the text there is 'Ông'"),
        (Entity(9, 16, "LOC", "Văn Mẫu"), "overlap"),
    ],
    ids=["label", "end", "start", "empty", "text", "overlap"],
)
def test_a_wrong_prediction_is_not_sent(entity, message):
    with pytest.raises(DocumentError, match=message):
        document_to_task(NOTE, predicted=[*NOTE.entities, entity])


def test_a_prediction_may_begin_inside_a_word():
    assert document_to_task(NOTE, predicted=[Entity(5, 8, "PERSON", "rần")])


@pytest.mark.parametrize("text", ["", " \n", "a\x00b", "a\ud800b"])
def test_a_text_that_cannot_be_annotated_or_stored_is_not_sent(text):
    with pytest.raises(DocumentError, match=r"^x: the text "):
        document_to_task(Document("x", text))


WRONG = {
    "label": (region(21, 27, "CITY"), "wanted exactly one label of PERSON"),
    "no label": (region(21, 27, labels=[]), "wanted exactly one label"),
    "two labels": (region(21, 27, labels=["LOC", "ORG"]), "wanted exactly one label"),
    "outside": (region(21, 27, end=9999), "outside the text; it has 37 characters"),
    "negative": (region(21, 27, start=-1), "outside the text"),
    "empty": (region(21, 21), "an empty span"),
    "reversed": (region(21, 27, end=20), "outside the text"),
    "no number": (region(21, 27, start="21"), "wanted whole numbers"),
    "text": (region(21, 27, text="Huế"), "says 'Huế', but the text there is 'Hà Nội'"),
    "inside a word": (region(22, 27), "begins or ends inside a word"),
    "full stop": (region(33, 37, "DATE"), "must end with a letter or digit"),
    "white space": (region(20, 21), "nothing but white space"),
    "overlap": (region(9, 16), "overlaps PERSON 'Trần Văn Mẫu' at 4-16"),
    "type": (without("type", "choices", region(21, 27)), "another type"),
    "control": (without("from_name", "other", region(21, 27)), "wanted 'label' to 'text'"),
    "no region": ("?", "another type"),
}


@pytest.mark.parametrize(("wrong", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_region_is_an_error_that_says_where(wrong, message):
    with pytest.raises(DocumentError) as caught:
        task_to_document(task(annotation([REGIONS[0], wrong])))
    assert message in str(caught.value)
    assert str(caught.value).startswith("note: annotation 1 of user 1: ")


@pytest.mark.parametrize(("wrong", "message"), WRONG.values(), ids=WRONG)
def test_with_a_report_only_the_wrong_region_is_left_out(wrong, message):
    report = []
    document = task_to_document(task(annotation([REGIONS[0], wrong])), report=report)
    assert document.entities == NOTE.entities[:1]
    [finding] = report
    assert (finding.document, finding.kind) == ("note", "error")
    assert message in finding.message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"text": NOTE.text + " "}, "not the one that was pushed"),
        ({"text": None}, "has no 'text' in its data"),
    ],
)
def test_another_text_is_an_error_or_a_finding(data, message):
    changed = task(annotation())
    changed["data"] |= data
    with pytest.raises(DocumentError, match=message):
        task_to_document(changed)
    report = []
    assert task_to_document(changed, report=report) is None
    assert [finding.kind for finding in report] == ["error"]


def test_what_the_browser_does_to_white_space_is_no_difference():
    document = annotated("x", "Hội nghị\r\n ADMM+  lần 3", ("Hội nghị\r\n ADMM+  lần 3", "EVENT"))
    [row] = entities_to_regions(document.entities)
    row["value"]["text"] = "Hội nghị\\n ADMM+ lần 3"
    back = task_to_document(task(annotation([row]), document=document))
    assert back.entities == document.entities


def test_white_space_at_the_edges_of_a_region_is_cut_off_and_reported():
    report = []
    document = task_to_document(task(annotation([region(20, 28)])), report=report)
    assert document.entities == NOTE.entities[1:2]
    assert [finding.kind for finding in report] == ["trimmed"]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (task(annotation(was_cancelled=True)), "skipped"),
        (task(drafts=[{"result": REGIONS}]), "draft"),
        (task(), "open"),
    ],
)
def test_a_task_without_a_finished_annotation_is_reported(row, kind):
    report = []
    assert task_to_document(row, report=report) is None
    assert [(finding.document, finding.kind) for finding in report] == [("note", kind)]


def test_a_cancelled_annotation_beside_a_finished_one_is_left_out():
    found = task_to_document(task(annotation(), annotation([], who=2, at=2, was_cancelled=True)))
    assert found.entities == NOTE.entities


def test_an_annotation_without_regions_is_an_answer():
    assert task_to_document(task(annotation([]))).entities == ()


def test_ground_truth_wins_over_the_majority():
    votes = [annotation(REGIONS, who=who, at=who + 1) for who in (2, 3)]
    found = task_to_document(task(annotation(REGIONS[:1], ground_truth=True), *votes))
    assert found.entities == NOTE.entities[:1]
    assert found.meta["label_studio"]["decided"] == "ground truth of user 1"


def test_a_span_counts_when_most_annotators_have_it():
    report = []
    rows = [annotation(REGIONS[:2]), annotation(REGIONS[1:], who=2, at=2)]
    rows.append(annotation(REGIONS[1:2], who=3, at=3))
    found = task_to_document(task(*rows), report=report)
    assert found.entities == NOTE.entities[1:2]
    assert found.meta["label_studio"]["decided"] == "majority, 3 annotators"
    assert [finding.message for finding in report] == [
        "PERSON 'Trần Văn Mẫu' at 4-16: marked by user 1, not by user 2, user 3; left out",
        "DATE 'sáng 3/6' at 28-36: marked by user 2, not by user 1, user 3; left out",
    ]


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1)])
def test_the_latest_annotation_decides_where_it_is_half_and_half(first, second):
    rows = [annotation(REGIONS, at=first), annotation(REGIONS[:1], who=2, at=second)]
    found = task_to_document(task(*rows))
    assert len(found.entities) == (3 if first > second else 1)


def test_of_one_annotator_the_latest_annotation_counts():
    rows = [annotation(REGIONS[:1], at=2), annotation(REGIONS, at=1)]
    [found] = task_to_annotations(task(*rows))
    assert found.document.entities == NOTE.entities[:1]


def test_provenance_says_who_when_how_long_and_what_became_of_the_prediction():
    changed = [*REGIONS[:2], region(33, 36, "DATE")]
    row = annotation(changed, lead_time=12.5, created_at="2026-01", parent_prediction=7)
    found = task_to_document(task(row), annotators={1: "lan@example.com"})
    assert found.meta["form"] == "brief"
    assert found.meta["label_studio"] == {
        "decided": "one annotator, lan@example.com",
        "annotations": [
            {
                "task": 3,
                "annotation": 1,
                "annotator": "lan@example.com",
                "created": "2026-01",
                "updated": "2026-01",
                "lead_time": 12.5,
                "ground_truth": False,
                "prediction": {
                    "model_version": "m1", "changed": True, "kept": 2, "removed": 1, "added": 1,
                },
            }
        ],
    }  # fmt: skip


def test_a_json_export_names_annotators_in_full():
    [found] = task_to_annotations(task(annotation(who={"id": 4, "email": "lan@example.com"})))
    assert found.annotator == "lan@example.com"
