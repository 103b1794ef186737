"""Annotated documents: checks, and every converter there and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidner._entities import LABELS, Entity
from vidner._errors import DocumentError
from vidner.documents import Document, check, make_entity, problems
from vidner.documents.jsonl import read_jsonl, write_jsonl
from vidner.documents.marks import entities_to_marks, parse_marks, read_marks, replace_marks
from vidner.documents.mentions import locate, parse_lists, unmarked_repeats
from vidner.documents.news import checksum, draw, excerpt, join, to_layer

TEXT = "Bộ Quốc phòng Việt Nam họp.\nÔng Chiến dự ADMM+ tại Việt Nam, người Việt Nam."


def document(*spans):
    return Document("d1", TEXT, tuple(sorted(make_entity(TEXT, *span) for span in spans)))


@pytest.mark.parametrize(
    ("span", "message"),
    [
        ((0, 13, "FORCE"), "unknown label"),
        ((0, 500, "ORG"), "outside the text"),
        ((5, 5, "ORG"), "outside the text"),
        ((1, 13, "ORG"), "inside a word"),
        ((0, 12, "ORG"), "inside a word"),
        ((2, 13, "ORG"), "must begin with"),
        ((0, 27, "ORG"), "must end with"),
    ],
)
def test_each_broken_rule_is_named(span, message):
    (found,) = problems(document(span))[:1]
    assert message in found
    assert found.startswith("d1: ")


def test_overlaps_and_foreign_strings_are_problems():
    assert "overlap" in problems(document((0, 13, "ORG"), (3, 22, "LOC")))[0]
    stranger = Document("d1", TEXT, (Entity(0, 2, "ORG", "Ba"),))
    assert "the text there is 'Bộ'" in problems(stranger)[0]


def test_a_sign_may_end_a_name():
    start = TEXT.index("ADMM+")
    assert problems(document((start, start + 5, "EVENT"))) == []


@st.composite
def annotated(draw):
    """A document with random disjoint entities on word edges."""
    alphabet = st.text("abcĐạ1[]\\{}", min_size=1, max_size=4)
    words = draw(st.lists(alphabet, min_size=1, max_size=12))
    text, entities = "", []
    for word in words:
        if draw(st.booleans()) and all(letter.isalnum() for letter in word):
            label = draw(st.sampled_from(LABELS))
            entities.append(Entity(len(text), len(text) + len(word), label, word))
        text += word + draw(st.sampled_from([" ", "\n", ", "]))
    return Document("random", text, tuple(entities))


@given(annotated())
def test_marks_there_and_back(one):
    if "\\" in one.text:
        return
    text, entities = parse_marks(entities_to_marks(one))
    assert (text, tuple(entities)) == (one.text, one.entities)


def test_marks_are_made_anew_in_the_documents_given_and_nowhere_else():
    source = "==  one | a | b\n[Lào]{LOC} đáp\n\n== two | a | b\n[Lào]{LOC} đáp\n"
    changed = Document("two", "Lào đáp", (make_entity("Lào đáp", 0, 7, "ORG"),))
    assert replace_marks(source, {"two": changed}) == (
        "==  one | a | b\n[Lào]{LOC} đáp\n\n== two | a | b\n[Lào đáp]{ORG}\n"
    )
    assert replace_marks(source, {}) == source


@given(annotated())
def test_jsonl_there_and_back(tmp_path_factory, one):
    path = tmp_path_factory.mktemp("jsonl") / "one.jsonl"
    write_jsonl([one], path)
    assert list(read_jsonl(path)) == [one]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: not JSON"),
        ("[1]", "line 2: wanted an object"),
        ('{"id": "x", "entities": []}', "line 2, document 'x': wanted id, text"),
        ('{"id": "x", "text": "ab", "entities": [{"start": 0, "end": 9, "label": "LOC"}]}',
         "line 2, document x: LOC 'ab' at 0-9: outside"),
    ],
)  # fmt: skip
def test_a_broken_line_is_named(tmp_path, line, message):
    path = tmp_path / "gold.jsonl"
    good = json.dumps({"id": "a", "text": "Lào", "entities": []})
    path.write_text(f"{good}\n{line}\n", "utf-8")
    with pytest.raises(DocumentError, match=message):
        list(read_jsonl(path))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("== a | b\nx", "wanted 'id | form | topic'"),
        ("x\n== a | b | c\n", "text before the first"),
        ("== a | b | c\nx\n== a | b | c\ny", "two documents are called 'a'"),
        ("== a | b | c\n[Lào]{PLACE}", "unknown label"),
        ("== a | b | c\n[Lào", "a bracket that is no mark"),
        ("== a | b | c\n[Là]{LOC}o", "inside a word"),
    ],
)
def test_a_broken_corpus_source_is_named(tmp_path, source, message):
    path = tmp_path / "corpus.txt"
    path.write_text(source, "utf-8")
    with pytest.raises(DocumentError, match=message):
        list(read_marks(path))


def test_mention_lists_are_placed_in_order():
    lists = "@@ d1\n1: O Bộ Quốc phòng Việt Nam\n2: P Chiến | E ADMM+ | L Việt Nam\n"
    ((name, lines),) = parse_lists(lists)
    placed, messages = locate(Document(name, TEXT), lines)
    assert messages == []
    assert [e.text for e in placed.entities] == [
        "Bộ Quốc phòng Việt Nam", "Chiến", "ADMM+", "Việt Nam",
    ]  # fmt: skip
    assert placed.entities[-1].start == TEXT.index("Việt Nam, ")
    assert ["người Việt Nam" in line for line in unmarked_repeats(placed)] == [True]


def test_a_mention_can_skip_occurrences_and_a_missing_one_is_reported():
    placed, messages = locate(Document("d1", TEXT), {2: ["L Việt Nam@2", "L Lào"], 9: ["L Lào"]})
    assert placed.entities[0].start == TEXT.rindex("Việt Nam")
    assert ["'L Lào' was not found" in messages[0], "no line 9" in messages[1]] == [True, True]


def articles(count):
    return [
        Document(f"{group}-{n}", "\n".join(f"Tin {n} câu {i} {group} {n * i}" for i in range(20)),
                 meta={"source": f"{n}.seg"})
        for group in ("defence", "general")
        for n in range(count)
    ]  # fmt: skip


def test_a_layer_joins_with_its_text_and_counts_what_it_cannot_use():
    one, other, gone = (excerpt(article) for article in articles(3)[:3])
    one = one.with_entities([make_entity(one.text, 0, 3, "ORG")])
    layer = [to_layer(d, annotator="a") for d in (one, other, gone)]
    layer[1]["sha256"] = checksum("another text")
    joined, left_out = join(layer, articles(2))
    assert [d.entities for d in joined] == [one.entities]
    assert left_out == {"different text": 1, "missing text": 1}
    assert "text" not in layer[0]


def test_an_empty_layer_reads_no_article():
    def unread():
        raise AssertionError("an article was read")
        yield

    assert join([], unread()) == ([], {})


def test_a_missing_file_is_one_error(tmp_path):
    with pytest.raises(DocumentError, match=r"none\.jsonl: No such file"):
        list(read_jsonl(tmp_path / "none.jsonl"))


def test_a_draw_is_repeatable_and_mixed_and_has_no_near_duplicates():
    pool = articles(30)
    pool += [Document("defence-copy", pool[3].text, meta={"source": "copy"})]
    drawn = draw(pool, {"defence": 10, "general": 5}, seed=7)
    assert drawn == draw(pool, {"defence": 10, "general": 5}, seed=7)
    groups = [d.id.split("-")[0] for d in drawn]
    assert (groups.count("defence"), groups[:6].count("general")) == (10, 2)
    assert len({d.text for d in drawn}) == 15


def test_check_returns_a_clean_document():
    clean = document((0, 22, "ORG"))
    assert check(clean) is clean
