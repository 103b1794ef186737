"""Any text at all: sound offsets, and the same entities however the text is given.

Numbers of cases are multiples of the profile's: a few thousand in `make test`,
more than a hundred thousand in `make nightly`. Volume comes from a tiny model
with random weights, which finds entities in the strangest places.
"""

import re
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sound import assert_sound
from vidner import Tagger

ANY = st.text(st.characters(exclude_categories=()))
# What breaks offsets: marks, invisible signs, halves of pairs, things that become several.
STRANGE = st.text(
    st.sampled_from(
        "aếờ Đ1.,\n\r\t\u00a0\u200b\u200f\u202e\u2066\ufeff\u0301\u0323\u0331\u20dd\ud800\udfff"
        "\x00\x1c\x85\u2028´½ﬁ㍿ﷺ\u1100\u1161😀\U0001f468\u200d\u3000\u00ad_"
    ),
    max_size=60,
)
SIGNS = st.text(st.characters(categories=("P", "S")), max_size=80)
LONG_WORD = st.builds(str.__mul__, st.sampled_from("aĐ1\u0301"), st.integers(1, 400))
LONG_WORDS = st.lists(LONG_WORD, max_size=4).map(" ".join)
GLUED = st.lists(
    st.sampled_from(
        ["hội nghị.", "Ảnh: TTXVN", "<p>", "</p>", "&nbsp;", "<br/>", "Hà Nội,", "25/3/2024",
         "(BQP)", "ADMM+", "Bộ Quốc phòng", "<a href='x?a=1&b=2'>", "Nhật Bản", "\n", " ", "…"]
    ),
    max_size=30,
).map("".join)  # fmt: skip
TEXTS = st.one_of(ANY, STRANGE, SIGNS, LONG_WORDS, GLUED)


def times(factor):
    """So many cases for each one of the profile."""
    return settings(
        max_examples=factor * settings.default.max_examples,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@pytest.fixture(scope="module")
def tiny(tiny_packed):
    return Tagger.load(tiny_packed, threads=1)


@pytest.fixture(scope="module")
def tiny_with_threads(tiny_packed):
    return Tagger.load(tiny_packed, threads=3)


@st.composite
def mutated(draw, texts):
    """A part of a text with strange characters put in and words torn out."""
    text = draw(st.sampled_from(texts))
    start = draw(st.integers(0, len(text) - 1))
    text = text[start : start + draw(st.integers(1, 400))]
    if draw(st.booleans()):
        text = unicodedata.normalize(draw(st.sampled_from(["NFD", "NFKD"])), text)
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(STRANGE)[:3] + text[at + draw(st.integers(0, 3)) :]
    return text


@times(12)
@given(ANY)
def test_offsets_hold_for_any_string(tiny, text):
    assert_sound(text, tiny.tag(text))


@times(6)
@given(st.one_of(STRANGE, SIGNS, LONG_WORDS, GLUED))
def test_offsets_hold_for_strange_text(tiny, text):
    assert_sound(text, tiny.tag(text))


@times(8)
@given(st.data())
def test_offsets_hold_for_mutated_seeds(tiny, seed_texts, data):
    text = data.draw(mutated(seed_texts))
    assert_sound(text, tiny.tag(text))


@times(3)
@given(st.data())
def test_offsets_of_the_embedded_model_hold(tagger, seed_texts, data):
    text = data.draw(st.one_of(TEXTS, mutated(seed_texts)))
    assert_sound(text, tagger.tag(text))


@times(2)
@given(st.lists(TEXTS, max_size=6))
def test_a_text_gives_the_same_alone_and_in_a_batch_with_one_thread_and_many(
    tiny, tiny_with_threads, texts
):
    alone = [tiny.tag(text) for text in texts]
    assert list(tiny.tag_many(texts)) == alone
    assert list(tiny_with_threads.tag_many(texts)) == alone
    assert [tiny_with_threads.tag(text) for text in texts] == alone


def test_a_caption_that_is_glued_to_a_sentence_is_read(tagger):
    text = "Đại tướng Phan Văn Giang dự hội nghị.Ảnh: TTXVN"
    entities = tagger.tag(text)
    assert_sound(text, entities)
    assert {("Phan Văn Giang", "PERSON"), ("TTXVN", "ORG")} <= {(e.text, e.label) for e in entities}


def test_tags_of_a_page_are_no_part_of_entities(tagger):
    text = "<p>Bộ trưởng <b>Phan Văn Giang</b> thăm <a href='/ha-noi'>Hà Nội</a>.</p>"
    entities = tagger.tag(text)
    assert_sound(text, entities)
    assert {"Phan Văn Giang", "Hà Nội"} <= {e.text for e in entities}
    assert not [e for e in entities if re.search("[<>]", e.text)]


@pytest.mark.parametrize(
    "text",
    [
        "Thượng tướng Hoàng Xuân Chiến thăm Nhật Bản, " * 22_000,
        "a" * 1_000_000,
        "\u0301" * 1_000_000,
        "." * 30_000,
    ],
    ids=["words", "one word", "marks", "full stops"],
)
def test_offsets_hold_for_an_endless_line(tiny, text):
    assert_sound(text, tiny.tag(text))
