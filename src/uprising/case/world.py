"""The case's tables as arrays: leaf places, sites, the travel graph, forces, leaders, council, events.

A World never changes during a run. Nodes of the travel graph are leaf places first, then sites, then
whatever else the links name.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprising.case.formations import n_units_of
from uprising.case.geography import LEAVES
from uprising.case.reading import Case
from uprising.schema import constant
from uprising.state import SITE_KINDS, UNIT_SIDES

WALK_KM_PER_HOUR = constant("walk_km_per_hour")
TRAM_KM_PER_HOUR, TRAM_WAIT_HOURS = constant("tram_km_per_hour"), constant("tram_wait_hours")
PRIZES = {
    "broadcaster": "prize_voice",
    "exchange": "prize_voice",
    "armoury": "prize_arms",
    "arms_works": "prize_arms",
    "barracks": "prize_arms",
    "police_station": "prize_arms",
    "party_house": "prize_power",
    "government_house": "prize_power",
    "prison": "prize_power",
    "monument": "prize_symbol",
}


class World(NamedTuple):
    """Arrays of a case. p leaf places, g groups (the capital, each town, each countryside), c counties,
    s sites, m nodes, u units, l leaders, d demands, k council members, n neighbours, e events."""

    place_ids: list[str]
    place_names: list[str]
    place_group: NDArray[np.int64]
    """[p] index of the town that a place belongs to; all districts of the capital are one."""
    place_county: NDArray[np.int64]
    population: NDArray[np.float64]
    is_countryside: NDArray[np.bool_]
    group_ids: list[str]
    group_names: list[str]
    capital: int
    """group of the capital"""
    county_ids: list[str]
    county_names: list[str]
    place_distance: NDArray[np.float64]
    """[p, p] km"""
    site_ids: list[str]
    site_names: list[str]
    site_kind: NDArray[np.int64]
    site_place: NDArray[np.int64]
    capacity: NDArray[np.float64]
    salience: NDArray[np.float64]
    arms: NDArray[np.float64]
    prisoners: NDArray[np.float64]
    cover: NDArray[np.float64]
    residents_per_hectare: NDArray[np.float64]
    is_open: NDArray[np.bool_]
    node_ids: list[str]
    walk_km: NDArray[np.float64]
    """[p + s, s] km on foot from places and sites to sites"""
    road_km: NDArray[np.float64]
    """[m, m] km by road and rail"""
    predecessor: NDArray[np.int32]
    unit_ids: list[str]
    unit_names: list[str]
    unit_side: NDArray[np.int64]
    unit_kind: list[str]
    unit_men: NDArray[np.float64]
    unit_tanks: NDArray[np.float64]
    infantry_share: NDArray[np.float64]
    unit_base: NDArray[np.int64]
    distance_to_base_km: NDArray[np.float64]
    readiness_hours: NDArray[np.float64]
    echelon: list[str]
    cohesion: NDArray[np.float64]
    affinity: NDArray[np.float64]

    @property
    def n_places(self) -> int:
        """Number of leaf places."""
        return len(self.place_ids)

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return len(self.site_ids)


def build_world(case: Case) -> World:
    """Turn the checked tables of a case into arrays.

    Raises
    ------
    CaseError
        Never for a case that `load_case` has accepted.
    """
    from uprising.kernel.engine.shortest_paths import shortest_ways

    places = case.tables["places"].rows
    by_id = {row["id"]: row for row in places}
    leaves = [row for row in places if row["kind"] in LEAVES]
    place_index = {row["id"]: i for i, row in enumerate(leaves)}
    group_of = [row["parent"] if row["kind"] == "district" else row["id"] for row in leaves]
    group_ids = list(dict.fromkeys(group_of))
    county_of = [_county(row, by_id) for row in leaves]
    county_ids = list(dict.fromkeys(county_of))

    sites, links = case.tables["sites"].rows, case.tables["links"].rows
    node_ids = nodes_of(case)
    node = {name: i for i, name in enumerate(node_ids)}

    def shortest(rows: list[dict[str, Any]]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        # of parallel links (road and rail) the shorter counts; one from a place to itself leads nowhere
        shorter: dict[tuple[int, int], float] = {}
        for row in rows:
            a, b = sorted((node[str(row["from_id"])], node[str(row["to_id"])]))
            length = max(float(row["length_km"]), 0.01)
            shorter[a, b] = min(length, shorter.get((a, b), np.inf))
        ends = np.array(list(shorter), dtype=np.int64).reshape(-1, 2)
        km, before = np.empty((len(node), len(node))), np.empty((len(node), len(node)), np.int32)
        shortest_ways(
            np.concatenate([ends[:, 0], ends[:, 1]]), np.concatenate([ends[:, 1], ends[:, 0]]),
            np.tile(np.array(list(shorter.values()), np.float64), 2), km, before,
        )  # fmt: skip
        return km, before

    road_km, predecessor = shortest(links)
    n, m = len(leaves), len(leaves) + len(sites)
    forces = units_of(case)

    def numbers(rows: list[dict[str, Any]], name: str) -> NDArray[np.float64]:
        return np.array([float(row[name] or 0.0) for row in rows], np.float64)

    return World(
        place_ids=[row["id"] for row in leaves],
        place_names=[row["name"] for row in leaves],
        place_group=np.array([group_ids.index(g) for g in group_of], np.int64),
        place_county=np.array([county_ids.index(c) for c in county_of], np.int64),
        population=numbers(leaves, "population"),
        is_countryside=np.array([row["kind"] == "countryside" for row in leaves], np.bool_),
        group_ids=group_ids,
        group_names=[by_id[g]["name"] for g in group_ids],
        capital=group_ids.index(case.settings.case.capital),
        county_ids=county_ids,
        county_names=[by_id[c]["name"] for c in county_ids],
        place_distance=road_km[:n, :n].copy(),
        site_ids=[row["id"] for row in sites],
        site_names=[row["name"] for row in sites],
        site_kind=np.array([SITE_KINDS.index(row["kind"]) for row in sites], np.int64),
        site_place=np.array([_leaf_of(row["place"], place_index, leaves) for row in sites], np.int64),
        capacity=numbers(sites, "capacity"),
        salience=numbers(sites, "salience"),
        arms=numbers(sites, "arms"),
        prisoners=numbers(sites, "prisoners"),
        cover=numbers(sites, "cover"),
        residents_per_hectare=numbers(sites, "residents_per_hectare"),
        is_open=np.array([row["is_open"] is True for row in sites], np.bool_),
        node_ids=node_ids,
        walk_km=road_km[:m, n:m].copy(),
        road_km=road_km,
        predecessor=predecessor,
        unit_ids=[row["id"] for row in forces],
        unit_names=[row["name"] for row in forces],
        unit_side=np.array([UNIT_SIDES.index(row["side"]) for row in forces], np.int64),
        unit_kind=[row["kind"] for row in forces],
        unit_men=numbers(forces, "men"),
        unit_tanks=numbers(forces, "tanks"),
        infantry_share=numbers(forces, "infantry_share"),
        unit_base=np.array([node[row["base"]] for row in forces], np.int64),
        distance_to_base_km=numbers(forces, "distance_to_base_km"),
        readiness_hours=numbers(forces, "readiness_hours"),
        echelon=[row["echelon"] for row in forces],
        cohesion=numbers(forces, "cohesion"),
        affinity=numbers(forces, "affinity"),
    )


def nodes_of(case: Case) -> list[str]:
    """Ids along the nodes of the travel graph."""
    leaves = [row["id"] for row in case.tables["places"].rows if row["kind"] in LEAVES]
    sites = [row["id"] for row in case.tables["sites"].rows]
    ends = [end for row in case.tables["links"].rows for end in (row["from_id"], row["to_id"])]
    return list(dict.fromkeys([*leaves, *sites, *ends]))


def units_of(case: Case) -> list[dict[str, Any]]:
    """The forces of a case, large formations of the hegemon in parts of at most BATTLE_GROUP men.

    So they can spread over a town.
    """
    parts = []
    for row in case.tables["forces"].rows:
        men = float(row["men"] or 0.0)
        n = n_units_of(row)
        for k in range(n):
            share = {
                "id": row["id"] if n == 1 else f"{row['id']}_{k + 1}",
                "men": (men * (k + 1)) // n - (men * k) // n,
                "tanks": float(row["tanks"] or 0.0) / n,
            }
            parts.append({**row, **share})
    return parts


def _county(row: dict[str, str], by_id: dict[str, dict[str, str]]) -> str:
    """The county (or city of districts) above a leaf place; itself where there is none."""
    parent = by_id.get(row["parent"])
    return parent["id"] if parent is not None and parent["kind"] in ("county", "city") else row["id"]


def _leaf_of(place: str, place_index: dict[str, int], leaves: list[dict[str, str]]) -> int:
    """Index of a leaf place; for a city or county its first leaf."""
    if place in place_index:
        return place_index[place]
    return next(i for i, row in enumerate(leaves) if row["parent"] == place)


def steps_by_tram(
    walk_km: NDArray[np.float64], is_same_town: NDArray[np.bool_], step_minutes: int
) -> NDArray[np.uint16]:
    """[o, s] whole steps with a tram or bus inside a town, on foot where that is faster or between towns."""
    ride = np.ceil((TRAM_WAIT_HOURS + walk_km / TRAM_KM_PER_HOUR) * 60.0 / step_minutes)
    on_foot = steps_on_foot(walk_km, step_minutes)
    return np.where(is_same_town, np.minimum(on_foot, np.maximum(ride, 1)), on_foot).astype(np.uint16)


def steps_on_foot(walk_km: NDArray[np.float64], step_minutes: int) -> NDArray[np.uint16]:
    """[o, s] whole steps of walking, at least one, at most a day."""
    steps = np.ceil(walk_km / WALK_KM_PER_HOUR * 60.0 / step_minutes)
    return np.clip(steps, 1, 24 * 60 // step_minutes).astype(np.uint16)
