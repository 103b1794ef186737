"""The written corpus, its statistics, and the documents generated from the data."""

import subprocess
import sys

import pytest

from vidner._entities import Entity
from vidner.documents import Document, problems
from vidner.documents.marks import read_marks
from vidner.documents.seg import seg_to_text
from vidner.evaluation.coverage import (
    group_table,
    mention_table,
    near_duplicates,
    shared_runs,
    statistics,
    topic_table,
)
from vidner.train.data import align


@pytest.fixture(scope="module")
def corpus(repository):
    return [
        d for path in sorted(repository.glob("annotations/corpus/*.txt")) for d in read_marks(path)
    ]


def test_the_corpus_breaks_no_rule_and_loses_no_entity(corpus):
    assert len(corpus) >= 300
    assert len({document.id for document in corpus}) == len(corpus)
    for document in corpus:
        assert problems(document) == []
        assert align(document).lost == []


def test_near_duplicates_are_under_one_percent_of_the_corpus(corpus):
    assert len(near_duplicates(corpus)) < len(corpus) / 100


def test_near_duplicates_are_found():
    text = "một hai ba bốn năm sáu bảy tám chín mười mười một mười hai"
    documents = [Document("a", text), Document("b", f"{text} nữa"), Document("c", text[::-1])]
    assert [pair[:2] for pair in near_duplicates(documents)] == [("a", "b")]


def test_a_long_run_shared_with_another_text_is_found():
    words = "Bộ trưởng nhấn mạnh hai bên cần tiếp tục thúc đẩy hợp tác quốc phòng"
    shared = shared_runs([Document("a", f"{words}.")], [f"Hôm qua, {words.upper()} nữa"])
    assert [name for name, _ in shared] == ["a"] * 4
    assert shared_runs([Document("a", words)], [words[:30], words[30:]]) == []


def test_statistics_count_entities_and_distinct_strings():
    entities = (Entity(0, 3, "LOC", "Lào"), Entity(5, 8, "LOC", "Lào"), Entity(10, 12, "LOC", "Mỹ"))
    found = statistics([Document("a", "Lào, Lào, Mỹ\n\n", entities, {"form": "Brief "})])
    assert (found["documents"], found["lines"]) == (1, 1)
    assert found["labels"]["LOC"] == {
        "entities": 3, "distinct": 2, "commonest": "Lào", "share": 0.6667,
    }  # fmt: skip
    table = group_table([Document("a", "Lào", entities[:1], {"form": "Brief "})], key="form")
    assert table.splitlines()[-1] == "| brief | 1 | 0 | 0 | 1 | 0 | 0 |"


def test_topics_are_found_in_text_and_topic_line():
    documents = [
        Document("a", "Hải quân Lào", meta={"topic": "x"}),
        Document("b", "-", meta={"topic": "Hải quân"}),
    ]
    table = topic_table(documents, {"navy": "Hải quân", "cyber": "mạng"})
    assert [row.split(" | ")[1] for row in table.splitlines()[2:]] == ["2", "0"]


def test_mentions_are_counted_by_form():
    text = "Chiến, HÀ NỘI, đảng Xanh, Chiến"
    spans = [(0, 5, "PERSON"), (7, 13, "LOC"), (15, 24, "ORG"), (26, 31, "PERSON")]
    document = Document("a", text, tuple(Entity(a, b, c, text[a:b]) for a, b, c in spans))
    forms = {"PERSON": {"one": r"\w+"}, "LOC": {"caps": "isupper"}, "ORG": {"small": "islower"}}
    rows = mention_table([document], forms).splitlines()[2:]
    assert rows == ["| PERSON, one | 2 | 1 |", "| LOC, caps | 1 | 1 |", "| ORG, small | 1 | 1 |"]


@pytest.mark.parametrize("script", ["annotation_tables", "card", "results_page"])
def test_a_generated_document_is_up_to_date(repository, script):
    command = [sys.executable, f"training/{script}.py", "--check"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "up to date", done.stdout + done.stderr


@pytest.mark.parametrize(
    ("segmented", "text"),
    [
        ("Bộ_trưởng Nga , ông Sergei Shoigu .", "Bộ trưởng Nga, ông Sergei Shoigu."),
        ("Tập_trận ( RIMPAC ) : “ sẵn_sàng ” !", "Tập trận (RIMPAC): “sẵn sàng”!"),
        ('Ông nói " có " , rồi " không " .', 'Ông nói "có", rồi "không".'),
        ("Việt_Nam - Lào 7 , 7 tấn ...", "Việt Nam - Lào 7, 7 tấn..."),
        ("một\n\nhai _ ba", "một\n\nhai _ ba"),
    ],
)  # fmt: skip
def test_segmented_text_becomes_running_text(segmented, text):
    assert seg_to_text(segmented) == text
