"""Long texts: bounded memory, and what each of their parts gives alone."""

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sound import assert_sound
from vidner import _text
from vidner._text import normalize, sections

# Lines with everything that might behave differently at the start of a section.
LINES = st.lists(st.text(st.sampled_from("aà1 .\n\r\u0301\u1161\u200b\u2028q½"), max_size=12))

MEMORY = """
import sys
from vidner import Tagger
def peak():
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024
tagger = Tagger.load(sys.argv[1], threads=2)
line = "Thượng tướng Hoàng Xuân Chiến thăm Nhật Bản ngày 10/2; " + sys.argv[2] + "\\n"
tagger.tag(line * 1000)
before = peak()
text = line * (2_000_000 // len(line))
entities = tagger.tag(text)
assert len(entities) > 1000
print(peak() - before - sys.getsizeof(text) / 2**20 - len(entities) * 300 / 2**20)
"""


@settings(max_examples=300)
@given(LINES)
def test_sections_have_the_normal_form_of_the_text(lines):
    text = "\n".join(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_text, "SECTION", 8)
        ranges = list(sections(text))
    assert "".join(text[start:end] for start, end in ranges) == text
    # Texts in normal form are not taken apart into clusters; the longer may be.
    if all(normalize(text[start:end]).starts is not None for start, end in ranges):
        normal = normalize(text)
        assert "".join(normalize(text[start:end]).text for start, end in ranges) == normal.text


def agreement(one, other):
    """F1 between two sets of entities."""
    return 2 * len(one & other) / (len(one) + len(other))


def line_by_line(tagger, text):
    found, start = set(), 0
    lines = text.split("\n")
    for line, entities in zip(lines, tagger.tag_many(lines), strict=True):
        found |= {(e.start + start, e.end + start, e.label) for e in entities}
        start += len(line) + 1
    return found


def test_a_long_text_has_the_entities_of_its_paragraphs(tagger, seed_texts):
    text = "\n".join(seed_texts)
    entities = tagger.tag(text)
    assert_sound(text, entities)
    assert agreement({e.span for e in entities}, line_by_line(tagger, text)) >= 0.97


@pytest.mark.skipif(
    settings.get_current_profile_name() != "nightly", reason="takes minutes: make nightly"
)
def test_a_book_has_the_entities_of_its_paragraphs(tagger, seed_texts):
    paragraphs = [line for text in seed_texts for line in text.splitlines() if line.strip()]
    random.Random(1).shuffle(paragraphs)
    text = "\n".join(paragraphs * (2_000_000 // sum(map(len, paragraphs)) + 1))
    entities = tagger.tag(text)
    assert_sound(text, entities)
    assert agreement({e.span for e in entities}, line_by_line(tagger, text)) >= 0.97


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.parametrize("form", ["họp tại Hà Nội", "họp tại Ha\u0300 No\u0302\u0323i"])
def test_two_megabytes_need_no_more_memory_than_a_part_of_them(tiny_packed, form):
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tiny_packed), form],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 30


def test_no_more_windows_wait_than_a_few_a_thread(tiny_packed):
    from vidner import Tagger

    tagger = Tagger.load(tiny_packed, threads=2)
    backend = tagger._backend
    begun, done = [], []

    class Counting:
        tags, pieces, segmenter = backend.tags, backend.pieces, backend.segmenter

        def logits(self, window):
            done.append(window)
            return backend.logits(window)

    class Windower:
        def windows(self, lines):
            for window in backend.windower.windows(lines):
                begun.append(window)
                assert len(begun) - len(done) <= 8 * 2 + 4
                yield window

    Counting.windower = Windower()
    counted = Tagger(Counting(), threads=2)
    text = "Hội nghị ADMM+ khai mạc tại Hà Nội.\n" * 500
    assert counted.tag(text) == tagger.tag(text)
    assert len(begun) == len(done) > 100


def test_carriage_returns_and_other_breaks_end_lines_too(tagger):
    text = "Hà Nội\r\nNhật Bản\u2028Lào\x0bMỹ"
    assert not [e for e in tagger.tag(text) if re.search(r"[\r\n\u2028\x0b]", e.text)]
