"""What the page sets beside its numbers: of the same thing, with the date that it is of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from uprising.case import load_case, write_template
from uprising.record.targets import read_targets
from uprising.result.summary import DATES
from uprising.server.effects import compare
from uprising.server.on_record import on_record
from uprising.server.worker import Made


def test_numbers_of_the_record_carry_their_dates() -> None:
    case = load_case("hungary-1956")
    told = on_record(case)
    fled = [(mark["time"], mark["low"], mark["high"]) for mark in told["counters"]["fled"]]
    assert fled == [("1956-11-04T00:00", 3000.0, 4000.0), ("1956-11-07T00:00", 9000.0, 13000.0)]
    (dead,) = told["counters"]["dead_civilian"]
    assert dead["time"] == case.settings.calendar.end.isoformat(timespec="minutes")
    assert told["totals"]["dead_civilian"] == dead
    assert "fled" not in told["totals"], "what is on record of the end are bounds from other dates"
    for marks in told["counters"].values():
        for mark in marks:
            assert mark["low"] is None or mark["low"] <= mark["documented"]
            assert mark["high"] is None or mark["documented"] <= mark["high"]


def test_dates_of_the_record_are_those_of_the_scorecard() -> None:
    case = load_case("hungary-1956")
    told = on_record(case)["dates"]
    assert set(told) <= set(DATES)
    by_id = {target.id: target for target in read_targets(case.folder)}
    start = np.datetime64(case.settings.calendar.start, "m")
    for name, target in (
        ("first_shots", "FIRST_SHOTS"),
        ("second_intervention", "ASSAULT"),
        ("truce", "TRUCE"),
    ):
        if target in by_id:
            day = by_id[target].documented
            assert day is not None
            assert told[name]["time"] == str(start + np.timedelta64(round(day * 1440), "m"))[:16]
    assert told["first_shots"]["time"] == "1956-10-23T21:00"
    assert told["first_shots"]["low"] < told["first_shots"]["time"] < told["first_shots"]["high"]


def test_a_case_without_a_record_has_nothing_beside_it(tmp_path: Path) -> None:
    case = load_case(write_template(tmp_path / "toy"))
    assert on_record(case) == {"counters": {}, "totals": {}, "dates": {}}


def made(outcome: str, fled: int, truce: str | None) -> Made:
    totals = dict.fromkeys(
        (
            "dead_civilian",
            "dead_security",
            "dead_hegemon",
            "wounded",
            "detained",
            "peak_crowd",
            "peak_strike_share",
        ),
        0,
    )
    dates = dict.fromkeys(DATES) | {"truce": truce}
    summary = {"outcome": outcome, "totals": totals | {"fled": fled}, "dates": dates}
    return Made(summary, ["1956-10-23T00:00"], {"crowd": np.array([1.0])})


def test_the_difference_of_the_means_is_the_mean_difference() -> None:
    """Of medians it need not be: these have none, and the pairs differ by 18 in the middle."""
    plain = [232, 100, 90, 400]
    changed = [250, 118, 300, 237]
    pairs = [
        (
            made("crushed", one, "1956-10-28T12:00" if k else None),
            made("crushed" if k < 3 else "negotiated", other, "1956-10-28T18:00"),
        )
        for k, (one, other) in enumerate(zip(plain, changed, strict=True))
    ]
    told = compare(pairs)
    assert told is not None
    fled = told["totals"]["fled"]
    assert fled["what_if_mean"] - fled["baseline_mean"] == pytest.approx(fled["difference"]["mean"])
    assert told["pairs"] == 4
    shares = told["outcomes"]
    assert [round(shares[name]["what_if"] * 4) for name in ("crushed", "negotiated")] == [3, 1]
    assert (told["dates"]["truce"]["baseline_n"], told["dates"]["truce"]["what_if_n"]) == (3, 4)
