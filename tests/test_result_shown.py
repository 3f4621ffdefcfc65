"""What a reader sees of units and sites: every unit has its side, and a place that is empty is nobody's."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pyarrow

import report_runs
from uprising.case import load_case
from uprising.case.world import build_world
from uprising.result.forces import UNKNOWN, units_in
from uprising.result.holding import holders_shown, void_since
from uprising.state import HELD_BY_GOVERNMENT, HELD_BY_HEGEMON, HELD_BY_INSURGENTS, HELD_BY_NOBODY, UNIT_SIDES


def test_parts_of_a_formation_have_the_side_and_name_of_the_whole() -> None:
    """Runs of older versions recorded ids alone."""
    case = load_case("hungary-1956")
    world = build_world(case)
    run = report_runs.made_run(days=1)
    units = units_in(run.recorded, case)
    assert [unit.id for unit in units] == world.unit_ids
    assert [unit.side for unit in units] == [UNIT_SIDES[side] for side in world.unit_side]
    assert [unit.name for unit in units] == world.unit_names
    assert any(unit.id.endswith("_2") and unit.side == "hegemon" for unit in units)
    assert {unit.side for unit in units_in(run.recorded, None)} == {UNKNOWN}


def test_a_site_that_everybody_left_a_day_ago_is_nobody_s() -> None:
    steps, day = 300, 48
    holder = np.full((steps, 4), HELD_BY_INSURGENTS, np.uint8)
    holder[:, 1], holder[:, 2] = HELD_BY_GOVERNMENT, HELD_BY_HEGEMON
    holder[:100, 3] = HELD_BY_GOVERNMENT
    crowd, fighting = np.zeros((steps, 4), np.int32), np.zeros((steps, 4), np.int32)
    crowd[10:20, 0] = 500
    fighting[150:160, 0] = 3
    shown = holders_shown(holder, crowd, fighting, 30)
    assert shown.dtype == np.uint8
    held = shown[:, 0] == HELD_BY_INSURGENTS
    assert np.flatnonzero(held).tolist() == [*range(10, 19 + day), *range(150, 159 + day)]
    assert set(shown[~held, 0].tolist()) == {HELD_BY_NOBODY}
    assert (shown[:, 1] == HELD_BY_GOVERNMENT).all() and (shown[:, 2] == HELD_BY_HEGEMON).all()
    assert np.flatnonzero(shown[:, 3] == HELD_BY_INSURGENTS).tolist() == [*range(100, 100 + day)]


def test_what_a_government_granted_is_void_once_force_has_replaced_it() -> None:
    def events(*kinds: str) -> pyarrow.Table:
        times = [datetime(1956, 11, 1) + timedelta(hours=12 * k) for k in range(len(kinds))]
        return pyarrow.table({"time": pyarrow.array(times, pyarrow.timestamp("ms")), "kind": list(kinds)})

    assert void_since(events("concession", "government_installed", "last_fighting")) == "1956-11-01T12:00"
    assert void_since(events("concession", "leader_changed", "assault")) is None
    assert void_since(events()) is None
