"""Kernels against their plain twins, on generated countries: plain.py says what they do, they do it faster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import uprising
from small_worlds import LIVELY, SCALE, begin, template, with_fewer
from uprising.crisis.decision import Decision
from uprising.crisis.movement import Movement
from uprising.crisis.order import Clock
from uprising.crisis.setting import DAY_BEGINS, WORKER_ROLES
from uprising.kernel.decision import plain as decision
from uprising.kernel.decision import utility as rule
from uprising.kernel.forces import presence
from uprising.kernel.movement import plain as movement
from uprising.kernel.perception import plain as perception
from uprising.state import DEMONSTRATING, FIGHTING, FLED, QUIET, STRIKING, People

HERE = Path(__file__).resolve().parent
SOURCE = Path(uprising.__file__).resolve().parents[1]
Intentions = list[tuple[int, int, int]]


class Seen(NamedTuple):
    """What a followed run has shown."""

    changes: set[tuple[int, int]]
    """(activity, activity wanted)"""
    arrived: int


def follow(clock: Clock, steps: int) -> Seen:
    """Take steps, and hold perception, decision and movement of each against plain Python."""
    changes: set[tuple[int, int]] = set()
    arrived = 0
    for _ in range(steps):
        clock.begin_step()
        for name, stage in clock.stages.items():
            if name == "signals":
                check_perception(clock, stage)
            elif name == "people reconsider":
                changes |= {(before, wanted) for _, before, wanted in check_decision(clock, stage)}
            elif name == "people travel":
                check_movement(clock, stage)
                arrived += int(clock.crisis.sites.unarmed.sum())
            else:
                stage()
        clock.crisis.country.tick += 1
    return Seen(changes, arrived)


def check_perception(clock: Clock, stage: Any) -> None:
    crisis, setting = clock.crisis, clock.crisis.setting
    places, towns, population = crisis.places, crisis.towns, crisis.population
    own, news, danger = places.own_belief.copy(), places.news.copy(), places.danger.copy()
    expected, arms = towns.expected.copy(), towns.arms_loose.copy()
    groups, counters, parameters = population.groups, population.counters, setting.parameters
    stage()
    seen, geography, dt = crisis.perceived, setting.geography, setting.step_hours
    town_of = setting.world.place_group
    np.testing.assert_array_equal(seen.out, perception.count_out(counters.place_role, setting.weight))
    stopped = perception.count_stopped(counters.place_role, WORKER_ROLES, setting.weight)
    np.testing.assert_array_equal(seen.stopped, stopped)
    men = crisis.deployment.in_towns
    told = [
        perception.see_town(
            seen.town_out[g], seen.town_insurgents[g], expected[g], geography.town_population[g], arms[g],
            men[g, presence.VISIBLE], men[g, presence.STORMING], men[g, presence.PATROLLING], seen.readiness,
            parameters,
        )
        for g in range(len(arms))
    ]  # fmt: skip
    share_seen = np.array([town.share_seen for town in told])[town_of]
    fade = np.exp(-dt / parameters["news_hours"])
    np.testing.assert_allclose(places.news, perception.next_news(share_seen, geography.closeness, news, fade), 1e-12)
    storm, insurgents = men[:, presence.STORMING].sum(), seen.town_insurgents.sum()
    defeat = storm / (storm + perception.beliefs.STORM_PER_INSURGENT * insurgents + 1.0)
    outer = setting.eve.belief + seen.foreseen.belief[clock.tick - seen.foreseen_from]
    for p, g in enumerate(town_of):
        assert seen.risk_out[p] == 1.0 - (1.0 - told[g].risk) * (1.0 - danger[p])
        assert seen.risk_fight[p] == told[g].risk_fight
        after = perception.next_belief(
            own[p], outer, told[g], places.news[p], danger[p], defeat, parameters["learning_per_hour"] * dt,
            parameters["despair_per_hour"] * dt, 0.5 ** (dt / (24.0 * parameters["belief_half_life_days"])),
        )  # fmt: skip
        assert places.own_belief[p] == pytest.approx(after, abs=1e-12)
        assert seen.belief[p] == min(max(outer + places.own_belief[p], 0.0), 1.0)
    pulls = crisis.influence
    np.testing.assert_array_equal(
        pulls.team_pull, perception.pulls_of_teams(groups, counters, pulls.acquaintance, parameters)
    )
    np.testing.assert_array_equal(
        pulls.block_pull, perception.pulls_of_blocks(groups, counters, parameters["pull_block"])
    )


def in_plain_python(clock: Clock, stage: Decision, stripe: int) -> Intentions:
    """What a stripe intends, by plain.py."""
    crisis, now = clock.crisis, clock.crisis.now
    population, setting = crisis.population, crisis.setting
    rows = population.chunks[stripe].start
    return decision.intentions(
        range(int(rows[0]), int(rows[-1])), now.hour_of_day >= DAY_BEGINS, population.people,
        groups=population.groups, counters=population.counters, pulls=crisis.influence, perceived=crisis.perceived,
        place_cost=np.where(setting.world.is_countryside, setting.parameters["cost_countryside"], 0.0),
        age_cost=stage.age_cost, role_costs=stage.role_costs(now.hour_of_day, now.is_workday, crisis.perceived),
        parameters=setting.parameters, tick=now.tick, step_hours=setting.step_hours,
    )  # fmt: skip


def intended(clock: Clock, stripe: int) -> Intentions:
    """What a stripe intends, by the sweep."""
    chunks, lists = clock.crisis.population.chunks[stripe], clock.crisis.population.intentions[stripe]
    found = []
    for first, n in zip(chunks.start[:-1] - chunks.start[0], lists.n, strict=True):
        for k in range(first, first + n):
            found.append((int(lists.rows[k]), *divmod(int(lists.acts[k]), rule.ACTIVITY_BASE)))
    return found


def check_decision(clock: Clock, stage: Decision) -> Intentions:
    due = clock.crisis.population.schedule.due(clock.tick)
    expected = {stripe: in_plain_python(clock, stage, stripe) for stripe in due}
    stage()
    found: Intentions = []
    for stripe in due:
        assert intended(clock, stripe) == expected[stripe], f"step {clock.tick}, stripe {stripe}"
        found += expected[stripe]
    return found


def check_movement(clock: Clock, stage: Movement) -> None:
    crisis, setting = clock.crisis, clock.crisis.setting
    population, due = crisis.population, crisis.population.schedule.due(clock.tick)
    people = People(*(column.copy() for column in population.people))
    arms, lists = crisis.towns.arms_loose.copy(), [intended(clock, stripe) for stripe in due]
    stage()
    streets = movement.Streets(
        seed=setting.seed, tick=clock.tick, n_places=setting.world.n_places, attraction=stage.attraction,
        nearness=stage.nearness, free_share=stage.free_share, steps_to_site=stage.steps_to_site, arms_loose=arms,
        arms_chance=stage.arms_chance, place_town=setting.world.place_group, weight=setting.weight,
    )  # fmt: skip
    movement.move(
        streets, people, lists, population.schedule.is_due(clock.tick), stage.wander, stage.wander_of_insurgents
    )
    for name in ("activity", "site", "since"):
        np.testing.assert_array_equal(getattr(population.people, name), getattr(people, name), err_msg=name)
    np.testing.assert_array_equal(crisis.towns.arms_loose, arms)
    unarmed, insurgents = movement.count_present(people, clock.tick, setting.world.n_sites, setting.weight)
    np.testing.assert_array_equal(crisis.sites.unarmed, unarmed)
    np.testing.assert_array_equal(crisis.sites.insurgents, insurgents)


def test_a_lively_country() -> None:
    seen = follow(begin(scale=SCALE / 2.0), 200)
    assert {(QUIET, STRIKING), (QUIET, DEMONSTRATING), (DEMONSTRATING, QUIET)} <= seen.changes
    assert {wanted for _, wanted in seen.changes} == {QUIET, STRIKING, DEMONSTRATING, FIGHTING}
    assert seen.arrived > 0


@settings(
    max_examples=5,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    seed=st.integers(0, 2**32),
    share=st.sampled_from([0.005, 0.01]),
    legitimacy=st.floats(0.0, 0.4),
    changes=st.dictionaries(
        st.sampled_from(["cost_out", "cost_strike", "cost_fight", "weight_risk", "weight_social", "hysteresis"]),
        st.floats(0.5, 1.5),
    ),
)
def test_generated_countries(seed: int, share: float, legitimacy: float, changes: dict[str, float]) -> None:
    from uprising.schema import parameters

    table = {row.name: row for row in parameters()}
    changed = {
        name: min(table[name].high, max(table[name].low, LIVELY.get(name, table[name].default) * factor))
        for name, factor in changes.items()
    }
    case = with_fewer(template(), share).with_settings("eve", legitimacy=legitimacy, belief=0.4)
    follow(begin(case, seed, 1.0, LIVELY | changed), 60)


CHANGED_TERMS = """
import json, sys
import numba
import numpy as np
assert numba.config.DISABLE_JIT
from small_worlds import LIVELY, SCALE, begin
from test_kernel_plain import check_decision
from uprising.kernel.decision import candidates, sweep, utility as rule
from uprising.state import digest_of

usual = {name: getattr(rule, name) for name in rule.TERMS}
CHANGES = {
    "none": {},
    "shared_drive": lambda *given: 1.2 * usual["shared_drive"](*given),
    "own_drive": lambda hardship, own_outrage, threshold, grievance, fading, weight_discontent, threshold_spread: (
        weight_discontent * (hardship * (0.6 + hardship) * grievance + 1.5 * own_outrage * fading)
        - 0.8 * threshold_spread * threshold
    ),
    "household_share": lambda *given: 0.5 * usual["household_share"](*given),
    "social_pull": lambda *given: 1.3 * usual["social_pull"](*given),
    "fear": lambda risk_aversion, risk, weight: weight * risk_aversion * (0.5 + risk_aversion) * risk,
    "tiredness": lambda *given: 2.0 * usual["tiredness"](*given),
    "cost_of_going_out": lambda role, age, place, curfew, work, tired: (
        role + 1.5 * age + 0.5 * place + 2.0 * curfew + 3.0 * work + tired
    ),
    "cost_of_striking": lambda role, age, weight: role + 4.0 * weight * age,
    "cost_of_fighting": lambda role, age, place, weight: 0.9 * role + 0.5 * weight * age + place,
    "utility": lambda drive, pull, risk, cost: drive + 0.8 * pull - 1.2 * risk - cost,
    "decide": lambda *given: usual["decide"](*given[:-3], *(2.0 * slack for slack in given[-3:])),
}
found = {}
for name, change in CHANGES.items():
    for module in (rule, sweep, candidates):
        for term, function in usual.items():
            if hasattr(module, term):
                setattr(module, term, change if term == name else function)
    # a country in which many are near to going out, to a strike and to arms
    clock, decided = begin(scale=SCALE / 2.0, parameters={**LIVELY, "cost_out": 0.8, "cost_strike": 0.8}), 0
    clock.crisis.towns.arms_loose[:] = 1e4
    clock.crisis.places.danger[:] = 0.3
    for _ in range(int(sys.argv[1])):
        clock.begin_step()
        for stage_name, stage in clock.stages.items():
            if stage_name == "people reconsider":
                decided += len(check_decision(clock, stage))
            else:
                stage()
        clock.crisis.country.tick += 1
    people = clock.crisis.population.people
    found[name] = [digest_of(people.activity, people.since), decided]
json.dump(found, sys.stdout)
"""


def test_a_changed_term_changes_the_model_and_nothing_else_must_be_changed() -> None:
    """Each term of utility.py in turn: the sweep with its lists still decides as plain Python, but not as before.

    It is as if the file were edited, without compiling everything for each.
    """
    path = os.pathsep.join([str(HERE), str(SOURCE), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", CHANGED_TERMS, "60"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"none", *rule.TERMS}
    usual, decided = found.pop("none")
    assert decided > 100
    assert [name for name, (digest, _) in found.items() if digest == usual] == []


@given(
    activity=st.integers(QUIET, FLED),
    can_fight=st.booleans(),
    utilities=st.tuples(*[st.floats(-2.0, 2.0)] * 3),
    widths=st.tuples(*[st.floats(0.0, 1.0)] * 6),
    slacks=st.tuples(*[st.floats(0.0, 1.5)] * 3),
)
def test_who_surely_stays_stays(
    activity: int, can_fight: bool, utilities: tuple[float, ...], widths: tuple[float, ...], slacks: tuple[float, ...]
) -> None:
    """Wherever utilities lie within the bounds, the rule wants the present activity."""
    stays = rule.surely_stays
    bounds = [(u - widths[2 * k], u + widths[2 * k + 1]) for k, u in enumerate(utilities)]
    surely = stays(activity, can_fight, *bounds[0], *bounds[1], *bounds[2], *slacks, 1e-9)
    if activity > FIGHTING:
        assert surely
        return
    for fight, out, strike in np.ndindex(2, 2, 2):
        chosen = bounds[0][fight], bounds[1][out], bounds[2][strike]
        # with drives, pulls and risks of 0, a cost is the utility with the other sign
        wanted = rule.decide(
            activity, can_fight, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -chosen[1], -chosen[2], -chosen[0], *slacks
        )
        assert wanted == activity or not surely


def test_a_rule_that_never_lets_go_is_told_from_one_that_may() -> None:
    """Or the test above would pass with a rule by which nobody ever stays for sure."""
    stays = rule.surely_stays
    assert stays(QUIET, True, -1.0, -0.5, -1.0, -0.5, -1.0, -0.5, 0.1, 0.1, 0.1, 1e-4)
    assert stays(STRIKING, True, -1.0, -0.5, -1.0, -0.5, -0.05, 0.5, 0.1, 0.1, 0.1, 1e-4)
    assert stays(DEMONSTRATING, False, -1.0, 0.5, -0.05, 0.5, -1.0, 0.5, 0.1, 0.1, 0.1, 1e-4)
    assert stays(FIGHTING, True, -0.05, 0.5, -1.0, 0.5, -1.0, 0.5, 0.1, 0.1, 0.1, 1e-4)

