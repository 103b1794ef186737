"""Constrained decoding, checked against all paths."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vidner._decode import Decoder, log_softmax
from vidner._tags import allowed_starts, allowed_transitions, tags_of

TAGS = tags_of(["PERSON", "ORG"])
SCORES = st.integers(1, 4).flatmap(
    lambda words: arrays(float, (words, len(TAGS)), elements=st.floats(-9, 0, width=32))
)


def best_legal_score(scores):
    allowed, starts = allowed_transitions(TAGS), allowed_starts(TAGS)
    legal = (
        path
        for path in itertools.product(range(len(TAGS)), repeat=len(scores))
        if starts[path[0]] and all(allowed[a, b] for a, b in itertools.pairwise(path))
    )
    return max(sum(scores[at, tag] for at, tag in enumerate(path)) for path in legal)


@given(SCORES)
def test_the_path_is_legal_and_no_legal_path_is_better(scores):
    path = Decoder(TAGS).best_path(scores)
    assert allowed_starts(TAGS)[path[0]]
    assert all(allowed_transitions(TAGS)[a, b] for a, b in itertools.pairwise(path))
    assert np.isclose(sum(scores[np.arange(len(path)), path]), best_legal_score(scores))


def test_an_i_without_its_b_is_never_chosen():
    scores = np.full((2, len(TAGS)), -5.0)
    scores[0, TAGS.index("O")] = -0.1
    scores[1, TAGS.index("I-ORG")] = -0.1
    assert TAGS[Decoder(TAGS).best_path(scores)[1]] != "I-ORG"


def test_log_softmax_gives_probabilities():
    logits = np.array([[1000.0, 1000.0], [0.0, -1000.0]], dtype=np.float32)
    assert np.allclose(np.exp(log_softmax(logits)), [[0.5, 0.5], [1.0, 0.0]])
