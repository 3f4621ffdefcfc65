"""Queries of targets on a small world: every statistic against an answer worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from scored_runs import target, view
from uprising.schema import statistics
from uprising.score.query import evaluate
from uprising.score.view import UnansweredError, View

CITY = ("T_CITY",)
CASES: list[tuple[dict[str, Any], float]] = [
    # the value of a step is the state at its end: at 1 o'clock the step of half past midnight has ended
    ({"statistic": "at", "variable": "crowd", "start": 1.0, "side": ("student",), "place": CITY}, 2.0),
    ({"statistic": "at", "variable": "crowd", "start": 1.25, "side": ("student",), "place": CITY}, 2.0),
    ({"statistic": "at", "variable": "crowd", "start": 1.0}, 9.0),
    ({"statistic": "peak", "variable": "crowd", "side": ("student",), "place": CITY, "end": 10.0}, 38.0),
    ({"statistic": "lowest", "variable": "crowd", "side": ("student",), "start": 5.0, "end": 10.0}, 27.0),
    ({"statistic": "mean", "variable": "crowd", "place": ("T_MILL",), "end": 48.0}, 7.0),
    ({"statistic": "final", "variable": "dead", "side": ("civilian",), "end": 48.0}, 40.0),
    ({"statistic": "final", "variable": "dead", "end": 48.0}, 45.0),
    ({"statistic": "final", "variable": "dead", "place": ("CO",), "end": 48.0}, 10.0),
    ({"statistic": "increase", "variable": "dead", "start": 20.0, "end": 48.0}, 35.0),
    ({"statistic": "final", "variable": "belief", "place": CITY, "unit": "1", "end": 48.0}, 0.3),
    ({"statistic": "at", "variable": "conceded", "unit": "demand", "start": 24.0}, 1.0),
    ({"statistic": "at", "variable": "conceded", "unit": "demand", "start": 24.5}, 2.0),
    # moments carry the label of their step
    ({"statistic": "peak_day", "variable": "crowd", "end": 48.0, "unit": "day"}, 95 / 48),
    ({"statistic": "first_day", "variable": "dead", "level": 40.0, "unit": "day", "end": 48.0}, 50 / 48),
    ({"statistic": "first_day", "variable": "dead", "level": 4e3, "unit": "day", "end": 48.0}, 4.0),
    (
        {
            "statistic": "last_day",
            "variable": "site_fighting",
            "place": ("S_SQUARE",),
            "level": 100.0,
            "unit": "day",
            "end": 48.0,
        },
        0.5,
    ),
    (
        {
            "statistic": "last_day",
            "variable": "site_fighting",
            "place": CITY,
            "level": 100.0,
            "unit": "day",
            "end": 48.0,
        },
        0.5,
    ),
    (
        {
            "statistic": "first_below_day",
            "variable": "site_fighting",
            "start": 8.0,
            "level": 100.0,
            "unit": "day",
            "end": 48.0,
        },
        25 / 48,
    ),
    # both rise by 2 a step: half of 190 is reached at step 48, half of 170 at step 53
    (
        {
            "statistic": "rise_lag",
            "variable": "crowd",
            "place": CITY,
            "side": ("industrial_worker",),
            "after": "student",
            "level": 0.5,
            "unit": "day",
            "end": 48.0,
        },
        5 / 48,
    ),
    # shares
    (
        {
            "statistic": "at",
            "variable": "striking",
            "place": CITY,
            "share_of": "workers",
            "unit": "1",
            "start": 5.0,
        },
        0.6,
    ),
    (
        {
            "statistic": "at",
            "variable": "striking",
            "place": CITY,
            "share_of": "population",
            "unit": "1",
            "start": 5.0,
        },
        0.03,
    ),
    (
        {
            "statistic": "final",
            "variable": "dead",
            "side": ("civilian",),
            "place": CITY,
            "share_of": "country",
            "unit": "1",
            "end": 48.0,
        },
        0.75,
    ),
    (
        {
            "statistic": "at",
            "variable": "crowd",
            "place": CITY,
            "side": ("student",),
            "share_of": "all_sides",
            "unit": "1",
            "start": 20.5,
        },
        80 / 140,
    ),
    # forces: the tanks are abroad until step 20, at the mill until 40, then in the city
    ({"statistic": "at", "variable": "unit_men", "side": ("hegemon",), "start": 5.0}, 0.0),
    ({"statistic": "at", "variable": "unit_men", "side": ("hegemon",), "start": 15.0}, 1000.0),
    ({"statistic": "at", "variable": "unit_men", "side": ("hegemon",), "place": CITY, "start": 15.0}, 0.0),
    ({"statistic": "at", "variable": "unit_men", "side": ("hegemon",), "place": CITY, "start": 25.0}, 1000.0),
    # a force that broke up counts only where it is asked for
    ({"statistic": "at", "variable": "unit_men", "side": ("political_police",), "start": 25.0}, 0.0),
    (
        {
            "statistic": "at",
            "variable": "unit_men",
            "side": ("army", "political_police"),
            "state": ("neutral",),
            "share_of": "all_states",
            "unit": "1",
            "start": 25.0,
        },
        100 / 140,
    ),
    # events
    ({"kind": "event", "statistic": "first_day", "variable": "shots", "unit": "day"}, 0.25),
    ({"kind": "event", "statistic": "first_day", "variable": "shots", "unit": "day", "place": ("CO",)}, 0.5),
    ({"kind": "event", "statistic": "first_day", "variable": "shots", "unit": "day", "place": CITY}, 0.25),
    ({"kind": "event", "statistic": "last_day", "variable": "shots", "unit": "day"}, 0.75),
    ({"kind": "event", "statistic": "nth_day", "variable": "shots", "unit": "day", "level": 2.0}, 0.5),
    ({"kind": "event", "statistic": "nth_day", "variable": "shots", "unit": "day", "level": 3.0}, 4.0),
    ({"kind": "event", "statistic": "mean_day", "variable": "shots", "unit": "day"}, 0.5),
    ({"kind": "event", "statistic": "number", "variable": "shots", "unit": "1", "end": 48.0}, 3.0),
    ({"kind": "event", "statistic": "places", "variable": "shots", "unit": "1", "end": 48.0}, 2.0),
    ({"kind": "event", "statistic": "quantity", "variable": "shots", "unit": "1", "end": 48.0}, 7.0),
    (
        {
            "kind": "event",
            "statistic": "quantity",
            "variable": "shots",
            "unit": "1",
            "start": 6.5,
            "end": 18.0,
        },
        1.0,
    ),
    (
        {
            "kind": "event",
            "statistic": "lag",
            "variable": "truce",
            "after": "ban",
            "unit": "day",
            "end": 48.0,
        },
        0.875,
    ),
    (
        {
            "kind": "event",
            "statistic": "lag",
            "variable": "ban",
            "after": "truce",
            "unit": "day",
            "end": 48.0,
        },
        -0.875,
    ),
]


@pytest.mark.parametrize(
    ("query", "expected"), CASES, ids=[f"{i}-{c[0]['statistic']}" for i, c in enumerate(CASES)]
)
def test_answers(query: dict[str, Any], expected: float) -> None:
    value, _ = evaluate(target(**query), view())
    assert value == pytest.approx(expected, abs=1e-6)


def test_every_statistic_of_the_schema_is_tested_and_no_other() -> None:
    asked = {(c[0].get("kind", "series"), c[0]["statistic"]) for c in CASES}
    assert asked == {(s.kind, s.name) for s in statistics()}


def test_what_did_not_happen_counts_as_at_the_end_of_the_calendar() -> None:
    for query in (
        {"kind": "event", "statistic": "first_day", "variable": "assault"},
        {"kind": "event", "statistic": "lag", "variable": "truce", "after": "assault", "end": 48.0},
        {"statistic": "first_day", "variable": "crowd", "level": 1e6, "end": 48.0},
    ):
        assert evaluate(target(unit="day", **query), view()) == (4.0, False)


@pytest.mark.parametrize(
    ("documented", "query", "expected"),
    [
        # shots fall at 6 o'clock of the first day; documented a day later, so everything is asked a day earlier
        (1.4, {"statistic": "at", "start": 25.0}, 2.0),
        (1.4, {"statistic": "peak", "start": 24.0, "end": 34.0}, 38.0),
        # documented within the same day: the hour does not matter
        (0.9, {"statistic": "at", "start": 25.0}, 98.0),
        # what would lie before the calendar is not asked for
        (1.4, {"statistic": "lowest", "start": 1.0, "end": 34.0}, 0.0),
    ],
)
def test_a_count_may_be_asked_on_the_simulated_day_of_an_event(
    documented: float, query: dict[str, Any], expected: float
) -> None:
    shots = target("first_day", "shots", kind="event", unit="day", documented=documented)
    asked = target(variable="crowd", side=("student",), place=CITY, day_of=shots, **query)
    assert evaluate(asked, view()) == (expected, True)


def test_where_the_event_did_not_happen_the_documented_day_stands() -> None:
    assault = target("first_day", "assault", kind="event", unit="day", documented=1.0)
    query = {"statistic": "at", "variable": "crowd", "start": 25.0, "side": ("student",), "place": CITY}
    assert evaluate(target(day_of=assault, **query), view()) == evaluate(target(**query), view())


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"statistic": "at", "variable": "wounded", "start": 5.0}, "did not record wounded"),
        (
            {"statistic": "at", "variable": "crowd", "start": 5.0, "place": ("T_NOWHERE",)},
            "no place in T_NOWHERE",
        ),
        (
            {"statistic": "at", "variable": "crowd", "start": 5.0, "side": ("studnet",)},
            "did you mean student",
        ),
        (
            {"statistic": "at", "variable": "striking", "start": 5.0, "side": ("student",)},
            "not told apart by side",
        ),
        ({"statistic": "at", "variable": "conceded", "start": 5.0, "place": CITY}, "whole country"),
        ({"statistic": "at", "variable": "unit_men", "start": 5.0, "side": ("navy",)}, "no side 'navy'"),
        ({"statistic": "at", "variable": "unit_men", "start": 5.0, "state": ("calm",)}, "no state 'calm'"),
        ({"statistic": "at", "variable": "crowd", "start": 72.0}, "the run covers"),
        ({"statistic": "final", "variable": "dead"}, "the run covers"),
        ({"statistic": "at", "variable": "crowd", "start": 200.0}, "not within the calendar"),
        # a run that stops before the documented date can't say that it did not happen
        (
            {
                "kind": "event",
                "statistic": "first_day",
                "variable": "assault",
                "unit": "day",
                "documented": 3.0,
            },
            "the run covers",
        ),
    ],
)
def test_what_a_run_can_not_tell_is_said(query: dict[str, Any], message: str) -> None:
    with pytest.raises(UnansweredError, match=message):
        evaluate(target(**query), view())


def test_steps_of_another_length_are_read_from_the_series() -> None:
    coarse = view().series.isel(time=slice(1, None, 2)).assign_attrs(step_minutes=60)
    seen = View(coarse, [], view().geography)
    # labelled half past one, the step ends at half past two
    value, _ = evaluate(target("at", "crowd", start=2.5, side=("student",), place=CITY), seen)
    assert value == 6.0
