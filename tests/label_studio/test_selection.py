"""What to annotate next, and the simulation that measures it."""

import random

import numpy as np
import pytest

from tests.evaluation.conftest import annotated
from vidner._tags import TAGS
from vidner._words import split_lines
from vidner.documents import Document
from vidner.evaluation.learning_curve import Point, choose_at_random, curve, words_needed
from vidner.label_studio.selection import mentions_of, select

B_LOC, I_LOC, B_EVENT = (TAGS.index(tag) for tag in ("B-LOC", "I-LOC", "B-EVENT"))
FILLER = " ".join(f"từ{number}" for number in range(20))


class Certain:
    """A scorer that knows some words: a tag and how probable it is; all others are outside."""

    tags = TAGS

    def __init__(self, **known):
        self.known = known

    def word_scores(self, text):
        lines = split_lines(text)
        return [(line, np.array([self.row(word.text) for word in line])) for line in lines]

    def row(self, word):
        tag, probability = self.known.get(word, (0, 0.99))
        row = np.full(len(TAGS), 1e-9)
        row[0] = 1 - probability
        row[tag] = probability
        return np.log(row / row.sum())


def texts(*rows):
    return [Document(f"d{number}", text) for number, text in enumerate(rows)]


def chosen(pool, scorer, count=9, **options):
    return [choice.document.id for choice in select(pool, scorer, count, **options)]


def test_a_mention_is_as_doubtful_as_its_most_doubtful_word():
    scorer = Certain(Hà=(B_LOC, 0.95), Nội=(I_LOC, 0.7))
    [mention] = mentions_of(scorer.word_scores("ở Hà Nội hôm"), TAGS)
    assert (mention.text, mention.label) == ("Hà Nội", "LOC")
    assert mention.margin == pytest.approx(0.4)


def test_words_that_nearly_are_a_mention_count_too():
    [mention] = mentions_of(Certain(Huế=(B_LOC, 0.4)).word_scores("ở Huế hôm"), TAGS)
    assert (mention.text, mention.label) == ("Huế", "LOC")
    assert mention.margin == pytest.approx(0.2)


def test_the_most_doubtful_document_comes_first():
    scorer = Certain(Huế=(B_LOC, 0.99), Lào=(B_LOC, 0.6), Nga=(B_LOC, 0.8))
    pool = texts("Huế mưa to quá", "Lào nắng như đổ lửa", "Nga rất lạnh về đêm")
    assert chosen(pool, scorer) == ["d1", "d2", "d0"]


def test_rare_labels_come_first():
    scorer = Certain(Huế=(B_LOC, 0.7), Lào=(B_LOC, 0.7), Tết=(B_EVENT, 0.7))
    assert chosen(texts("Huế ấm", "Lào xa", "Tết đến"), scorer)[0] == "d2"


def test_near_duplicates_are_passed_over():
    scorer = Certain(Huế=(B_LOC, 0.7))
    pool = texts(f"Huế {FILLER}", f"Huế {FILLER} thêm", "Huế mưa")
    assert len(chosen(pool, scorer)) == 2


def test_what_is_known_is_left_out_with_its_near_duplicates():
    pool = texts(f"Huế {FILLER}", f"Huế {FILLER} thêm", "Huế mưa")
    assert chosen(pool, Certain(), known=pool[:1]) == ["d2"]


def test_a_string_that_was_chosen_before_counts_less():
    scorer = Certain(Huế=(B_LOC, 0.6), Lào=(B_LOC, 0.65))
    assert chosen(texts("Huế mưa rồi", "nắng ở Huế", "Lào ở xa"), scorer)[1] == "d2"


def test_a_pool_without_words_gives_nothing():
    assert chosen(texts("", " \n"), Certain()) == []


def test_the_tagger_s_word_scores_are_what_it_decodes(tagger, seed_texts):
    text = seed_texts[0]
    lines = tagger.word_scores(text)
    assert [len(words) for words, _ in lines] == [len(scores) for _, scores in lines]
    total = np.exp(np.concatenate([scores for _, scores in lines])).sum(axis=1)
    assert np.allclose(total, 1)
    found = [each for each in mentions_of(lines, tagger.tags) if each.margin >= 0.5]
    entities = tagger.tag(text)
    assert 0 < len(found) <= len(entities)


CORPUS = [
    annotated(f"n{number}", f"Ông {name} tới {place} họp.", (name, "PERSON"), (place, "LOC"))
    for number, (name, place) in enumerate(
        (name, place) for name in ("Mẫu", "Lan", "Sơn", "Hải") for place in ("Huế", "Lào", "Nga")
    )
]


def test_a_curve_annotates_the_pool_step_by_step_and_learns():
    pytest.importorskip("sklearn")
    from vidner.evaluation.linear import LinearTagger

    def train(documents, seed):
        return LinearTagger(documents, seed=seed)

    points = curve(
        CORPUS[:9], CORPUS[9:], train=train, choose=choose_at_random, first=2, step=4, seed=1
    )
    assert [point.documents for point in points] == [2, 6, 9]
    assert points[-1].words == 9 * 6
    assert points[-1].f1 >= 0.5


def test_a_curve_stops_where_it_should():
    points = curve(
        CORPUS[:9], CORPUS[9:], train=lambda documents, seed: Nothing(), choose=choose_at_random,
        first=2, step=3, seed=1, most=5,
    )  # fmt: skip
    assert [point.documents for point in points] == [2, 5]


class Nothing:
    """A tagger that finds nothing."""

    def tag_many(self, texts):
        return [[] for _ in texts]


def test_the_simulation_script_chooses_out_of_the_pool():
    pytest.importorskip("sklearn")
    from training.selection_curve import choose_by_selection, train

    model = train(CORPUS[:3], 1)
    found = choose_by_selection(CORPUS[3:], CORPUS[:3], model, 4, random.Random(1))
    assert len({document.id for document in found}) == len(found) <= 4
    assert {document.id for document in found} <= {document.id for document in CORPUS[3:]}


def test_lines_of_a_document_keep_their_entities():
    from training.selection_curve import lines_of

    document = annotated("d", "Ông Mẫu.\n\n Tới Huế, Lào.", ("Mẫu", "PERSON"), ("Lào", "LOC"))
    lines = [(line.id, line.text, [e.span for e in line.entities]) for line in lines_of(document)]
    assert lines == [
        ("d:0", "Ông Mẫu.", [(4, 7, "PERSON")]),
        ("d:2", " Tới Huế, Lào.", [(10, 13, "LOC")]),
    ]


def test_words_needed_are_read_between_the_points():
    points = [Point(1, 100, 0.2), Point(2, 200, 0.4), Point(3, 300, 0.5)]
    assert words_needed(points, 0.3) == pytest.approx(150)
    assert words_needed(points, 0.1) == 100
    assert words_needed(points, 0.6) is None
