"""Assemblies and calls: what is announced, when it is expected, where it leads, and what it does to a country."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

import uprising
from uprising.kernel.assembly import assemble

EARLY, GATHER, MARCH, WAITS = 4, 1, 5, 30
TURNOUT, COST_EARLY, CAMPUS, DRAW = 0.1, 0.15, 6.0, 3.0


class Town(NamedTuple):
    """A town of 1,000 with a university (site 0) and two squares (sites 1 and 2)."""

    called: Any
    present: Any
    is_open: Any
    expected: Any
    waiting: Any
    salience: Any
    route_draw: Any
    calls: Any


def see(since: int, at_campus: float = 0.0, out: float = 0.0, danger: float = 0.0) -> tuple[bool, Town]:
    """A step that is `since` steps after the last call's hour."""
    tick = 1000
    town = Town(
        np.array([tick - since]), np.zeros(1), np.zeros(1, np.bool_), np.zeros(1), np.zeros(1), np.zeros(3),
        np.zeros(3), np.zeros(1, np.bool_),
    )  # fmt: skip
    calls = assemble(
        tick=tick, early=EARLY, gather=GATHER, march=MARCH, waits=WAITS, turnout=TURNOUT, cost_early=COST_EARLY,
        campus_salience=CAMPUS, call_draw=DRAW, place_group=np.zeros(1, np.int64), danger=np.array([danger]),
        site_group=np.zeros(3, np.int64), is_campus=np.array([True, False, False]),
        world_salience=np.array([0.5, 2.0, 4.0]), crowd=np.array([at_campus, 0.0, 0.0]),
        group_population=np.array([1000.0]), out_by_group=np.array([out]), mass_size=np.array([50.0]),
        size=np.array([20.0]), first_square=np.array([1]), last_square=np.array([2]), **town._asdict(),
    )  # fmt: skip
    assert calls == town.calls[0]
    return bool(calls), town


@pytest.mark.parametrize(
    ("since", "expected", "waiting", "square"),
    [
        (-WAITS - 1, 0.0, 0.0, None),
        (-WAITS, 0.0, COST_EARLY, None),
        (-EARLY - 1, 0.0, COST_EARLY, None),
        (-EARLY, 100.0, 0.0, 1),
        (GATHER - 1, 100.0, 0.0, 1),
        (GATHER, 100.0, 0.0, 2),
        (MARCH - 1, 100.0, 0.0, 2),
        (MARCH, 0.0, 0.0, None),
    ],
)
def test_a_call_is_waited_for_then_followed(
    since: int, expected: float, waiting: float, square: int | None
) -> None:
    _, town = see(since)
    assert town.expected[0] == expected
    assert town.waiting[0] == waiting
    assert np.flatnonzero(town.route_draw).tolist() == ([] if square is None else [square])


def test_universities_draw_while_a_town_is_quiet() -> None:
    assert see(MARCH)[1].salience[0] == CAMPUS
    assert see(0)[1].salience[0] == 0.5  # they are in the streets
    assert see(MARCH, out=60.0)[1].salience[0] == 0.5
    assert see(MARCH, danger=0.5)[1].salience[0] == 0.5


def test_enough_people_call_but_not_twice() -> None:
    assert see(10_000, at_campus=20.0)[0]
    assert not see(10_000, at_campus=19.0)[0]
    assert not see(-WAITS, at_campus=20.0)[0]  # a demonstration has been called already
    assert see(MARCH, at_campus=20.0)[0]  # the last one is over and came to nothing


def test_a_call_fills_the_streets_in_the_afternoon() -> None:
    """Where nobody ever calls, the first mass comes later or not at all; where they do, in the hours after work."""

    def first_mass(share: float) -> list[float]:
        found = []
        for seed in (1, 2, 3, 4):
            run = uprising.run(
                "hungary-1956", seed=seed, scale=0.02, until="1956-10-25", parameters={"assembly_share": share}
            )
            events = run.events.to_pylist()
            masses = [e for e in events if e["kind"] == "mass_protest" and e["place"] == "T_BUDAPEST"]
            calls = [e for e in events if e["kind"] == "call" and e["place"] == "T_BUDAPEST"]
            assert bool(calls) == (share < 0.5)
            since = masses[0]["time"] - np.datetime64("1956-10-16", "s").item() if masses else None
            found.append(1e3 if since is None else since.total_seconds() / 3600)
        return found

    with_calls, without = first_mass(0.18), first_mass(0.6)
    assert sum(with_calls) < sum(without)
    assert all(13.0 <= hour % 24.0 <= 19.0 for hour in with_calls if hour < 1e3)
    assert sum(hour < 1e3 for hour in with_calls) >= 3
