"""The state of a crisis: who writes what, that a snapshot is all of it, and that nothing else outlives a step."""

from __future__ import annotations

import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from small_worlds import LIVELY, LIVELY_SEED, SCALE, begin, lively_case
from uprising.actors import outside
from uprising.case.people import synthesise
from uprising.case.world import build_world
from uprising.crisis import influence, movement, population
from uprising.crisis.order import STEPS, Clock
from uprising.crisis.snapshot import OUT, people_arrays, restore_snapshot, take_snapshot
from uprising.crisis.state import LASTING, OF_A_STEP, Crisis, blocks_of
from uprising.simulation import parameters_in_force
from uprising.state import digest_of

STEPS_TO_ASSAULT = 6 * 48
"""a step from which the lively world sees an assault"""

SELDOM = {
    "signals": {"country.council_alarm"},
    "units": {
        "country.alarm",
        "country.readiness_shift",
        "places.heard_outrage",
        "places.own_belief",
        "towns.arms_loose",
    },
    "government": {"units"},
    "hegemon": {"places.own_belief"},
    "flight": {"people.site"},
    "outside world": {"country.seen_once", "log.events"},
}
"""what stages write where an event alarms the hegemon, its troops enter the capital, a unit goes over, the army is
called, the council bargains, somebody in the streets flees, or unrest spreads to neighbours: not in the run below"""


def marks_of(crisis: Crisis) -> dict[str, bytes]:
    """A fingerprint of every field of every block, and of people."""
    found: dict[str, Any] = {
        f"{name}.{field.name}": getattr(block, field.name)
        for name, block in blocks_of(crisis).items()
        for field in fields(block)
    }
    found |= people_arrays(crisis) | {OUT: crisis.population.who_is_out()}
    return {name: fingerprint(value) for name, value in found.items()}


def fingerprint(value: Any) -> bytes:
    if isinstance(value, np.ndarray):
        return value.tobytes()
    return pickle.dumps(sorted(value) if isinstance(value, set) else value)


def shown(clock: Clock) -> str:
    """What a step has left, in one word."""
    series = {name: np.asarray(value) for name, value in clock.series().items()}
    return digest_of(*series.values(), *clock.crisis.population.people)


def test_a_stage_writes_what_it_says_and_no_more() -> None:
    """Over a run that sees everything: what is said of a stage is neither too little nor too much."""
    clock = begin()
    found: dict[str, set[str]] = {name: set() for name in clock.stages}
    for step in range(420):
        if step == 150:
            clock.crisis.country.tick = STEPS_TO_ASSAULT  # without the days between
        clock.begin_step()
        for name, stage in clock.stages.items():
            before = marks_of(clock.crisis)
            stage()
            after = marks_of(clock.crisis)
            found[name] |= {field for field in after if after[field] != before[field]}
        clock.crisis.country.tick += 1
    for stage in STEPS:
        if stage.make is None:
            continue
        written, said = found[stage.name], set(stage.make.writes)
        unsaid = {field for field in written if field not in said and field.partition(".")[0] not in said}
        assert not unsaid, f"{stage.name} writes {sorted(unsaid)} and doesn't say so"
        unseen = {entry for entry in said if not any(f"{field}.".startswith(f"{entry}.") for field in written)}
        assert unseen == SELDOM.get(stage.name, set()), stage.name


def test_a_crisis_has_no_state_beside_its_blocks() -> None:
    crisis = begin().crisis
    derived = {"setting", "population", "influence", "deployment", "now"}
    assert set(vars(crisis)) == {*LASTING, *OF_A_STEP, *derived}


def test_a_snapshot_holds_every_field_of_every_lasting_block() -> None:
    crisis = begin().crisis
    arrays, values = take_snapshot(crisis)
    held = set(arrays) | {f"{name}.{field}" for name, block in values.items() for field in block}
    for name, block in blocks_of(crisis, LASTING).items():
        assert {f"{name}.{field.name}" for field in fields(block)} <= held
    assert {"people.activity", "people.outrage", "counters.place_role", OUT} <= set(arrays)


@pytest.mark.parametrize("steps", [60, 150])
def test_a_crisis_goes_on_from_a_snapshot_as_if_nothing_had_been(steps: int) -> None:
    clock = begin()
    for _ in range(steps):
        clock.step()
    arrays, values = take_snapshot(clock.crisis)
    kept = {name: array.copy() for name, array in arrays.items()}
    told = json.loads(json.dumps(values, default=lambda number: number.item()))
    other = begin()
    restore_snapshot(other.crisis, kept, told)
    assert other.tick == clock.tick == steps
    for step in range(60):
        clock.step()
        other.step()
        assert shown(clock) == shown(other), f"step {step}"
    assert clock.crisis.take_events() == other.crisis.take_events()


def test_a_snapshot_of_another_scale_is_refused() -> None:
    arrays, values = take_snapshot(begin().crisis)
    with pytest.raises(ValueError, match=r"the snapshot's people.* has shape"):
        restore_snapshot(begin(scale=SCALE / 2.0).crisis, arrays, values)


def spoil(crisis: Crisis) -> None:
    """Overwrite everything that is only of a step."""
    for block in blocks_of(crisis, OF_A_STEP).values():
        for field in fields(block):
            value = getattr(block, field.name)
            if isinstance(value, np.ndarray):
                value[...] = 1 if value.dtype.kind in "ib" else np.nan
            elif isinstance(value, float):
                setattr(block, field.name, np.nan)
    crisis.perceived.foreseen, crisis.perceived.foreseen_from = outside.nothing_felt(), 0
    crisis.incidents.sites = np.zeros(1, np.int64)


def test_what_is_of_a_step_does_not_outlive_it() -> None:
    usual, spoilt = begin(), begin()
    for step in range(150):
        spoil(spoilt.crisis)
        usual.step()
        spoilt.step()
        assert shown(usual) == shown(spoilt), f"step {step}"


def test_work_that_is_spread_over_threads_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a run of many people: a small one would do everything on one thread."""
    alone = begin()
    for module, name in (
        (population, "WORTH_THREADS"), (influence, "WORTH_LOOKING"), (movement, "WORTH_ACTING"),
        (movement, "WORTH_A_CALL"), (movement, "WORTH_PIECES"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, 1)
    monkeypatch.setattr(population, "CHUNK", 40)
    case = lively_case()
    with ThreadPoolExecutor(3) as pool:
        spread = Clock(
            case, build_world(case), *synthesise(case, SCALE), parameters_in_force(case, LIVELY), LIVELY_SEED, SCALE,
            pool, 3,
        )  # fmt: skip
        assert spread.crisis.population.threads == 3
        for step in range(150):
            alone.step()
            spread.step()
            assert shown(alone) == shown(spread), f"step {step}"
    assert alone.crisis.take_events() == spread.crisis.take_events()
    assert alone.crisis.influence.n_stale > 0, "without a change in the counts this test says little"


def test_pulls_follow_from_counts_while_nobody_is_active() -> None:
    """As after a resume: what people feel depends on the counts alone, whoever was active in the steps before."""
    crisis = begin().crisis
    teams, counters = crisis.influence.team_pull, crisis.population.counters
    for _ in range(2):
        crisis.influence.look_around()
    before = teams.copy()
    # a member of the first team leaves the country
    counters.team_stopped[0] += 1
    crisis.population.team_moved[0] |= np.uint64(1)
    crisis.influence.look_around()
    assert (teams[0] != before[0]).any()
    after = teams.copy()
    crisis.population.forget_counts()
    crisis.influence.look_around()
    np.testing.assert_array_equal(teams, after)
