"""The embedded model: offsets under every Unicode form, windows, threads."""

import pickle
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sound import assert_sound
from vidner import InputError, Tagger, VidnerError, tag

SENTENCE = "Thượng tướng Hoàng Xuân Chiến dự hội đàm tại Tokyo, Nhật Bản ngày 10/2."
FOUND = {("Hoàng Xuân Chiến", "PERSON"), ("Tokyo", "LOC"), ("Nhật Bản", "LOC"),
         ("ngày 10/2", "DATE")}  # fmt: skip


def composed(entities):
    """Mentions in one spelling, invisible characters left out."""
    return {
        ("".join(c for c in unicodedata.normalize("NFC", e.text) if c.isprintable()), e.label)
        for e in entities
    }


def test_the_first_seed_shows_every_label(tagger, seed_texts):
    found = {(e.text, e.label) for e in tagger.tag(seed_texts[0])}
    assert {
        ("Hoàng Xuân Chiến", "PERSON"),
        ("Bộ Quốc phòng Việt Nam", "ORG"),
        ("Fukuoka", "LOC"),
        ("ngày 10/2", "DATE"),
        ("đối thoại chính sách quốc phòng lần thứ 11", "EVENT"),
    } <= found


@pytest.mark.parametrize(
    "change",
    [
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: text.replace(" ", "\u00a0"),
        lambda text: text.replace("n", "n\u200b"),
        lambda text: f"\ufeff😀 {text}\r\n",
        lambda text: text.replace("Hoàng", unicodedata.normalize("NFD", "Hoàng")),
        lambda text: f"\r\n\r\n{text}\r\n",
    ],
    ids=["nfd", "no-break spaces", "zero width", "emoji and byte order mark", "mixed", "crlf"],
)
def test_every_form_of_a_sentence_gives_its_entities(tagger, change):
    text = change(SENTENCE)
    entities = tagger.tag(text)
    assert_sound(text, entities)
    wanted = {(mention.replace(" ", ""), label) for mention, label in FOUND}
    found = {("".join(m.split()), label) for m, label in composed(entities)}
    assert found == wanted


@pytest.mark.parametrize("text", ["", " ", "\n\t\u00a0\u200b"])
def test_blank_text_has_no_entities(tagger, text):
    assert tagger.tag(text) == []


@pytest.mark.parametrize("thing", [None, 3, b"H\xc3\xa0 N\xe1\xbb\x99i", ["Hà Nội"]])
def test_anything_but_a_string_is_a_type_error(thing):
    with pytest.raises(TypeError, match=f"wants a string, got {type(thing).__name__}") as caught:
        tag(thing)
    assert isinstance(caught.value, VidnerError)


def test_one_string_for_many_texts_is_an_error(tagger):
    with pytest.raises(InputError, match=r"use tag\(text\)"):
        next(tagger.tag_many("Hà Nội"))


def test_a_long_line_keeps_an_entity_at_every_place(tagger):
    filler = "hai bên trao đổi về nhiều vấn đề cùng quan tâm, "
    for count in range(1, 60, 7):
        text = filler * count + "Thượng tướng Hoàng Xuân Chiến phát biểu, " + filler * 40
        entities = tagger.tag(text)
        assert_sound(text, entities)
        assert ("Hoàng Xuân Chiến", "PERSON") in composed(entities)


def test_a_text_gives_the_same_alone_in_a_batch_and_with_one_thread(tagger, seed_texts):
    alone = [tagger.tag(text) for text in seed_texts]
    assert list(tagger.tag_many(seed_texts * 2)) == alone * 2
    assert list(Tagger.load(threads=1).tag_many(seed_texts)) == alone


def test_tag_many_is_lazy(tagger):
    def texts():
        yield from ["Hà Nội"] * 100
        raise AssertionError("read to the end before the first answer was taken")

    assert next(tagger.tag_many(texts())) == tagger.tag("Hà Nội")


def test_one_tagger_serves_many_threads(tagger, seed_texts):
    alone = [tagger.tag(text) for text in seed_texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(tagger.tag, seed_texts * 3)) == alone * 3


def test_a_tagger_can_be_pickled(tagger):
    assert pickle.loads(pickle.dumps(tagger)).tag(SENTENCE) == tagger.tag(SENTENCE)
