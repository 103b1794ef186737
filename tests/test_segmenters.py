"""Word segmenters: their words laid on ours, whatever they rewrite."""

import pickle
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidner import MissingExtraError, ModelError
from vidner._segmenters import SEGMENTERS, VNCORENLP, Segmenter, join_words
from vidner._words import split_lines, split_words
from vidner.documents import Document, make_entity
from vidner.train.data import align

TEXT = "Thượng tướng Hoàng Xuân Chiến, Thứ trưởng Bộ Quốc phòng, thăm Nhật Bản (10/2)."
JAVA_FREE = ("underthesea", "pyvi")


def texts(units):
    return [unit.text for unit in units]


def test_tokens_of_several_syllables_become_one_unit():
    units = join_words(split_words("Bộ Quốc phòng họp"), ["Bộ", "Quốc phòng", "họp"])
    assert texts(units) == ["Bộ", "Quốc_phòng", "họp"]
    assert (units[1].start, units[1].end) == (3, 13)


@pytest.mark.parametrize(
    "tokens",
    [["hoà_bình", "ở", "Châu_Á"], ["hoà", "bình ở", "châu Á"], ["hoà bình", "ở", "Châu", "Á"]],
)
def test_rewritten_letters_and_spaces_move_nothing(tokens):
    units = join_words(split_words("hòa  bình ở Châu Á"), tokens)
    assert units[0].start == 0
    assert texts(units) == [re.sub("hoà", "hòa", t).replace(" ", "_").replace("châu", "Châu")
                            for t in tokens]  # fmt: skip


def test_dropped_and_added_characters_move_nothing_else():
    words = split_words("họp tại Hà Nội và Hải Phòng")
    assert texts(join_words(words, ["họp", "Hà_Nội", "và", "Hải_Phòng"])) == [
        "họp", "tại", "Hà_Nội", "và", "Hải_Phòng",
    ]  # fmt: skip
    assert texts(join_words(words, ["họp", "#", "tại", "Hà_Nội", "và", "Hải_Phòng"]))[1:3] == [
        "tại", "Hà_Nội",
    ]  # fmt: skip


def test_signs_stay_words_of_their_own():
    words = split_words("Việt Nam-Nhật Bản, 10/2")
    units = join_words(words, ["Việt", "Nam-Nhật Bản,", "10/2"])
    assert texts(units) == ["Việt", "Nam", "-", "Nhật_Bản", ",", "10", "/", "2"]


def test_a_token_that_ends_inside_a_word_joins_nothing_there():
    assert texts(join_words(split_words("lúc 10h30 sáng"), ["lúc", "10", "h30 sáng"])) == [
        "lúc", "10h30", "sáng",
    ]  # fmt: skip


@given(st.text("ab cđ_.,-ộ", max_size=40), st.lists(st.text("ab cđ_.,-ộ", max_size=8), max_size=9))
def test_units_are_always_the_words_in_order(text, tokens):
    words = split_words(text)
    units = join_words(words, tokens)
    assert "".join(texts(units)).replace("_", "") == "".join(texts(words)).replace("_", "")
    edges = {word.start for word in words} | {word.end for word in words}
    assert all({unit.start, unit.end} <= edges for unit in units)
    assert all(one.end <= other.start for one, other in pairwise(units))


@pytest.mark.parametrize("name", JAVA_FREE)
def test_a_segmenter_joins_what_is_a_word(name):
    pytest.importorskip(name)
    (units,) = Segmenter(name)(split_lines(TEXT))
    assert {"Thượng_tướng", "Quốc_phòng", "Nhật_Bản"} <= set(texts(units))
    assert all(TEXT[u.start : u.end].replace(" ", "_") == u.text for u in units)


@pytest.mark.parametrize("name", ["none", *JAVA_FREE])
def test_a_segmenter_goes_to_other_processes(name):
    if name != "none":
        pytest.importorskip(name)
    copy = pickle.loads(pickle.dumps(Segmenter(name)))
    assert copy(split_lines(TEXT)) == Segmenter(name)(split_lines(TEXT))


def test_no_segmenter_keeps_words():
    assert Segmenter()(split_lines(TEXT)) == split_lines(TEXT)


def test_a_segmented_text_says_its_words_itself():
    (units,) = Segmenter("given")(split_lines("Bộ Quốc_phòng , _ x__y 10/2_3"))
    assert texts(units) == ["Bộ", "Quốc_phòng", ",", "_", "x_", "_y", "10", "/", "2_3"]


def test_an_unknown_segmenter_names_the_known_ones():
    with pytest.raises(
        ModelError, match="'jieba' is unknown, wanted one of none, given, underthesea"
    ):
        Segmenter("jieba")
    assert SEGMENTERS == ("none", "given", "underthesea", "pyvi", "vncorenlp")


def test_a_segmenter_that_is_not_installed_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyvi", None)
    with pytest.raises(MissingExtraError, match=r"vidner\[segment\]"):
        Segmenter("pyvi")


def test_vncorenlp_without_its_models_says_where_they_are_wanted(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "py_vncorenlp", object())
    monkeypatch.setenv(VNCORENLP, str(tmp_path))
    with pytest.raises(ModelError, match=rf"no VnCoreNLP\*\.jar in it.*{VNCORENLP}"):
        Segmenter("vncorenlp")


class Joining(Segmenter):
    """A segmenter whose tokens the test says."""

    def __init__(self, tokens):
        super().__init__("none")
        self.tokens = tokens

    def __call__(self, lines):
        return [join_words(line, self.tokens) for line in lines]


def document(text, *mentions):
    spans = [(text.index(mention), mention, label) for mention, label in mentions]
    return Document("d", text, tuple(make_entity(text, at, at + len(m), x) for at, m, x in spans))


CUT = document("Bác Hồ thăm Việt Nam lập quốc", ("Hồ", "PERSON"), ("Việt Nam", "LOC"))
CUT_TOKENS = ["Bác Hồ", "thăm", "Việt Nam lập", "quốc"]


def test_training_keeps_a_word_in_syllables_where_an_entity_ends_inside():
    aligned = align(CUT, segmenter=Joining(CUT_TOKENS))
    assert texts(aligned.lines[0]) == ["Bác", "Hồ", "thăm", "Việt", "Nam", "lập", "quốc"]
    assert aligned.tags[0] == ["O", "B-PERSON", "O", "B-LOC", "I-LOC", "O", "O"]
    assert [e.text for e in aligned.cut] == ["Hồ", "Việt Nam"]
    assert aligned.lost == []


def test_evaluation_loses_the_entities_that_a_word_cuts():
    aligned = align(CUT, segmenter=Joining(CUT_TOKENS), split=False)
    assert texts(aligned.lines[0]) == ["Bác_Hồ", "thăm", "Việt_Nam_lập", "quốc"]
    assert [e.text for e in aligned.lost] == ["Hồ", "Việt Nam"]


def test_an_entity_of_whole_units_is_not_cut():
    tokens = ["Bác", "Hồ", "thăm", "Việt Nam", "lập quốc"]
    aligned = align(CUT, segmenter=Joining(tokens))
    assert texts(aligned.lines[0]) == ["Bác", "Hồ", "thăm", "Việt_Nam", "lập_quốc"]
    assert aligned.tags[0] == ["O", "B-PERSON", "O", "B-LOC", "O"]
    assert aligned.cut == aligned.lost == []
