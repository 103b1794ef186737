"""BIO: spans to tags and back, checked against seqeval."""

from hypothesis import given
from hypothesis import strategies as st
from seqeval.scheme import IOB2, Entities

from vidner._entities import LABELS
from vidner._tags import TAGS, allowed_starts, allowed_transitions, spans_to_tags, tags_to_spans


@st.composite
def tagged_spans(draw):
    """A word count and disjoint, often adjacent, spans."""
    spans, at = [], 0
    for _ in range(draw(st.integers(0, 6))):
        start = at + draw(st.integers(0, 2))
        at = start + draw(st.integers(1, 4))
        spans.append((start, at, draw(st.sampled_from(LABELS))))
    return at + draw(st.integers(0, 3)), spans


@given(tagged_spans())
def test_spans_survive_the_way_to_tags_and_back(case):
    count, spans = case
    assert tags_to_spans(spans_to_tags(count, spans)) == spans


@given(tagged_spans())
def test_seqeval_reads_the_same_spans(case):
    count, spans = case
    found = Entities([spans_to_tags(count, spans)], IOB2).entities[0]
    assert [(e.start, e.end, e.tag) for e in found] == spans


def test_only_a_b_or_i_of_the_same_label_leads_to_i():
    allowed = allowed_transitions(TAGS)
    inside = TAGS.index("I-ORG")
    before = {TAGS[tag] for tag in range(len(TAGS)) if allowed[tag, inside]}
    assert before == {"B-ORG", "I-ORG"}
    assert [tag for tag, ok in zip(TAGS, allowed_starts(TAGS), strict=True) if not ok] == [
        f"I-{label}" for label in LABELS
    ]
