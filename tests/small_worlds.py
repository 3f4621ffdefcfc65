"""Small lively worlds for tests of the crisis clock, and what must be true of them at every step."""

from __future__ import annotations

import functools
import math
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from uprising.case import Case, load_case, write_template
from uprising.crisis.order import Clock
from uprising.crisis.state import Crisis
from uprising.kernel.confrontation import clash
from uprising.run_settings import parameters_in_force
from uprising.state import (
    ACTIVITIES,
    DEAD,
    DEMONSTRATING,
    DETAINED,
    FIGHTING,
    FLED,
    HEGEMON,
    QUIET,
    ROLES,
    WOUNDED,
    counters_of,
    digest_of,
)

SCALE = 0.0125
"""1,500 people, each of whom stands for 80"""
LIVELY_SEED = 1
LIVELY = {
    "ambush_per_hour": 0.01,
    "area_fire_per_hour": 0.02,
    "arrest_per_man_hour": 0.2,
    "bystanders": 2.0,
    "capture_ratio": 0.3,
    "contact_per_hour": 0.1,
    "cost_fight": 1.0,
    "cost_out": 1.0,
    "danger_half_dead": 2.0,
    "deterrence": 1.5,
    "flight_km": 200.0,
    "flight_per_day": 0.05,
    "invade_bar": 0.6,
    "kills_per_man_hour": 0.5,
    "pressed_ratio": 5.0,
    "prize_arms": 0.5,
    "prize_power": 0.5,
    "shots_per_hour": 2.0,
    "weight_belief": 1.2,
    "wounded_per_dead": 8.0,
}
"""parameters with which the template sees everything: crowds, shots, insurgents, losses, flight"""


@functools.cache
def template() -> Case:
    """The template, in a folder of this process."""
    return load_case(write_template(Path(tempfile.mkdtemp(prefix="uprising-test-")) / "island"))


@functools.cache
def lively_case() -> Case:
    """The template with an open border, so that people can flee."""
    rows = template().tables["sites"].rows
    rows = [row | ({"is_open": True} if row["kind"] == "crossing" else {}) for row in rows]
    return template().with_table("sites", rows)


def begin(
    case: Case | None = None,
    seed: int = LIVELY_SEED,
    scale: float = SCALE,
    parameters: dict[str, float] | None = None,
    rule: Any = None,
) -> Clock:
    """A clock before its first step."""
    from uprising.case.people import synthesise
    from uprising.case.world import build_world

    case = case or lively_case()
    values = parameters_in_force(case, LIVELY if parameters is None else parameters)
    return Clock(case, build_world(case), *synthesise(case, scale), values, seed, scale, None, 1, rule)


def recounted(crisis: Crisis) -> Any:
    """The counters, counted anew from the columns of people."""
    people, groups = crisis.population.people, crisis.population.groups
    counted = counters_of(groups, crisis.setting.world.n_places)
    is_out = (people.activity == DEMONSTRATING) | (people.activity == FIGHTING)
    has_stopped = people.activity != QUIET
    has_team = people.team >= 0
    workplace = groups.team_workplace[people.team]
    np.add.at(counted.household_out, people.household[is_out], 1)
    np.add.at(counted.block_out, people.block[is_out], 1)
    np.add.at(counted.team_out, people.team[is_out & has_team], 1)
    np.add.at(counted.team_stopped, people.team[has_stopped & has_team], 1)
    np.add.at(counted.workplace_out, workplace[is_out & has_team], 1)
    np.add.at(counted.workplace_stopped, workplace[has_stopped & has_team], 1)
    np.add.at(counted.place_role, (people.home, people.role, people.activity), 1)
    return counted


def assert_sound(crisis: Crisis, before: Any) -> None:
    """What holds after every step; `before` is the people's activity before it."""
    population, sites, world = crisis.population, crisis.sites, crisis.setting.world
    people = population.people
    now = people.activity

    # people in states sum to the population, and each counter says what the people say
    population.check_conservation()
    assert now.max() < len(ACTIVITIES)
    expected = recounted(crisis)
    for name, counter in population.counters._asdict().items():
        np.testing.assert_array_equal(counter, getattr(expected, name), err_msg=name)
    assert (population.counters.household_out <= population.groups.household_size).all()
    assert (population.counters.team_stopped <= population.groups.team_size).all()

    # the dead stay dead; wounded, detained and fled stay what they are within a crisis
    for state in (DEAD, WOUNDED, DETAINED, FLED):
        gone = before == state
        assert (now[gone] == state).all(), ACTIVITIES[state]

    # the list of who is out holds each of them once; they are at a site, nobody else is
    out = population.who_is_out()
    is_out = np.zeros(people.n_rows, bool)
    is_out[out] = True
    assert len(np.unique(out)) == len(out)
    in_streets = (now == DEMONSTRATING) | (now == FIGHTING)
    assert (is_out | ~in_streets).all()
    assert ((people.site >= 0) == in_streets).all()
    assert people.site.max() < world.n_sites

    # present at sites: never more than are out
    assert (sites.unarmed >= 0.0).all()
    assert sites.unarmed.sum() + sites.insurgents.sum() <= len(out) * population.weight
    assert crisis.places.insurgents_home.sum() >= sites.insurgents.sum()

    # losses: rows struck never exceed what was lost, and fall behind it by what is carried
    outcome, carry, dead = crisis.incidents.outcome, crisis.country.carry, crisis.places.dead
    assert (outcome >= 0).all()
    assert (outcome[:, clash.DEAD_CROWD] + outcome[:, clash.WOUNDED_CROWD] <= sites.unarmed).all()
    assert (outcome[:, clash.ARRESTED] <= sites.unarmed).all()
    assert (carry >= 0.0).all()
    rows_dead = float((now == DEAD).sum()) * population.weight
    assert dead[:, 0].sum() - rows_dead == carry[DEAD]

    # units: men and lost make up the initial men; nobody is lost twice
    units = crisis.units
    np.testing.assert_allclose(units.men + units.lost, world.unit_men, rtol=1e-12)
    assert (units.men >= 0.0).all()
    of_hegemon = world.unit_side == HEGEMON
    assert dead[:, 1].sum() == units.lost[~of_hegemon].sum()
    assert dead[:, 2].sum() == units.lost[of_hegemon].sum()

    # arms are taken, never made
    assert (crisis.towns.arms_loose >= 0.0).all()
    assert (sites.arms >= 0.0).all()
    assert (sites.prisoners >= 0.0).all()

    # shares
    shares = {
        "places": "danger news",
        "towns": "control",
        "country": "national_control attention spread",
        "perceived": "belief legitimacy mean_belief national_strike risk_out risk_strike risk_fight fading",
    }
    for block, names in shares.items():
        for name in names.split():
            values = np.asarray(getattr(getattr(crisis, block), name))
            assert ((values >= 0.0) & (values <= 1.0)).all(), name
    assert 0.0 <= crisis.perceived.readiness <= 1.5
    assert ((units.loyalty >= -0.2) & (units.loyalty <= 1.0)).all()
    assert (crisis.places.heard_outrage >= 0.0).all()
    positions = crisis.council.positions
    assert ((positions >= 0.0) & (positions <= 1.0)).all()


def series_are_sound(clock: Clock) -> None:
    """Values shown of a step: finite, and counts of people not negative."""
    for name, value in clock.series().items():
        array = np.asarray(value)
        assert np.isfinite(array.astype(np.float64)).all(), name
        if name not in ("unit_site", "unit_loyalty"):
            assert (array >= 0).all(), name


def losses_by_state(crisis: Crisis) -> dict[str, int]:
    """Rows in each state, by its name."""
    place_role = crisis.population.counters.place_role
    counts = place_role.sum(axis=(0, 1))
    assert counts.shape == (len(ACTIVITIES),) and len(ROLES) == place_role.shape[1]
    return dict(zip(ACTIVITIES, counts.tolist(), strict=True))


def with_fewer(case: Case, share: float) -> Case:
    """The case with a share of its people, weapons and men, so that each person can stand for one."""

    def whole(number: float) -> int:
        return max(1, math.floor(number * share))

    rows = {name: table.rows for name, table in case.tables.items()}
    roles = [{**row, "count": whole(row["count"])} for row in rows["roles"]]
    people = dict.fromkeys((row["place"] for row in roles), 0)
    for row in roles:
        people[row["place"]] += row["count"]
    changed = {
        "roles": roles,
        "places": [{**row, "population": people.get(row["id"])} for row in rows["places"]],
        "workplaces": [{**row, "people": whole(row["people"])} for row in rows["workplaces"]],
        "forces": [{**row, "men": whole(row["men"])} for row in rows["forces"]],
        "sites": [
            {**row, **{key: math.ceil(row[key] * share) for key in ("capacity", "arms", "prisoners")}}
            for row in rows["sites"]
        ],
    }
    # tables that must agree with one another change together
    tables = {
        name: table.with_rows(changed[name], table.lines) if name in changed else table
        for name, table in case.tables.items()
    }
    fewer = replace(case, tables=tables)
    assert fewer.faults() == []
    return fewer


def follow(steps: int = 420) -> dict[str, Any]:
    """The lively run, told so that the first difference can be found."""
    clock = begin()
    crisis = clock.crisis
    marks = []
    most_fighting = 0
    for step in range(steps):
        clock.step()
        most_fighting = max(most_fighting, losses_by_state(crisis)["fighting"])
        if step % 20 == 19:
            mark = {name: digest_of(np.asarray(value)) for name, value in clock.series().items()}
            mark["people"] = digest_of(crisis.population.people)
            mark["counters"] = digest_of(crisis.population.counters)
            marks.append({"step": step} | mark)
    return {
        "marks": marks,
        "events": [list(event) for event in crisis.take_events()],
        "rows": losses_by_state(crisis),
        "dead": crisis.places.dead.sum(axis=0).tolist(),
        "most_fighting": most_fighting,
    }
