"""Windows: every word is scored once, in order, with context."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vidner._windows import Windower

BEGIN, END = 0, 2
# A word is its number, repeated once for each of its pieces.
LINES = st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=120), max_size=8)


def numbered(lengths):
    number = iter(range(100, 10**6))
    return [[[next(number)] * pieces for pieces in line] for line in lengths]


@given(LINES, st.integers(24, 96))
def test_every_word_is_scored_once_and_in_order(lengths, limit):
    lines = numbered(lengths)
    windows = list(Windower(limit, BEGIN, END).windows(lines))
    scored = [window.ids[first] for window in windows for first in window.firsts]
    assert scored == [word[0] for line in lines for word in line]


@given(LINES, st.integers(24, 96))
def test_no_window_is_longer_than_the_limit(lengths, limit):
    for window in Windower(limit, BEGIN, END).windows(numbered(lengths)):
        assert len(window.ids) <= limit
        assert window.ids[0] == BEGIN
        assert window.ids[-1] == END


def test_short_lines_share_a_window_each_with_its_end():
    (window,) = Windower(32, BEGIN, END).windows([[[7], [8, 8]], [[9]]])
    assert window.ids == [BEGIN, 7, 8, 8, END, 9, END]
    assert window.firsts == [1, 2, 5]


def test_words_at_a_cut_have_context_on_both_sides():
    lines = numbered([[1] * 200])
    windows = list(Windower(64, BEGIN, END, overlap=10).windows(lines))
    for before, after in pairwise(windows):
        assert before.firsts[-1] <= len(before.ids) - 1 - 10
        assert after.firsts[0] >= 1 + 10


def test_an_endless_word_is_scored_by_its_first_pieces():
    windows = list(Windower(32, BEGIN, END).windows([[[5] * 1000, [6]]]))
    assert sum(len(window.firsts) for window in windows) == 2
