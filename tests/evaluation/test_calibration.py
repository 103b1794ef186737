"""Reliability, its error, the temperature, thresholds."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidner.evaluation.calibration import (
    Outcome,
    by_threshold,
    expected_calibration_error,
    fit_temperature,
    reliability,
    tempered,
    with_temperature,
)


def drawn(count, *, sharpened=1.0):
    """Outcomes that are right as often as their score says, then sharpened."""
    numbers = random.Random(5)
    scores = [numbers.uniform(0.3, 0.98) for _ in range(count)]
    honest = [Outcome(s, "LOC", numbers.random() < s) for s in scores]
    return with_temperature(honest, 1 / sharpened)


def test_bins_hold_every_outcome_also_at_the_ends():
    table = reliability([Outcome(s, "LOC", True) for s in (0.0, 0.1, 0.95, 1.0)])
    assert [row.count for row in table] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 2]


def test_the_error_is_the_weighted_gap():
    table = reliability([Outcome(0.9, "LOC", True)] * 3 + [Outcome(0.5, "LOC", False)])
    assert expected_calibration_error(table) == pytest.approx((3 * 0.1 + 0.5) / 4)


def test_nothing_has_no_error_and_changes_no_score():
    assert expected_calibration_error(reliability([])) == 0
    assert fit_temperature([]) == 1


def test_the_temperature_undoes_what_sharpened_the_scores():
    outcomes = drawn(4000, sharpened=2.0)
    assert fit_temperature(outcomes) == pytest.approx(2.0, abs=0.3)
    before = expected_calibration_error(reliability(outcomes))
    after = with_temperature(outcomes, fit_temperature(outcomes))
    assert expected_calibration_error(reliability(after)) < before / 2


@given(st.floats(0, 1), st.floats(0.2, 5))
def test_a_tempered_score_is_a_probability_on_the_same_side(score, temperature):
    found = tempered(score, temperature)
    assert 0 <= found <= 1
    assert (found - 0.5) * (score - 0.5) >= 0


@given(st.lists(st.builds(Outcome, st.floats(0, 1), st.just("LOC"), st.booleans())))
def test_any_outcomes_have_a_temperature(outcomes):
    assert 0.19 < fit_temperature(outcomes) < 5.1


def test_a_higher_threshold_keeps_fewer_predictions():
    rows = [counts for _, counts in by_threshold(drawn(200), 300)]
    assert rows[0].predicted == 200
    assert all(a.predicted >= b.predicted for a, b in pairwise(rows))
    assert rows[-1].precision > rows[0].precision
