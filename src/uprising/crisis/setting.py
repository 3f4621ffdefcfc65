"""What never changes in a run: the case and its arrays, parameters, calendar, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.actors import outside
from uprising.case.reading import Case
from uprising.case.settings import Eve
from uprising.case.world import PRIZES, World
from uprising.kernel.engine import elementary
from uprising.schema import constant
from uprising.state import ROLES, SITE_KINDS

Row = dict[str, Any]
MASS_SIZE, MASS_SHARE = constant("mass_size"), constant("mass_share")
MARCH_SIZE, MARCH_SHARE = constant("march_size"), constant("march_share")
"""of a crowd in one town that is reported; in small towns a share"""
SHELTER_SCALE = constant("shelter_scale")
WORKER_ROLES = (ROLES.index("industrial_worker"), ROLES.index("other_worker"))
VOICES = ("broadcaster", "exchange")
DAY_BEGINS, NIGHT_BEGINS = constant("day_begins"), constant("night_begins")
SCHOOL_ENDS, WORK_ENDS = constant("school_ends"), constant("work_ends")
SEATS_OF_POWER = ("party_house", "government_house", "police_station")


@dataclass(frozen=True, slots=True)
class Geography:
    """Arrays that follow from the world and the parameters. Axes: p places, g towns, s sites, c counties."""

    town_population: NDArray[np.float64]
    """[g]"""
    county_population: NDArray[np.float64]
    """[c]"""
    population: float
    share_of_population: NDArray[np.float64]
    """[p] of the whole country"""
    mass_size: NDArray[np.float64]
    """[g] people in the streets who make a mass protest"""
    march_size: NDArray[np.float64]
    """[g] people in the streets who make a march"""
    closeness: NDArray[np.float64]
    """[p, q] share of q in the news that p hears from other towns; rows add up to at most 1"""
    outrage_closeness: NDArray[np.float64]
    """[p, q] how strongly killings in q outrage p, 1 within a place"""
    same_town: NDArray[np.float64]
    """[p, q] 1 where both are of one town, else 0"""
    site_town: NDArray[np.int64]
    """[s] index of the town"""
    prize: NDArray[np.float64]
    """[s] what there is to take for a crowd, 0 to 1"""
    is_voice: NDArray[np.bool_]
    """[s] broadcasters and exchanges"""
    is_power: NDArray[np.bool_]
    """[s] seats of power"""
    is_crossing: NDArray[np.bool_]
    """[s] border crossings"""
    near_crossings: NDArray[np.float64]
    """[p, k] how near place p is to the k-th crossing, 0 to 1"""
    capacity: NDArray[np.float64]
    """[s] people for whom there is room"""
    shelter: NDArray[np.float64]
    """[s] how strongly cover attracts insurgents"""


def geography_of(world: World, parameters: dict[str, float], powers: list[Row]) -> Geography:
    """Work out the arrays of a run that depend on the map."""
    reach = max([float(row["broadcast_reach"]) for row in powers], default=0.0)
    town_population = np.bincount(world.place_group, weights=world.population).astype(np.float64)
    population = float(world.population.sum())
    near = elementary.exp(-world.place_distance / parameters["news_km"])
    pull = (near + reach) * world.population[None, :]
    other = world.place_group[:, None] != world.place_group[None, :]
    pull = np.where(other, pull, 0.0)
    is_crossing = world.site_kind == SITE_KINDS.index("crossing")
    crossings = world.n_places + np.flatnonzero(is_crossing)
    return Geography(
        town_population=town_population,
        county_population=np.bincount(world.place_county, weights=world.population).astype(np.float64),
        population=population,
        share_of_population=world.population / population,
        mass_size=np.minimum(MASS_SIZE, MASS_SHARE * town_population),
        march_size=np.minimum(MARCH_SIZE, MARCH_SHARE * town_population),
        closeness=pull / np.maximum(pull.sum(axis=1, keepdims=True), 1.0),
        outrage_closeness=(near + reach) / (1.0 + reach),
        same_town=(~other).astype(np.float64),
        site_town=world.place_group[world.site_place],
        prize=np.array([parameters.get(PRIZES.get(SITE_KINDS[k], ""), 0.0) for k in world.site_kind]),
        is_voice=np.isin(world.site_kind, [SITE_KINDS.index(kind) for kind in VOICES]),
        is_power=np.isin(world.site_kind, [SITE_KINDS.index(kind) for kind in SEATS_OF_POWER]),
        is_crossing=is_crossing,
        near_crossings=elementary.exp(-world.road_km[: world.n_places, crossings] / parameters["flight_km"]),
        capacity=np.maximum(world.capacity, 1.0),
        shelter=SHELTER_SCALE * world.cover**2,
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """A run's case, parameters, seed and calendar.

    Attributes are those of the case's tables unless they say otherwise. `rule` is a user's own `decide`
    (see uprising.kernel.decision.utility).
    """

    case: Case
    world: World
    parameters: dict[str, float]
    seed: int
    weight: float
    """real people for whom a row of the table of people stands"""
    rule: Callable[..., int] | None
    start: np.datetime64
    step_minutes: int
    step_hours: float
    steps_per_hour: int
    first_minute: int
    """of the first step, since 1970"""
    eve: Eve
    demands: list[Row]
    """from the lowest rung of the ladder to the highest"""
    leaders: list[Row]
    members: list[Row]
    """of the hegemon's council"""
    member_weight: NDArray[np.float64]
    """[k]"""
    powers: list[Row]
    neighbours: list[Row]
    event_rows: list[Row]
    outside: outside.OutsideEvents
    events_at: dict[int, list[int]]
    """dated events by the step in which they happen"""
    geography: Geography


def setting_of(
    case: Case,
    world: World,
    parameters: dict[str, float],
    seed: int,
    scale: float,
    rule: Callable[..., int] | None = None,
) -> Setting:
    """Read from a case all that a run needs and never changes."""
    calendar, tables = case.settings.calendar, case.tables
    start, step_hours = np.datetime64(calendar.start), calendar.step_minutes / 60.0
    members, powers, event_rows = tables["council"].rows, tables["powers"].rows, tables["events"].rows
    events = outside.read_events(event_rows, powers, start)
    return Setting(
        case=case,
        world=world,
        parameters=parameters,
        seed=seed,
        weight=1.0 / scale,
        rule=rule,
        start=start,
        step_minutes=calendar.step_minutes,
        step_hours=step_hours,
        steps_per_hour=max(1, int(1.0 / step_hours)),
        first_minute=int(start.astype("datetime64[m]").astype(np.int64)),
        eve=case.settings.eve,
        demands=sorted(tables["demands"].rows, key=lambda row: float(row["rung"])),
        leaders=tables["leaders"].rows,
        members=members,
        member_weight=np.array([float(m["weight"]) for m in members]),
        powers=powers,
        neighbours=tables["neighbours"].rows,
        event_rows=event_rows,
        outside=events,
        events_at=outside.events_by_step(events, step_hours),
        geography=geography_of(world, parameters, powers),
    )
