"""Conservation on generated small cases: at every step people, losses, arms and men add up."""

from __future__ import annotations

from functools import wraps
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from small_worlds import (
    LIVELY,
    LIVELY_SEED,
    SCALE,
    assert_sound,
    begin,
    losses_by_state,
    series_are_sound,
    template,
    with_fewer,
)
from uprising.crisis.state import Moment
from uprising.kernel.confrontation import clash
from uprising.kernel.engine.bind import bind, parameters_of
from uprising.kernel.movement import travel
from uprising.kernel.population.counters import recount
from uprising.schema import parameters
from uprising.state import FIGHTING, JOINED

STEPS = 240


def run_soundly(clock: Any, steps: int) -> dict[str, int]:
    """Take steps, checking after each; rows by state at the end."""
    for _ in range(steps):
        before = clock.crisis.population.people.activity.copy()
        clock.step()
        assert_sound(clock.crisis, before)
        series_are_sound(clock)
    return losses_by_state(clock.crisis)


def test_the_lively_world_sees_everything() -> None:
    """What the other tests of this file check would be empty where nothing happened."""
    clock = begin()
    crisis = clock.crisis
    seen: set[str] = set()
    for _ in range(720):
        before = crisis.population.people.activity.copy()
        clock.step()
        assert_sound(crisis, before)
        seen |= {state for state, rows in losses_by_state(crisis).items() if rows}
        seen |= {event.kind for event in crisis.take_events()}
    dead = crisis.places.dead.sum(axis=0)
    assert (dead > 0).all(), dead
    assert {"on_strike", "demonstrating", "fighting", "detained", "wounded", "dead", "fled"} <= seen
    assert {"shots", "site_captured", "arms_seized", "concession", "unit_joined", "assault"} <= seen


RANGES = {row.name: row for row in parameters()}
parameter_sets = st.dictionaries(st.sampled_from(sorted(RANGES)), st.floats(0.0, 1.0), max_size=12).map(
    lambda drawn: {name: min(row.high, row.low + u * (row.high - row.low)) for name, u in drawn.items()
                   for row in (RANGES[name],)}
)  # fmt: skip
# shrinking would run a crisis hundreds of times
WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=10, phases=WITHOUT_SHRINKING, suppress_health_check=SLOW)
@given(
    seed=st.integers(0, 2**63 - 1),
    changes=parameter_sets,
    lively=st.booleans(),
    legitimacy=st.floats(0.0, 0.6),
    hardship=st.floats(0.3, 0.9),
    belief=st.floats(0.0, 0.6),
    step_minutes=st.sampled_from([15, 30, 60]),
)
def test_generated_parameters_and_eves(
    seed: int, changes: dict[str, float], lively: bool, legitimacy: float, hardship: float, belief: float,
    step_minutes: int,
) -> None:  # fmt: skip
    # four populations at most, so that they need not be made for every example
    case = template().with_settings("eve", legitimacy=legitimacy, hardship=round(hardship, 1), belief=belief)
    case = case.with_settings("calendar", step_minutes=step_minutes)
    run_soundly(begin(case, seed, SCALE, (LIVELY if lively else {}) | changes), STEPS)


@settings(max_examples=8, phases=WITHOUT_SHRINKING, suppress_health_check=SLOW)
@given(
    seed=st.integers(0, 2**32),
    share=st.sampled_from([0.01, 0.02, 0.03]),
    men=st.floats(0.2, 5.0),
    arms=st.integers(0, 200),
    changes=parameter_sets,
)
def test_generated_populations_in_which_everybody_stands_for_one(
    seed: int, share: float, men: float, arms: int, changes: dict[str, float]
) -> None:
    case = with_fewer(template(), share)
    forces = [{**row, "men": max(1, round(row["men"] * men))} for row in case.tables["forces"].rows]
    sites = [{**row, "arms": row["arms"] + arms} for row in case.tables["sites"].rows]
    case = case.with_table("forces", forces).with_table("sites", sites)
    clock = begin(case, seed, 1.0, LIVELY | changes)
    assert clock.crisis.population.weight == 1.0
    run_soundly(clock, STEPS)


def test_a_fault_in_the_counts_is_found() -> None:
    clock = begin()
    clock.step()
    population = clock.crisis.population
    population.check_conservation()
    population.counters.place_role[0, 0, 0] += 1
    with pytest.raises(AssertionError, match="do not add up"):
        population.check_conservation()
    with pytest.raises(AssertionError):
        assert_sound(clock.crisis, population.people.activity.copy())


def test_the_population_of_the_case_is_never_written_to() -> None:
    clock = begin()
    kept = clock.crisis.population.people
    for column in ("home", "role", "household", "hardship", "threshold"):
        assert not getattr(kept, column).flags.writeable, column
    first = {name: column.copy() for name, column in kept._asdict().items()}
    for _ in range(200):
        clock.step()
    changed = {name for name, column in kept._asdict().items() if not np.array_equal(column, first[name])}
    assert changed <= {"activity", "site", "since", "outrage"}
    assert {"activity", "site", "since"} <= changed


def stand_at(crisis: Any, site: int, row: int, activity: int) -> None:
    """Put one quiet person of the table into the streets at a site."""
    population, people = crisis.population, crisis.population.people
    bind(recount, among=population.as_arguments(), i=row, before=0, after=activity)()
    people.activity[row], people.site[row], people.since[row] = activity, site, 0
    stripe = int(np.searchsorted(population.first_row, row, side="right")) - 1
    population.rows_out[population.first_row[stripe] + population.n_out[stripe]] = row
    population.n_out[stripe] += 1
    if activity == FIGHTING:
        crisis.sites.insurgents[site] += population.weight
        crisis.places.insurgents_home[people.home[row]] += population.weight
    else:
        crisis.sites.unarmed[site] += population.weight


def test_losses_of_soldiers_who_joined_fall_on_their_unit() -> None:
    clock = begin(with_fewer(template(), 0.03), LIVELY_SEED, 1.0, {**LIVELY, "bystanders": 0.1})
    crisis = clock.crisis
    world, units = crisis.setting.world, crisis.units
    site = world.site_ids.index("S_RADIO")
    joined, guard = world.unit_ids.index("F_CITY_POLICE"), world.unit_ids.index("F_RADIO_GUARD")
    units.node[joined], units.stance[joined], units.men[joined] = world.n_places + site, JOINED, 20_000.0
    units.men[guard] = 2_000.0
    crisis.now = Moment(tick=20, hour=10.0, hour_of_day=10.0, is_workday=True, is_light=True)
    crisis.country.tick = 20
    n_insurgents = 300
    for row in np.flatnonzero(crisis.population.people.role == 1)[:n_insurgents]:
        stand_at(crisis, site, int(row), FIGHTING)
    for stage in ("signals", "confrontation", "consequences"):
        clock.stages[stage]()
    lost = crisis.incidents.outcome[site]
    assert lost[clash.DEAD_FIGHTERS] > 1, "the world of this test no longer sees a fight"
    killed_rows = losses_by_state(crisis)["dead"]
    fallen_soldiers = 20_000.0 - units.men[joined]
    assert 0.0 < fallen_soldiers <= lost[clash.DEAD_FIGHTERS]
    assert killed_rows + fallen_soldiers <= lost[clash.DEAD_FIGHTERS] + lost[clash.DEAD_BYSTANDERS]


def test_outrage_never_exceeds_its_most() -> None:
    crisis = begin(parameters={"outrage_most": 0.1, "insult_outrage": 0.2}).crisis
    crisis.insult()
    assert crisis.places.heard_outrage.max() <= 0.1


def test_weapons_change_hands_and_none_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes up arms takes them from what lies about; who lays them down leaves them there."""
    kernel = travel.act_and_count
    names = parameters_of(kernel)
    moved = 0

    @wraps(getattr(kernel, "py_func", kernel))
    def act_and_count(*arguments: Any) -> Any:
        nonlocal moved
        given = dict(zip(names, arguments, strict=True))
        activity, loose, weight = given["activity"], given["arms_loose"], given["weight"]

        def weapons() -> float:
            return float(loose.sum() + weight * (activity == FIGHTING).sum())

        before, armed = weapons(), activity == FIGHTING
        answer = kernel(*arguments)
        assert weapons() == pytest.approx(before, abs=1e-6)
        moved += int((armed != (activity == FIGHTING)).sum())
        return answer

    monkeypatch.setattr(travel, "act_and_count", act_and_count)
    clock = begin()
    for _ in range(150):
        clock.step()
    assert moved > 0
