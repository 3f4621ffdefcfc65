"""Group decision, persuasion and laws of attrition: properties that hold for any input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uprising.actors import group_decision
from uprising.models.attrition import deitchman_losses, whole_losses

GROUPS = st.integers(2, 12).flatmap(
    lambda n: st.tuples(
        *(
            st.lists(st.floats(low, high), min_size=n, max_size=n)
            for low, high in ((0.0, 10.0), (0.01, 1.0), (0.01, 1.0))
        )
    )
)


@settings(max_examples=100, deadline=None)
@given(GROUPS)
def test_success_probabilities_of_the_printed_form_sum_to_one(group) -> None:
    x, c, s = map(np.array, group)
    p = group_decision.success_probability(x, c * s, 10.0)
    assert ((p >= 0.0) & (p <= 1.0)).all()
    differs = (x[:, None] != x[None, :]) & (p + p.T > 0.0)
    assert np.allclose((p + p.T)[differs], 1.0)
    assert (p[x[:, None] == x[None, :]] == 0.0).all()


@settings(max_examples=60, deadline=None)
@given(GROUPS, st.sampled_from(group_decision.SUCCESS), st.sampled_from([0.5, 1.0]))
def test_bargaining_stays_on_the_line_and_exponents_in_range(group, success, status_quo) -> None:
    x, c, s = map(np.array, group)
    result = group_decision.expected_utility(x, c, s, 3, status_quo, success, span=10.0)
    assert (result.risk >= 0.5 - 1e-12).all()
    assert (result.risk <= 2.0 + 1e-12).all()
    assert (result.positions >= x.min() - 1e-9).all()
    assert (result.positions <= x.max() + 1e-9).all()


def test_weighted_median_beats_every_other_position() -> None:
    draw = np.random.default_rng(1)
    for _ in range(50):
        x, power = draw.integers(0, 10, 7).astype(float), draw.uniform(0.1, 1.0, 7)
        median = group_decision.weighted_median(x, power)
        for other in set(x) - {median}:
            assert group_decision.votes(x, power, median, other, 10.0).sum() >= 0 or (
                power[abs(x - median) < abs(x - other)].sum() >= power[abs(x - median) > abs(x - other)].sum()
            )


def test_persuasion_reaches_its_limit_and_keeps_within_bounds() -> None:
    start = np.array([0.0, 0.2, 1.0])
    weights = np.array([0.2, 0.3, 0.5])
    end = group_decision.friedkin_johnsen(start, start, [0.1, 0.5, 0.9], weights, rounds=500)
    assert np.allclose(end, group_decision.friedkin_johnsen_limit(start, [0.1, 0.5, 0.9], weights), atol=1e-12)
    assert np.array_equal(group_decision.friedkin_johnsen(start, start, 1.0, weights, rounds=5), start)
    with pytest.raises(ValueError, match="stubbornness"):
        group_decision.friedkin_johnsen(start, start, 1.5, weights)
    with pytest.raises(ValueError, match="sum to 1"):
        group_decision.friedkin_johnsen(start, start, 0.5, np.ones((3, 3)))


def test_deitchman_rates_and_whole_losses() -> None:
    assert deitchman_losses(50.0, 20.0, 0.1, 0.01) == (2.0, 10.0)
    drawn = [whole_losses(2.0, 0.5, 1000.0, 7, 221, who, 0) for who in range(4000)]
    assert np.mean(drawn) == pytest.approx(1.0, abs=0.06)
    assert max(whole_losses(50.0, 1.0, 3.0, 7, 221, who, 0) for who in range(100)) == 3
