"""The normal form and its map back to the original offsets."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vidner._text import normalize


@pytest.mark.parametrize(
    ("given_text", "normal"),
    [
        ("hoà bình, Hoà Bình, HOÀ", "hòa bình, Hòa Bình, HÒA"),
        ("Uỷ ban, thuỷ thủ, khoẻ", "Ủy ban, thủy thủ, khỏe"),
        ("quý, quỳ, hoàn, toàn", "quý, quỳ, hoàn, toàn"),
        ("“bốn không” – Việt‑Nhật", '"bốn không" - Việt-Nhật'),
        ("Việt\u00a0Nam\r\nLào", "Việt Nam\n\nLào"),
        ("Việt\u200b Nam\ufeff", "Việt Nam"),
        ("ＮＡＴＯ", "NATO"),
    ],
)
def test_spellings_of_the_same_text_have_one_normal_form(given_text, normal):
    assert normalize(given_text).text == normal


def test_nfd_has_the_normal_form_of_nfc():
    text = "Thượng tướng Hoàng Xuân Chiến, Uỷ viên, ngày 10/2"
    assert normalize(unicodedata.normalize("NFD", text)).text == normalize(text).text


def test_a_range_leads_back_to_the_letters_with_all_their_marks():
    text = unicodedata.normalize("NFD", "ở Hà Nội.")
    normal = normalize(text)
    start = normal.text.index("Hà")
    start, end = normal.original(start, start + len("Hà Nội"))
    assert unicodedata.normalize("NFC", text[start:end]) == "Hà Nội"


@given(st.text(st.characters(exclude_categories=())))
@example("\ud800a\u0301\u0301\u0301\u0301\u0301\u0301b")
@example("a\u200b\u0301 ﬁ ½ \u1100\u1161")
def test_every_character_maps_into_the_original_in_order(text):
    normal = normalize(text)
    ranges = [normal.original(at, at + 1) for at in range(len(normal.text))]
    assert all(0 <= start < end <= len(text) for start, end in ranges)
    assert ranges == sorted(ranges)
    normal.text.encode("utf-8")


@given(st.text())
def test_the_normal_form_is_normal(text):
    once = normalize(text).text
    assert normalize(once).text == once
