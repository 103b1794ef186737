"""What holds for the entities of any text."""

from itertools import pairwise


def assert_sound(text, entities):
    """Sorted, disjoint, cut out of the text, without white space at their ends."""
    assert entities == sorted(entities)
    for entity in entities:
        assert 0 <= entity.start < entity.end <= len(text)
        assert text[entity.start : entity.end] == entity.text
        assert entity.text.strip() == entity.text != ""
        assert 0 <= entity.score <= 1
    assert all(a.end <= b.start for a, b in pairwise(entities))
