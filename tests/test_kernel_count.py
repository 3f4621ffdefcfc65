"""Counts of a step, against numpy's own."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from uprising.kernel.engine.sums import pairwise_sum
from uprising.kernel.output import count_people, share_above
from uprising.kernel.population.counters import find_active
from uprising.state import DEMONSTRATING, DETAINED, FIGHTING, STRIKING


@given(st.integers(0, 2**32), st.integers(0, 700))
def test_sums_are_numpys_bit_for_bit(seed: int, n: int) -> None:
    values = np.random.default_rng(seed).lognormal(0.0, 4.0, n)
    assert pairwise_sum(values) == np.add.reduce(values)


@given(st.integers(0, 2**32), st.sampled_from([1.0, 2.5, 100.0]))
def test_people_are_counted_by_what_they_do(seed: int, weight: float) -> None:
    rows = np.random.default_rng(seed).integers(0, 50, (4, 5, 8))
    crowd = np.zeros((4, 5), np.int32)
    fighting, striking, detained = np.zeros((3, 4), np.int32)
    count_people(
        place_role=rows, weight=weight, first_worker=1, second_worker=3, crowd=crowd, fighting=fighting,
        striking=striking, detained=detained,
    )  # fmt: skip
    assert crowd.tolist() == np.rint(rows[:, :, DEMONSTRATING] * weight).tolist()
    assert fighting.tolist() == np.rint(rows[:, :, FIGHTING].sum(axis=1) * weight).tolist()
    assert detained.tolist() == np.rint(rows[:, :, DETAINED].sum(axis=1) * weight).tolist()
    idle = rows[:, [1, 3]][:, :, [STRIKING, DEMONSTRATING, FIGHTING]].sum(axis=(1, 2))
    assert striking.tolist() == np.rint(idle * weight).tolist()


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.5, 1.0]))
def test_the_share_above_is_that_of_numpys_interpolation(seed: int, tied: float) -> None:
    random = np.random.default_rng(seed)
    quantiles = np.sort(random.random((6, 33)) * (random.random((6, 1)) >= tied), axis=1)
    needed = np.concatenate([[-1.0, 2.0, 0.0], quantiles[3, [0, 32]], random.random(1)])
    share = np.zeros(6)
    share_above(needed, quantiles, share)
    steps = np.linspace(0.0, 1.0, 33)
    for p in range(6):
        assert share[p] == 1.0 - np.interp(needed[p], quantiles[p], steps, left=0.0, right=1.0)


@given(st.integers(0, 2**32))
def test_places_where_anybody_is_active_are_found(seed: int) -> None:
    rows = np.random.default_rng(seed).integers(0, 20, (5, 4, 8)) // 18
    is_active = np.ones(5, np.bool_)
    for first in (STRIKING, DEMONSTRATING):
        anybody = find_active(rows, first, is_active)
        assert is_active.tolist() == rows[:, :, first : FIGHTING + 1].any(axis=(1, 2)).tolist()
        assert anybody == is_active.any()
    assert not find_active(np.zeros_like(rows), STRIKING, is_active)
