"""Axes of the report's charts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprising.errors import UserError
from uprising.result.report.axes import day_ticks, keep_apart, log_ticks, outline, round_ticks
from uprising.result.report.documented import read_documented, read_positions


@given(st.floats(1e-3, 1e9))
def test_round_ticks_reach_the_top_in_few_equal_steps(top: float) -> None:
    ticks = round_ticks(top)
    assert ticks[0] == 0.0
    assert ticks[-1] >= top * (1 - 1e-9)
    assert 2 <= len(ticks) <= 6
    assert np.allclose(np.diff(ticks), ticks[1])


@given(st.floats(0.01, 1e6), st.floats(1.0, 1e4))
def test_log_ticks_hold_both_ends(low: float, factor: float) -> None:
    ticks = log_ticks(low, low * factor)
    assert ticks[0] <= low * (1 + 1e-9)
    assert ticks[-1] >= low * factor * (1 - 1e-9)


@given(st.lists(st.floats(0.0, 200.0), max_size=14))
def test_labels_keep_apart_in_order_and_inside(wanted: list[float]) -> None:
    placed = keep_apart(wanted, 13.0, 0.0, 200.0)
    order = np.argsort(wanted, kind="stable")
    assert (np.diff(np.array(placed)[order]) >= 13.0 - 1e-6).all()
    if wanted:
        assert min(placed) >= -1e-6
        assert max(placed) <= 200.0 + 1e-6


def test_labels_that_have_room_stay_where_they_are() -> None:
    assert keep_apart([10.0, 50.0, 90.0], 13.0, 0.0, 100.0) == [10.0, 50.0, 90.0]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=500))
def test_an_outline_keeps_the_extremes(values: list[float]) -> None:
    x = np.linspace(0.0, 20.0, len(values))
    kept = outline(x, np.array(values))
    heights = [y for _, y in kept]
    assert min(heights) == min(values)
    assert max(heights) == max(values)
    assert kept[0] == (0.0, values[0])
    assert len(kept) <= 4 * 21
    assert (np.diff([x for x, _ in kept]) >= 0.0).all()


@pytest.mark.parametrize("hours", [1, 12, 40, 24 * 3, 24 * 20, 24 * 46, 24 * 800])
def test_ticks_of_days_are_few_and_inside(hours: int) -> None:
    first = np.datetime64("2001-02-25T06:00")
    times = np.array([first, first + np.timedelta64(hours, "h")])
    ticks = day_ticks(times)
    assert 1 <= len(ticks) <= 9
    assert all(first <= time <= times[1] for time, _ in ticks)


def record(tmp_path: Path, name: str, text: str) -> None:
    folder = tmp_path / "record"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


HEAD = "id,series,start,end,place,value,unit,low,high,quality,source,note\n"


def test_documented_values_are_those_with_a_simulated_counterpart(tmp_path: Path) -> None:
    record(
        tmp_path,
        "series.csv",
        HEAD + "A,armed_insurgents_city,2001-03-01T18:00,,CITY,500,persons,300,,data,S1,\n"
        "B,armed_insurgents_city,2001-03-02,,CITY,600,persons,,,data,S1,\n"
        "C,wages,2001-03-02,,CITY,600,persons,,,data,S1,\n"
        "D,armed_insurgents_city,2001-03,,CITY,600,persons,,,data,S1,\n"
        "E,refugees_month,2001-03-02,,CITY,600,persons,,,data,S1,\n",
    )
    found = read_documented(tmp_path)
    assert [(str(v.time), v.measure, v.value, v.low, v.high) for v in found] == [
        ("2001-03-01T18:00", "fighting", 500.0, 300.0, 500.0),
        ("2001-03-02T12:00", "fighting", 600.0, 600.0, 600.0),
    ]


def test_a_damaged_record_is_named_with_its_line(tmp_path: Path) -> None:
    record(tmp_path, "series.csv", HEAD + "A,armed_insurgents,2001-03-01,,CITY,many,persons,,,data,S1,\n")
    with pytest.raises(UserError, match=r"series\.csv, line 2"):
        read_documented(tmp_path)
    record(tmp_path, "council_positions.csv", "session,member,position\n2001-03-01,A,half\n")
    with pytest.raises(UserError, match=r"council_positions\.csv, line 2"):
        read_positions(tmp_path)
