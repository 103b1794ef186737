"""Words and lines."""

from hypothesis import given
from hypothesis import strategies as st

from vidner._words import MAX_WORD, split_lines, split_words


def test_letters_and_digits_run_together_and_signs_stand_alone():
    words = split_words("Việt-Nhật (2+2), ngày 10/2.")
    assert [word.text for word in words] == [
        "Việt", "-", "Nhật", "(", "2", "+", "2", ")", ",", "ngày", "10", "/", "2", ".",
    ]  # fmt: skip


def test_a_word_knows_whether_a_space_stands_before_it():
    assert [word.marked for word in split_words("Bộ (BQP)")] == ["▁Bộ", "▁(", "BQP", ")"]


@given(st.text())
def test_words_cover_all_visible_characters_in_order(text):
    words = split_words(text)
    assert all(text[word.start : word.end] == word.text for word in words)
    assert "".join(word.text for word in words) == "".join(text.split())
    assert all(len(word.text) <= MAX_WORD for word in words)


@given(st.text())
def test_lines_have_the_words_of_the_text(text):
    lines = split_lines(text)
    flat = [(word.start, word.end) for line in lines for word in line]
    assert flat == [(word.start, word.end) for word in split_words(text)]
    assert all("\n" not in text[line[0].start : line[-1].end] for line in lines)


def test_a_line_in_capitals_is_read_in_lower_case_at_the_same_places():
    text = "BỘ QUỐC PHÒNG VIỆT NAM HỌP\nBộ Quốc phòng"
    capitals, plain = split_lines(text)
    assert [word.text for word in capitals] == ["bộ", "quốc", "phòng", "việt", "nam", "họp"]
    assert [text[word.start : word.end] for word in capitals] == text.split("\n")[0].split()
    assert [word.text for word in plain] == ["Bộ", "Quốc", "phòng"]


def test_a_few_abbreviations_are_no_line_in_capitals():
    (line,) = split_lines("NATO, EU, ASEAN")
    assert [word.text for word in line] == ["NATO", ",", "EU", ",", "ASEAN"]
