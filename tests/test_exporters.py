"""Converters to other tools' formats: there and back, offsets, hostile text."""

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_cli import vidner
from vidner._entities import LABELS, Entity
from vidner._errors import DocumentError, VidnerError
from vidner.documents import Document, make_entity
from vidner.documents._tokens import tokens
from vidner.documents.brat import ann_to_entities, document_to_ann, read_brat, write_brat
from vidner.documents.conll import conll_to_documents, document_to_conll, read_conll
from vidner.documents.export import export
from vidner.documents.html import documents_to_html
from vidner.documents.huggingface import (
    dataset_to_documents,
    document_to_row,
    documents_to_dataset,
    features,
    row_to_document,
)
from vidner.documents.spacy import document_to_spacy, new_docbin, new_vocab, spacy_to_document
from vidner.documents.tagged import read_tagged

TEXT = "Ông Nam thăm\nHà Nội, gặp <b>Lan</b>."


def document(*spans, text=TEXT, name="d1"):
    return Document(name, text, tuple(sorted(make_entity(text, *span) for span in spans)))


@pytest.fixture
def example():
    return document((4, 7, "PERSON"), (13, 19, "LOC"), (28, 31, "PERSON"))


any_text = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from(" \n\t\r_-#[]<>&\"'\\·ŀ\u00a0\u0301\u200b\u2028\x00\x1cĐạ1"),
    ),
    max_size=40,
)


@st.composite
def tagged(draw):
    """Any text with disjoint spans anywhere, words cut through, but no white space at an edge."""
    text = draw(any_text)
    edges = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = []
    for start, end in zip(edges[::2], edges[1::2], strict=False):
        if text[start:end] == text[start:end].strip():
            spans.append((start, end, draw(st.sampled_from(LABELS))))
    return document(*spans, text=text, name=draw(any_text))


@given(tagged())
def test_tokens_cover_the_text_and_every_entity(one):
    words = tokens(one)
    assert all(one.text[word.start : word.end] == word.text for word in words)
    assert "".join(word.text for word in words) == "".join(one.text.split())
    edges = {edge for word in words for edge in (word.start, word.end)}
    assert {edge for e in one.entities for edge in (e.start, e.end)} <= edges


@given(st.lists(tagged(), min_size=1, max_size=3))
def test_conll_there_and_back(documents):
    written = "".join(map(document_to_conll, documents))
    assert list(conll_to_documents(written.split("\n"))) == documents


@given(tagged())
def test_conll_without_comments_keeps_tokens_and_mentions(one):
    written = document_to_conll(one, comments=False)
    back = list(conll_to_documents(written.split("\n")))
    if not one.text.split():
        assert back == []
        return
    (back,) = back
    assert [word.text for word in tokens(back)] == [word.text for word in tokens(one)]
    assert [(e.label, "".join(e.text.split())) for e in back.entities] == [
        (e.label, "".join(e.text.split())) for e in one.entities
    ]


@given(tagged())
def test_brat_there_and_back(one):
    ann = document_to_ann(one)
    assert ann_to_entities(one.text, ann) == list(one.entities)
    assert ann.count("\n") == len(one.entities)


@given(tagged())
def test_rows_of_datasets_there_and_back(one):
    row = document_to_row(one)
    entities = [{**e, "label": LABELS.index(e["label"])} for e in row["entities"]]
    assert row_to_document({**row, "entities": entities}) == one
    assert len(row["tokens"]) == len(row["ner_tags"])


VOCAB = []


@given(tagged())
def test_spacy_there_and_back(one):
    if not VOCAB:
        VOCAB.append(new_vocab())
    doc, missed = document_to_spacy(one, vocab=VOCAB[0])
    assert missed == []
    assert spacy_to_document(doc) == one


class Shown(HTMLParser):
    """What a page shows: texts, and the marks in them."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text, self.marks = [], "", []
        self._depth = 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if ("class", "text") in attributes:
            self._depth = 1
        elif tag == "mark" and self._depth:
            self.marks.append((len(self.text), dict(attributes)["class"]))

    def handle_endtag(self, tag):
        if tag == "div":
            self._depth = 0
        elif tag == "mark" and self._depth:
            start, label = self.marks[-1]
            self.marks[-1] = (start, len(self.text), label)

    def handle_data(self, data):
        if self._depth:
            self.text += data


@given(tagged())
def test_a_page_shows_the_text_with_its_entities_at_their_places(one):
    shown = Shown("".join(documents_to_html([one])))
    assert len(shown.text) == len(one.text)
    changed = [new for new, old in zip(shown.text, one.text, strict=True) if new != old]
    assert set(changed) <= {"\ufffd"}
    assert shown.marks == [e.span for e in one.entities]


def test_hostile_text_stays_text_and_nothing_comes_from_outside():
    hostile = "</div><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;"
    one = document((0, 14, "ORG"), text=hostile, name="<script>x</script>")
    page = "".join(documents_to_html([one], title="<script>"))
    shown = Shown(page)
    assert {"script", "img"}.isdisjoint(shown.tags)
    assert shown.text == hostile
    assert "http" not in page.replace("http-equiv", "")
    assert "default-src 'none'" in page


def test_conll_is_a_token_and_a_tag_a_line(example):
    assert document_to_conll(example).split("\n")[2:9] == [
        "Ông\tO", "Nam\tB-PERSON", "thăm\tO", "", "Hà\tB-LOC", "Nội\tI-LOC", ",\tO",
    ]  # fmt: skip


def test_conll_of_other_tools_is_read():
    start = "-DOCSTART- -X- O O\n\n"
    lines = f"{start}Nam NNP O B-PERSON\nđi V O O\n\n{start}Lào X O B-LOC\n"
    one, other = conll_to_documents(lines.splitlines(), name="x")
    assert (one.id, one.text, other.id) == ("x-1", "Nam đi", "x-2")
    assert one.entities == (Entity(0, 3, "PERSON", "Nam"),)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("Nam", "line 1: wanted a token and its tag"),
        ("Nam\tB-PLACE", "line 1: tag 'B-PLACE', wanted one of"),
        ("Nam\tB-LOC\nLan\tI-ORG", "line 2: I-ORG behind B-LOC"),
        ('# text = "Nam đi"\nNam\tO', "no token for 'đi'"),
        ('# text = "Nam đi"\nLan\tO', "token 'Lan' is not the next"),
        ("# text = Nam", "wanted a JSON string"),
    ],
)
def test_broken_conll_is_named(lines, message):
    with pytest.raises(DocumentError, match=message):
        list(conll_to_documents(lines.split("\n")))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("R1\tknows Arg1:T1 Arg2:T2", "wanted 'T1<tab>LABEL"),
        ("T1\tLOC 13 19\tHuế", "the text there is 'Hà Nội'"),
        ("T1\tLOC 4 7;13 15\tNam Hà", "its fragments are apart"),
        ("T1\tLOC 4 7 9\tNam", "wanted 'start end' pairs"),
    ],
)
def test_broken_stand_off_is_named(line, message):
    with pytest.raises(DocumentError, match=message):
        ann_to_entities(TEXT, line)


def test_a_brat_folder_there_and_back_whatever_the_ids(example, tmp_path):
    names = ["a/b.txt:1", "A/B.txt:1", "Lào", "", "../x", "x" * 300]
    documents = [Document(name, example.text, example.entities) for name in names]
    assert write_brat(iter(documents), tmp_path / "brat") == 6
    assert list(read_brat(tmp_path / "brat")) == documents
    assert [path.name for path in tmp_path.iterdir()] == ["brat"]
    assert "[entities]\nPERSON" in (tmp_path / "brat" / "annotation.conf").read_text()


@pytest.mark.parametrize(
    ("span", "message"),
    [
        ((3, 7, "LOC"), "white space at the edge"),
        ((4, 99, "LOC"), "outside"),
        ((4, 7, "X"), "label"),
    ],
)
@pytest.mark.parametrize(
    "convert",
    [document_to_conll, document_to_ann, document_to_row, document_to_spacy,
     lambda one: list(documents_to_html([one]))],
)  # fmt: skip
def test_a_span_that_no_format_can_hold_is_an_error(convert, span, message):
    with pytest.raises(DocumentError, match=message):
        convert(document(span))


def test_entities_that_foreign_tokens_do_not_carry_are_given_back(example):
    from spacy.tokens import Doc
    from spacy.util import get_words_and_spaces

    vocab = new_vocab()

    def by_spaces(text):
        words, spaces = get_words_and_spaces(text.split(), text)
        return Doc(vocab, words=words, spaces=spaces)

    doc, missed = document_to_spacy(example, tokenizer=by_spaces)
    assert [entity.text for entity in missed] == ["Hà Nội", "Lan"]
    assert [ent.text for ent in doc.ents] == ["Nam"]
    doc, missed = document_to_spacy(example, tokenizer=by_spaces, alignment="expand")
    assert missed == []
    assert [ent.text for ent in doc.ents] == ["Nam", "Hà Nội,", "<b>Lan</b>."]


def test_a_docbin_there_and_back(example):
    from spacy.tokens import DocBin

    docbin = new_docbin()
    docbin.add(document_to_spacy(example)[0])
    (doc,) = DocBin().from_bytes(docbin.to_bytes()).get_docs(new_vocab())
    assert spacy_to_document(doc) == example


def test_a_dataset_has_class_labels_and_comes_back(example):
    dataset = documents_to_dataset([example, document(text="")])
    assert dataset.features == features()
    assert dataset.features["ner_tags"].feature.names[:3] == ["O", "B-PERSON", "I-PERSON"]
    assert list(dataset_to_documents(dataset)) == [example, document(text="")]


@pytest.fixture
def tagged_file(example, tmp_path):
    path = tmp_path / "docs.jsonl"
    rows = [example.to_dict(), {"id": "d2", "file": "a", "record": 2, "text": "x", "entities": []}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read_back(form, out):
    if form == "conll":
        return list(read_conll(out))
    if form == "brat":
        return list(read_brat(out))
    if form == "spacy":
        from spacy.tokens import DocBin

        return list(map(spacy_to_document, DocBin().from_disk(out).get_docs(new_vocab())))
    import datasets

    return list(dataset_to_documents(datasets.load_from_disk(out)))


@pytest.mark.parametrize("form", ["spacy", "conll", "brat", "datasets"])
def test_the_command_writes_each_format(tagged_file, example, tmp_path, form):
    done = vidner("export", tagged_file, "--to", form, "-o", tmp_path / "out")
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr.decode() == f"vidner: {tmp_path / 'out'}: 2 documents\n"
    assert read_back(form, tmp_path / "out") == [example, Document("d2", "x")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["docs.jsonl", "out"]


def test_the_command_reads_what_the_tagger_wrote(tmp_path):
    (tmp_path / "a.txt").write_text("Ông Nguyễn Văn Nam thăm Lào.", "utf-8")
    vidner("tag", tmp_path / "a.txt", "--with-text", "-o", tmp_path / "a.parquet")
    vidner("export", tmp_path / "a.parquet", "--to", "html", "-o", tmp_path / "a.html")
    shown = Shown((tmp_path / "a.html").read_text("utf-8"))
    assert shown.text == "Ông Nguyễn Văn Nam thăm Lào."
    assert {label for _, _, label in shown.marks} == {"PERSON", "LOC"}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"id": "x", "entities": []}, "tag with --with-text"),
        ({"id": "x", "text": "ab"}, "wanted id, text and entities"),
        (
            {"id": "x", "text": "ab", "entities": [{"start": "0", "end": 1, "label": "LOC"}]},
            "start is '0'",
        ),
        (
            {"id": "x", "text": "ab", "entities": [{"start": 0, "end": 9, "label": "LOC"}]},
            "outside",
        ),
    ],
)
def test_a_bad_row_is_one_message_and_nothing_is_written(tmp_path, row, message):
    path = tmp_path / "docs.jsonl"
    path.write_text('{"id": "a", "text": "", "entities": []}\n' + json.dumps(row))
    with pytest.raises(DocumentError, match=f"record 2: .*{message}"):
        export(read_tagged(path), "brat", tmp_path / "out")
    assert [one.name for one in tmp_path.iterdir()] == ["docs.jsonl"]


def test_half_surrogate_pairs_are_replaced_one_for_one(tmp_path):
    path = tmp_path / "docs.jsonl"
    row = {"id": "a", "text": "\ud800 Lào", "entities": [{"start": 2, "end": 5, "label": "LOC"}]}
    path.write_text(json.dumps(row))
    (one,) = read_tagged(path)
    assert (one.text, one.entities[0].text) == ("\ufffd Lào", "Lào")


def test_an_output_that_is_there_is_not_replaced_unasked(example, tmp_path):
    out = tmp_path / "out"
    out.write_text("mine")
    with pytest.raises(VidnerError, match="--overwrite"):
        export([example], "conll", out)
    export([example], "conll", out, overwrite=True)
    assert read_back("conll", out) == [example]
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "mine").touch()
    with pytest.raises(VidnerError, match="new or empty"):
        export([example], "brat", folder, overwrite=True)


@pytest.mark.parametrize("form", ["conll", "brat"])
def test_an_output_that_cannot_be_written_is_one_message(example, tmp_path, form):
    with pytest.raises(VidnerError, match="No such file or directory"):
        export([example], form, tmp_path / "none" / "out")
