"""What a case may say, and a run can compute, but nobody can mean: found by `check_case`, never refused by a run.

Every threshold leaves room for what the sources leave open; the shipped cases and the template pass with all of them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from uprising.case.faults import Fault
from uprising.case.geography import LEAVES
from uprising.case.settings import Settings
from uprising.case.tables import Table

UNIFORMED = {"soldier": "army", "police": "police", "political_police": "political_police"}
"""roles whose people are the men of a side's forces"""
MEN_ROUNDED, SHARE_ROUNDED = 500, 0.05
"""strengths are known to a few hundred men, of large garrisons to a twentieth"""
KM_OF_TOWN, KM_OF_COUNTRYSIDE = 30.0, 200.0
"""no town reaches farther than 30 km from its middle (Greater London does); a county, with its border crossings,
no farther than 200 km (the largest of the shipped cases: 112)"""
STUDENTS_OF_A_UNIVERSITY = 10_000
"""fewer may be those of several small colleges, which gather nowhere in particular"""
EARTH_KM = 6371.0


def plausibility_faults(settings: Settings, tables: Mapping[str, Table]) -> list[Fault]:
    """Faults of a case that was found sound by `check_tables`.

    Parameters
    ----------
    settings : content of case.toml
    tables : all tables, without what-ifs
    """
    town_of = _towns(tables["places"])
    faults: list[Fault] = []
    _check_squares(tables, town_of, faults)
    _check_universities(tables, town_of, faults)
    _check_uniformed(tables, town_of, faults)
    _check_plants(tables, town_of, faults)
    _check_distances(tables, faults)
    _check_ladder(tables["demands"], faults)
    _check_events(settings, tables["events"], faults)
    return faults


def _towns(places: Table) -> dict[str, str]:
    """Town (or countryside) of each place: a district belongs to its city."""
    town = {row["id"]: row["parent"] if row["kind"] == "district" else row["id"] for row in places.rows}
    first_leaf: dict[str, str] = {}
    for row in places.rows:
        if row["kind"] in LEAVES and row["parent"] is not None:
            first_leaf.setdefault(row["parent"], town[row["id"]])
    # what stands in a county or country stands in the first place of it (see world)
    return {place: first_leaf.get(place, own) if own == place else own for place, own in town.items()}


def _people(tables: Mapping[str, Table], town_of: Mapping[str, str]) -> dict[tuple[str, str], int]:
    """People by town and role."""
    people: dict[tuple[str, str], int] = defaultdict(int)
    for row in tables["roles"].rows:
        people[town_of[row["place"]], row["role"]] += row["count"]
    return people


def _sites_of_kind(tables: Mapping[str, Table], town_of: Mapping[str, str], kind: str) -> set[str]:
    return {town_of[row["place"]] for row in tables["sites"].rows if row["kind"] == kind}


def _built_up(tables: Mapping[str, Table], town_of: Mapping[str, str]) -> dict[str, tuple[int, str]]:
    """Line and name of every town with people."""
    places = tables["places"]
    with_people = {
        town_of[row["id"]] for row in places.rows if row["kind"] in ("district", "town") and row["population"]
    }
    return {row["id"]: (line, row["name"]) for line, row in places.numbered() if row["id"] in with_people}


def _check_squares(tables: Mapping[str, Table], town_of: Mapping[str, str], faults: list[Fault]) -> None:
    have = _sites_of_kind(tables, town_of, "square")
    for town, (line, name) in _built_up(tables, town_of).items():
        if town not in have:
            expected = "at least one site of kind square in sites.csv for every town"
            remedy = f"The people of {name} have nowhere to gather: add its main square."
            faults.append(Fault(tables["places"].file, expected, remedy, line, "column id", town))


def _check_universities(tables: Mapping[str, Table], town_of: Mapping[str, str], faults: list[Fault]) -> None:
    have, people = _sites_of_kind(tables, town_of, "university"), _people(tables, town_of)
    for town, (line, name) in _built_up(tables, town_of).items():
        students = people.get((town, "student"), 0)
        if students >= STUDENTS_OF_A_UNIVERSITY and town not in have:
            expected = f"a site of kind university for the {students:,} students of {name}"
            remedy = "Students meet and march from one: add it to sites.csv, links.csv and workplaces.csv."
            faults.append(Fault(tables["places"].file, expected, remedy, line, "column id", town))


def _check_uniformed(tables: Mapping[str, Table], town_of: Mapping[str, str], faults: list[Fault]) -> None:
    """People in uniform (roles.csv) are the men of the forces (forces.csv), town by town."""
    people = _people(tables, town_of)
    place_of_site = {row["id"]: row["place"] for row in tables["sites"].rows}
    men: dict[tuple[str, str], int] = defaultdict(int)
    for row in tables["forces"].rows:
        if row["side"] in UNIFORMED.values():
            base = place_of_site.get(row["base"], row["base"])
            men[town_of.get(base, base), row["side"]] += row["men"]
    lines: dict[tuple[str, str], int] = {}
    for line, row in tables["roles"].numbered():
        lines.setdefault((town_of[row["place"]], row["role"]), line)
    for role, side in UNIFORMED.items():
        towns = dict.fromkeys([t for t, r in people if r == role] + [t for t, s in men if s == side])
        for town in towns:
            counted, strength = people.get((town, role), 0), men.get((town, side), 0)
            if abs(counted - strength) > max(MEN_ROUNDED, SHARE_ROUNDED * max(counted, strength)):
                expected = f"about the {strength:,} men of side {side} whom forces.csv bases in {town}"
                remedy = f"They are the same people: correct the {role} rows of roles.csv or the forces."
                first, value = lines.get((town, role)), f"{counted} ({role})"
                faults.append(Fault(tables["roles"].file, expected, remedy, first, "column count", value))


def _check_plants(tables: Mapping[str, Table], town_of: Mapping[str, str], faults: list[Fault]) -> None:
    """A workplace is filled from its town first; one that is larger than the town's people of its role can't be."""
    people = _people(tables, town_of)
    for line, row in tables["workplaces"].numbered():
        town = town_of[row["place"]]
        there = people.get((town, row["role"]), 0)
        if row["people"] > there:
            expected = f"at most the {there:,} people of role {row['role']} in {town}"
            remedy = "Lower it, correct the place or role, or add people there in roles.csv."
            value = str(row["people"])
            faults.append(Fault(tables["workplaces"].file, expected, remedy, line, "column people", value))


def _check_distances(tables: Mapping[str, Table], faults: list[Fault]) -> None:
    places = {row["id"]: row for row in tables["places"].rows}
    for line, row in tables["sites"].numbered():
        place = places[row["place"]]
        most = KM_OF_TOWN if place["kind"] in ("district", "town", "city") else KM_OF_COUNTRYSIDE
        km = _great_circle_km(row, place)
        if km > most:
            expected = f"a site within {most:g} km of {place['id']}, in which it stands"
            remedy = f"It lies {km:,.0f} km away: correct latitude, longitude or place."
            value = f"{row['latitude']:g}, {row['longitude']:g}"
            where = "columns latitude, longitude"
            faults.append(Fault(tables["sites"].file, expected, remedy, line, where, value))


def _great_circle_km(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    lat_a, lon_a, lat_b, lon_b = (
        math.radians(value) for value in (a["latitude"], a["longitude"], b["latitude"], b["longitude"])
    )
    half = (
        math.sin((lat_a - lat_b) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_a - lon_b) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(math.sqrt(min(half, 1.0)))


def _check_ladder(demands: Table, faults: list[Fault]) -> None:
    rungs = {row["rung"] for row in demands.rows}
    missing = [rung for rung in range(1, max(rungs, default=0)) if rung not in rungs]
    if missing:
        remedy = "Renumber the demands from 1 without a gap, or add the missing one."
        named = ", ".join(map(str, missing[:12])) + (", ..." if len(missing) > 12 else "")
        expected = f"a demand on every rung; there is none on rung {named}"
        faults.append(Fault(demands.file, expected, remedy, None, "column rung"))


def _check_events(settings: Settings, events: Table, faults: list[Fault]) -> None:
    """An event after the last step never becomes known; a what-if may lengthen the calendar, a case does not."""
    end = settings.calendar.end
    for line, row in events.numbered():
        if row["time"] >= end:
            expected = (
                f"a time before the end of the calendar in case.toml ({end.isoformat(timespec='minutes')})"
            )
            remedy = "It would never happen: correct the year, or remove it from events.csv."
            value = row["time"].isoformat(timespec="minutes")
            faults.append(Fault(events.file, expected, remedy, line, "column time", value))
