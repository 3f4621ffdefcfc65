"""Units: marches along roads, loyalty, breaking points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from small_worlds import begin, template
from uprising.actors import units as level
from uprising.actors.council import BARGAIN
from uprising.case.reading import load_case
from uprising.case.world import World, build_world
from uprising.crisis import forces
from uprising.crisis.council import signals_to_council
from uprising.kernel.engine.bind import parameters_of
from uprising.kernel.forces import march as columns
from uprising.kernel.forces import presence
from uprising.kernel.forces.loyalty import take_sides, wear
from uprising.kernel.movement.travel import ARMS
from uprising.state import (
    DISSOLVED,
    HEGEMON,
    HELD_BY_HEGEMON,
    JOINED,
    LOYAL,
    NEUTRAL,
    POLITICAL_POLICE,
    UNIT_SIDES,
)

KM = 9.0
"""kilometres of a column in half an hour"""


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(template())


@pytest.fixture
def units(world: World) -> level.Units:
    return level.start_units(world, 1)


def march(units: level.Units, world: World, tick: int) -> list[int]:
    """A step of all who are under way; who arrives."""
    arrived = np.zeros_like(units.node)
    of_units = {name: getattr(units, name) for name in parameters_of(columns.march) if hasattr(units, name)}
    n = columns.march(
        tick=tick, km_per_step=KM, road_km=world.road_km, predecessor=world.predecessor, arrived=arrived, **of_units
    )
    return arrived[:n].tolist()


def march_until_there(units: level.Units, world: World, u: int, first: int = 0) -> tuple[int, list[int]]:
    """(tick of arrival, nodes on the way)."""
    way = [int(units.node[u])]
    for tick in range(first, first + 2000):
        arrived = march(units, world, tick)
        if units.node[u] != way[-1]:
            way.append(int(units.node[u]))
        if u in arrived:
            return tick, way
    raise AssertionError("never there")


def test_on_the_eve_garrisons_are_at_home_and_reserves_abroad(units: level.Units, world: World) -> None:
    for u, echelon in enumerate(world.echelon):
        if echelon in ("reserve", "strategic"):
            assert units.node[u] == level.ABROAD
            assert units.abroad_km[u] == world.distance_to_base_km[u] > 0.0
        else:
            assert units.node[u] == world.unit_base[u]
    assert (units.stance == LOYAL).all() and (units.men == world.unit_men).all()
    assert (units.joins_below < units.neutral_below).all()
    assert len(np.unique(units.neutral_below)) == len(units.neutral_below)


@given(u=st.integers(0, 8), k=st.integers(0, 100), depart=st.integers(0, 50))
def test_a_march_takes_its_road(u: int, k: int, depart: int) -> None:
    world = build_world_once()
    units = level.start_units(world, 1)
    start = int(units.node[u])
    goal = world.n_places + k % world.n_sites
    level.send(units, u, goal, level.GUARD, depart)
    if start == goal:
        assert units.destination[u] == -1
        return
    tick, way = march_until_there(units, world, u)
    km = world.road_km[start, goal]
    assert (tick - depart) * KM >= km
    assert (tick - depart - 1) * KM < km
    assert (way[0], way[-1]) == (start, goal)
    # each node of the way is nearer, and all lie on a shortest road
    left = [world.road_km[node, goal] for node in way]
    assert left == sorted(left, reverse=True)
    for node in way:
        assert world.road_km[start, node] + world.road_km[node, goal] == pytest.approx(km)
    assert units.order[u] == level.GUARD and units.destination[u] == -1


_WORLDS: list[World] = []


def build_world_once() -> World:
    if not _WORLDS:
        _WORLDS.append(build_world(template()))
    return _WORLDS[0]


def test_reserves_drive_to_the_border_first(units: level.Units, world: World) -> None:
    u = world.echelon.index("reserve")
    goal = world.n_places
    level.send(units, u, goal, level.FIGHT, 10)
    for tick in range(10):
        march(units, world, tick)
        assert units.node[u] == level.ABROAD
    tick, _ = march_until_there(units, world, u)
    km = world.distance_to_base_km[u] + world.road_km[world.unit_base[u], goal]
    assert (tick - 10) * KM >= km > (tick - 11) * KM
    border = 10 + int(np.ceil(world.distance_to_base_km[u] / KM))
    assert units.entered[u] == border
    assert units.abroad_km[u] == 0.0


def test_new_orders_on_the_road_start_where_a_unit_is(units: level.Units, world: World) -> None:
    u = world.unit_ids.index("F_DOCK_REGIMENT")
    home = int(units.node[u])
    goal = world.n_places + world.site_ids.index("S_MARKET_SQUARE")
    level.send(units, u, goal, level.GUARD, 0)
    for tick in range(1, 4):
        march(units, world, tick)
    level.send(units, u, home, level.STAY, 4)
    _, way = march_until_there(units, world, u, 4)
    assert way[-1] == home


def change(units: level.Units, world: World, **changes: Any) -> list[tuple[int, int, int]]:
    arguments = {
        "crowd": np.zeros(world.n_sites),
        "mood": np.zeros(len(units.men)),
        "contact_per_hour": 0.1,
        "cascade_per_hour": 0.1,
        "step_hours": 0.5,
        "came_under_fire": np.zeros(len(units.men), bool),
    }
    wear(
        **{**arguments, **changes}, node=units.node, n_places=world.n_places, men=units.men, side=world.unit_side,
        stance=units.stance, cohesion=world.cohesion, affinity=world.affinity, n_sides=len(UNIT_SIDES),
        loyalty=units.loyalty,
    )  # fmt: skip
    old, new = units.stance, np.zeros_like(units.stance)
    n = take_sides(
        loyalty=units.loyalty, neutral_below=units.neutral_below, joins_below=units.joins_below, men=units.men,
        first_men=world.unit_men, side=world.unit_side, stance=old, new=new,
    )  # fmt: skip
    units.stance = new
    changed = [(int(u), int(old[u]), int(new[u])) for u in np.flatnonzero(new != old)]
    assert len(changed) == n
    return changed


def test_nothing_happens_to_loyalty_in_peace(units: level.Units, world: World) -> None:
    for _ in range(100):
        assert change(units, world) == []
    assert (units.loyalty == 1.0).all()


def test_contact_wears_the_soft_first_and_the_political_police_last(units: level.Units, world: World) -> None:
    fallen: dict[int, list[int]] = {}
    for _ in range(400):
        crowd = np.full(world.n_sites, 50_000.0)
        for u, old, new in change(units, world, crowd=crowd, cascade_per_hour=0.0):
            assert old != new
            fallen.setdefault(u, []).append(new)
    police, guard = world.unit_ids.index("F_CITY_POLICE"), world.unit_ids.index("F_STATE_SECURITY")
    # first aside, then over
    assert fallen[police] == [NEUTRAL, JOINED]
    assert guard not in fallen
    assert units.loyalty[guard] > units.loyalty[police]
    # the hegemon's men may stand aside but never join
    assert not (units.stance[world.unit_side == HEGEMON] > NEUTRAL).any()


def test_a_unit_in_its_barracks_stands_aside_and_does_not_go_over(world: World) -> None:
    army = world.unit_ids.index("F_DOCK_REGIMENT")

    def stance_after(people: float) -> int:
        units = level.start_units(world, 1)
        angry = np.ones(len(units.men))
        for _ in range(2000):
            change(units, world, mood=angry, crowd=np.zeros(world.n_sites))
        aside = int(units.stance[army])
        assert aside == NEUTRAL
        for _ in range(2000):
            change(units, world, mood=angry, crowd=np.full(world.n_sites, people))
        return int(units.stance[army])

    assert stance_after(0.0) == NEUTRAL
    assert stance_after(50_000.0) == JOINED


def test_defection_spreads_within_a_side(world: World) -> None:
    def loyalty_of_the_other(gone: bool) -> float:
        units = level.start_units(world, 1)
        first, other = world.unit_ids.index("F_DOCK_REGIMENT"), world.unit_ids.index("F_NORTHGATE_REGIMENT")
        if gone:
            units.stance[first] = JOINED
        for _ in range(10):
            change(units, world)
        return float(units.loyalty[other])

    assert loyalty_of_the_other(True) < loyalty_of_the_other(False) == 1.0


def test_fire_from_insurgents_hardens(units: level.Units, world: World) -> None:
    u = world.unit_ids.index("F_DOCK_REGIMENT")
    units.loyalty[:] = 0.8
    fire = np.zeros(len(units.men), bool)
    fire[u] = True
    change(units, world, came_under_fire=fire)
    same = world.unit_ids.index("F_NORTHGATE_REGIMENT")
    assert units.loyalty[u] > units.loyalty[same] >= 0.8


def test_what_is_gone_does_not_come_back(units: level.Units, world: World) -> None:
    units.stance[:3] = JOINED, DISSOLVED, JOINED
    for _ in range(50):
        assert all(u > 2 for u, _, _ in change(units, world))
    assert units.stance[:3].tolist() == [JOINED, DISSOLVED, JOINED]


def test_a_broken_unit_dissolves(units: level.Units, world: World) -> None:
    u = world.unit_ids.index("F_DOCK_REGIMENT")
    units.men[u] = 0.29 * world.unit_men[u]
    assert (u, LOYAL, DISSOLVED) in change(units, world)


def test_dissolving_a_side_spares_who_has_joined(units: level.Units, world: World) -> None:
    mine = np.flatnonzero(world.unit_side == POLITICAL_POLICE)
    units.stance[mine[0]] = JOINED
    assert level.dissolve(units, world.unit_side == POLITICAL_POLICE) == mine[1:].tolist()
    assert (units.stance[mine[1:]] == DISSOLVED).all()
    assert units.stance[mine[0]] == JOINED
    assert (units.stance[world.unit_side != POLITICAL_POLICE] == LOYAL).all()


def test_nobody_thinks_of_fighting_where_no_arms_are_left() -> None:
    clock = begin()
    crisis = clock.crisis
    crisis.places.danger[:] = 1.0  # blood has been shed everywhere
    crisis.sites.arms[:] = 0.0
    clock.stages["signals"]()
    assert not crisis.perceived.can_fight.any()
    crisis.towns.arms_loose[1] = crisis.setting.weight
    clock.stages["signals"]()
    assert (crisis.perceived.can_fight == (crisis.setting.world.place_group == 1)).all()


def test_stores_under_the_hegemons_guns_are_out_of_reach() -> None:
    clock = begin()
    sites, attraction = clock.crisis.sites, clock.stages["people travel"].attraction[ARMS]
    store = int(np.argmax(sites.arms))
    clock.step()
    assert attraction[store] == sites.arms[store] > 0.0
    sites.holder[store] = HELD_BY_HEGEMON
    clock.step()
    assert attraction[store] == 0.0


def test_help_puts_into_the_capital_what_its_plan_asks_for_and_acts_elsewhere_at_home() -> None:
    crisis = begin(load_case("hungary-1956"), scale=0.001).crisis
    deployment, units, world = crisis.deployment, crisis.units, crisis.setting.world
    residents = float(world.population[world.place_group == world.capital].sum())

    def sent(per_thousand: float) -> tuple[float, list[int]]:
        units = level.start_units(world, 1)
        deployment.help(units, 0, 2.0, per_thousand)
        to = np.where(units.order == level.FIGHT, units.destination, -1)
        heads_for_capital = np.isin(to, world.n_places + deployment.capital_sites)
        return float(units.men[heads_for_capital].sum()), list(np.flatnonzero((to >= 0) & ~heads_for_capital))

    few, at_home = sent(2.0)
    most = float(units.men[deployment.is_hegemon & deployment.mobile].max())
    assert 2.0 * residents / 1000.0 <= few <= 2.0 * residents / 1000.0 + most
    assert at_home, "garrisons that the capital does not need act in their own towns"
    everybody, at_home = sent(200.0)
    assert everybody > few and not at_home


def test_troops_that_helped_go_home_when_the_hegemon_bargains() -> None:
    crisis = begin(load_case("hungary-1956"), scale=0.001).crisis
    deployment, units, world = crisis.deployment, crisis.units, crisis.setting.world
    deployment.help(units, 0, 2.0, 2.0)
    for tick in range(100):
        march(units, world, tick)
    deployment.look(units)
    fighting = np.flatnonzero(deployment.is_hegemon & (units.order == level.FIGHT))
    group = world.place_group[deployment.look(units)]
    elsewhere = [u for u in fighting if group[u] != world.capital]
    assert elsewhere and len(elsewhere) < len(fighting)
    deployment.withdraw(units, 100, 2.0, 6.0)
    assert not (units.order == level.FIGHT).any()
    assert not deployment.has_withdrawn(units), "they have only been told to"
    for tick in range(100, 300):
        march(units, world, tick)
    assert (units.node[elsewhere] == world.unit_base[elsewhere]).all()
    assert deployment.has_withdrawn(units)


def test_a_withdrawal_is_told_when_the_troops_have_left_and_only_once() -> None:
    crisis = begin(load_case("hungary-1956"), scale=0.001).crisis
    deployment, units, world = crisis.deployment, crisis.units, crisis.setting.world
    deployment.help(units, 0, 2.0, 2.0)
    for tick in range(100):
        march(units, world, tick)
    crisis.council.option = BARGAIN
    deployment.withdraw(units, 100, 2.0, 6.0)
    told = []
    for tick in range(100, 150):
        march(units, world, tick)
        forces.notice_withdrawal(crisis)
        told.append(sum(event.kind == "withdrawal" for event in crisis.log.events))
    assert told[-1] == 0, "nobody had been told of an intervention"
    crisis.country.seen_once.add("intervention")
    units.node[units.order == level.WITHDRAW] = world.n_places + deployment.capital_sites[0]
    forces.notice_withdrawal(crisis)
    assert not any(event.kind == "withdrawal" for event in crisis.log.events)
    units.node[units.order == level.WITHDRAW] = world.n_places + deployment.ring[0]
    for _ in range(3):
        forces.notice_withdrawal(crisis)
    assert sum(event.kind == "withdrawal" for event in crisis.log.events) == 1


def test_a_leader_is_trusted_by_the_hegemon_only_with_time() -> None:
    crisis = begin(load_case("hungary-1956"), scale=0.001).crisis
    of_the_eve = signals_to_council(crisis).trust
    trust = []
    for days in (0.0, 1.0, 5.0, 50.0):
        crisis.government.leader_since = crisis.now.tick - int(48 * days)
        trust.append(signals_to_council(crisis).trust)
    assert trust[0] == 0.0
    assert trust == sorted(trust) and len(set(trust)) == len(trust)
    assert trust[-1] == pytest.approx(of_the_eve, rel=0.01)


def test_only_infantry_keeps_a_curfew_before_the_assault() -> None:
    crisis = begin(load_case("hungary-1956"), scale=0.001).crisis
    deployment, units = crisis.deployment, crisis.units
    acting = deployment.is_hegemon & deployment.mobile & (units.node >= 0)
    units.order[acting] = level.FIGHT
    deployment.muster()
    infantry = (units.men * crisis.setting.world.infantry_share)[acting].sum()
    assert 0.0 < infantry < 0.5 * units.men[acting].sum()
    assert deployment.at_sites(presence.PATROLLING).sum() == pytest.approx(infantry)
    units.order[acting] = level.STORM
    deployment.muster()
    assert deployment.at_sites(presence.PATROLLING).sum() == pytest.approx(units.men[acting].sum())


def test_units_are_counted_anew_wherever_one_changed() -> None:
    clock = begin()
    for _ in range(3):
        clock.step()
    crisis = clock.crisis
    deployment, units = crisis.deployment, crisis.units
    capital = crisis.setting.world.n_places + int(deployment.capital_sites[0])

    def counted() -> list[bytes]:
        deployment.muster()
        return [deployment.present.tobytes(), deployment.in_towns.tobytes(), deployment.in_country.tobytes()]

    before = counted()
    for change in ("men", "stance", "order", "node"):
        kept = getattr(units, change).copy()
        getattr(units, change)[0] = {"men": 7.0, "stance": NEUTRAL, "order": level.STORM, "node": capital}[change]
        changed = counted()
        deployment.known[:] = -2  # nothing is known: everything is counted
        assert changed == counted(), change
        getattr(units, change)[:] = kept
        assert counted() == before, change
    np.testing.assert_array_equal(deployment.in_country, deployment.in_towns.sum(axis=0))
