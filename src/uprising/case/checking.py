"""Checks across the tables of a case. Cells that are already faulty are None here and are passed over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath
from typing import Any

from uprising.case.faults import Fault, also_in, nearest_unless_many
from uprising.case.geography import LEAVES, graph_faults, place_faults
from uprising.case.settings import CaseSection, line_of
from uprising.case.sizes import size_faults
from uprising.case.tables import Table
from uprising.schema import Column, nearest_name, table_columns

SHARE_TOLERANCE = 0.002
ESTIMATE = "EST"
PAIRS = (
    ("places", "population_low", "population", "population_high"),
    ("forces", "men_low", "men", "men_high"),
)


def check_tables(
    section: CaseSection | None,
    tables: Mapping[str, Table],
    toml: tuple[str, str],
    *,
    documented: bool = True,
    step_minutes: int | None = None,
) -> list[Fault]:
    """All faults that only show when tables are seen together.

    Parameters
    ----------
    section : [case] of case.toml, or None where that is faulty itself
    tables : all tables that could be read
    toml : name and text of case.toml
    documented : False for a what-if's world, whose values may leave the ranges that the sources allow
    step_minutes : length of a step, or None where that is not known
    """
    faults: list[Fault] = []
    faults.extend(size_faults(tables, toml, step_minutes))
    _check_identifiers(tables, faults)
    _check_references(tables, faults)
    _check_sources(tables, faults)
    if documented:
        _check_ranges(tables, faults)
    if "places" in tables:
        faults.extend(place_faults(tables["places"]))
        if section is not None:
            _check_country(section, tables["places"], toml, faults)
        if {"sites", "links"} <= tables.keys():
            faults.extend(graph_faults(tables, section.capital if section is not None else None))
        if "sites" in tables:
            _check_site_places(tables["places"], tables["sites"], faults)
        if "roles" in tables:
            _check_roles(tables["places"], tables["roles"], faults)
    if "ages" in tables:
        _check_ages(tables["ages"], tables.get("roles"), faults)
    if {"roles", "workplaces"} <= tables.keys():
        _check_workplaces(tables["roles"], tables["workplaces"], tables.get("places"), faults)
    _check_institutions(tables, faults)
    return faults


def is_leaf(row: Mapping[str, Any]) -> bool:
    """True for places that hold people."""
    return row["kind"] in LEAVES


def _check_identifiers(tables: Mapping[str, Table], faults: list[Fault]) -> None:
    seen: dict[str, dict[str, tuple[Table, int]]] = defaultdict(dict)
    for name, table in tables.items():
        if "id" not in table.columns:
            continue
        # places and sites are both nodes of the travel graph: one set of names
        taken = seen["nodes" if name in ("places", "sites") else name]
        for line, row in table.numbered():
            if row["id"] is None:
                continue
            if row["id"] in taken:
                other, first = taken[row["id"]]
                where = f"line {first}" if other is table else f"line {first} of {PurePath(other.file).name}"
                remedy = f"It is already used in {where}: rename or remove one of the two."
                faults.append(Fault(table.file, "a unique name", remedy, line, "column id", row["id"]))
            else:
                taken[row["id"]] = (table, line)


def _check_references(tables: Mapping[str, Table], faults: list[Fault]) -> None:
    """Keys that no table has; one fault a key, however many rows name it."""
    rows: dict[str, list[tuple[Table, int, Column]]] = defaultdict(list)
    ids = {name: set(table.column("id")) for name, table in tables.items() if "id" in table.columns}
    for name, table in tables.items():
        for column in table_columns(name):
            if not column.references or any(target not in tables for target in column.references):
                continue
            for line, row in table.numbered():
                value = row[column.name]
                if value is not None and not any(value in ids[target] for target in column.references):
                    rows[value].append((table, line, column))
    for value, found in rows.items():
        table, line, column = found[0]
        known = [x for target in column.references for x in tables[target].column("id") if x]
        remedy = "Correct it." + also_in([(other.file, n) for other, n, _ in found[1:]])
        near = nearest_unless_many(value, known, faults)
        expected = f"an id of {' or '.join(column.references)}"
        faults.append(Fault(table.file, expected, remedy, line, f"column {column.name}", value, near))


def _check_sources(tables: Mapping[str, Table], faults: list[Fault]) -> None:
    """Sources that no list has; one fault a source."""
    if "sources" not in tables:
        return
    known = dict.fromkeys(x for x in tables["sources"].column("id") if x)
    rows: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for name, table in tables.items():
        if name == "sources" or "source" not in table.columns:
            continue
        for line, row in table.numbered():
            for key in dict.fromkeys(part.strip() for part in (row["source"] or "").split(";")):
                if key and key not in known and key != ESTIMATE:
                    rows[key].append((table.file, line))
    for key, found in rows.items():
        file, line = found[0]
        expected = f"keys of sources.csv separated by semicolons, or {ESTIMATE}"
        remedy = "Correct it, or add the source to sources.csv." + also_in(found[1:])
        near = nearest_unless_many(key[:100], known, faults)
        faults.append(Fault(file, expected, remedy, line, "column source", key, near))


def _check_ranges(tables: Mapping[str, Table], faults: list[Fault]) -> None:
    for name, low, middle, high in PAIRS:
        for line, row in tables[name].numbered() if name in tables else ():
            for a, b in ((low, middle), (middle, high)):
                if row[a] is not None and row[b] is not None and row[a] > row[b]:
                    remedy = f"{a} is {row[a]}, {b} is {row[b]}: correct one of them."
                    faults.append(
                        Fault(
                            tables[name].file,
                            f"{low} <= {middle} <= {high}",
                            remedy,
                            line,
                            f"column {a}",
                            str(row[a]),
                        )
                    )


def _check_country(section: CaseSection, places: Table, toml: tuple[str, str], faults: list[Fault]) -> None:
    file, text = toml
    kinds = {row["id"]: row["kind"] for row in places.rows if row["id"]}
    has_leaf = {row["parent"] for row in places.rows if is_leaf(row)}
    for key, allowed in (("country", ("country",)), ("capital", ("city", "town"))):
        value = getattr(section, key)
        candidates = [place for place, kind in kinds.items() if kind in allowed]
        line = line_of(text, "case", key)
        if value not in kinds:
            expected = f"an id of places.csv of kind {' or '.join(allowed)}"
            near = nearest_name(value[:100], candidates) or (candidates[0] if len(candidates) == 1 else None)
            faults.append(Fault(file, expected, "Correct it.", line, f"case.{key}", value, near))
        elif kinds[value] is not None and kinds[value] not in allowed:
            expected = f"a place of kind {' or '.join(allowed)}"
            near = nearest_name(value[:100], candidates)
            faults.append(Fault(file, expected, f"It is a {kinds[value]}.", line, f"case.{key}", value, near))
        elif kinds[value] == "city" and value not in has_leaf:
            remedy = "Add districts whose parent it is, or make it a town."
            faults.append(Fault(file, "a city with districts", remedy, line, f"case.{key}", value))


def _check_site_places(places: Table, sites: Table, faults: list[Fault]) -> None:
    known = {row["id"] for row in places.rows}
    good = {row["id"] for row in places.rows if is_leaf(row)} | {
        row["parent"] for row in places.rows if is_leaf(row)
    }
    for line, row in sites.numbered():
        if row["place"] in known and row["place"] not in good:
            remedy = "Name the district, town or countryside around the site."
            faults.append(
                Fault(sites.file, "a place with people", remedy, line, "column place", row["place"])
            )


def _check_roles(places: Table, roles: Table, faults: list[Fault]) -> None:
    leaves = {row["id"]: (line, row) for line, row in places.numbered() if row["id"] and is_leaf(row)}
    known = {row["id"]: row["kind"] for row in places.rows}
    total: dict[str, int] = defaultdict(int)
    first: dict[tuple[str, str], int] = {}
    complete = dict.fromkeys(leaves, True)
    is_every_place_known = all(row["place"] in known for row in roles.rows)
    for line, row in roles.numbered():
        place, role, count = row["place"], row["role"], row["count"]
        if place is None or role is None or count is None:
            complete[place] = False
            continue
        if place in known and place not in leaves and known[place] is not None:
            remedy = "Give these people to the districts, towns or countrysides inside it."
            expected = "a district, town or countryside"
            faults.append(Fault(roles.file, expected, remedy, line, "column place", place))
        if (place, role) in first:
            remedy = f"The same place and role stand in line {first[place, role]}: add the two up."
            faults.append(
                Fault(roles.file, "each place and role once", remedy, line, "column role", f"{place}, {role}")
            )
        first.setdefault((place, role), line)
        total[place] += count
    for place, (line, row) in leaves.items():
        population = row["population"]
        if place not in total and not is_every_place_known:
            continue  # the wrong name has its own fault
        if population is not None and complete[place] and total.get(place, 0) != population:
            of = PurePath(roles.file).name
            remedy = (
                f"{of} has no row for {place}: add its roles."
                if place not in total
                else f"The difference is {total[place] - population:+d}: correct it or {of}."
            )
            expected = f"the sum of its roles ({total[place]})"
            faults.append(Fault(places.file, expected, remedy, line, "column population", str(population)))
    if roles.rows and not sum(total.values()) and all(complete.values()):
        faults.append(Fault(roles.file, "at least one person", "Check the counts."))


def _check_ages(ages: Table, roles: Table | None, faults: list[Fault]) -> None:
    total: dict[str, float] = defaultdict(float)
    bands: dict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    lines: dict[str, int] = {}
    complete: dict[str, bool] = defaultdict(lambda: True)
    for line, row in ages.numbered():
        role, low, high = row["role"], row["age_low"], row["age_high"]
        if role is None:
            continue
        lines.setdefault(role, line)
        if None in (row["sex"], low, high, row["share"]):
            complete[role] = False
            continue
        total[role] += row["share"]
        if low > high:
            remedy = "Exchange age_low and age_high."
            faults.append(
                Fault(
                    ages.file,
                    f"age_high of at least age_low ({low})",
                    remedy,
                    line,
                    "column age_high",
                    str(high),
                )
            )
            continue
        for other_low, other_high, other in bands[role, row["sex"]]:
            if low <= other_high and other_low <= high:
                remedy = f"It overlaps the band {other_low}-{other_high} of line {other}."
                expected = f"bands of {role}, {row['sex']} that don't overlap"
                faults.append(Fault(ages.file, expected, remedy, line, "column age_low", f"{low}-{high}"))
                break
        bands[role, row["sex"]].append((low, high, line))
    for role, share in total.items():
        if complete[role] and abs(share - 1.0) > SHARE_TOLERANCE:
            remedy = f"Divide them by {share:.4g}." if share > 0 else "Give it shares."
            faults.append(
                Fault(
                    ages.file,
                    f"shares of {role} that add up to 1",
                    remedy,
                    lines[role],
                    "column share",
                    f"{share:.6g}",
                )
            )
    if roles is not None and ages.rows:
        for role in sorted({row["role"] for row in roles.rows if row["role"] and row["count"]} - set(lines)):
            remedy = "Add its bands of age for both sexes."
            faults.append(Fault(ages.file, f"ages of {role}", remedy, column="column role"))


def _check_workplaces(roles: Table, workplaces: Table, places: Table | None, faults: list[Fault]) -> None:
    kinds = {row["id"]: row["kind"] for row in places.rows} if places is not None else {}
    available: dict[str, int] = defaultdict(int)
    for row in roles.rows:
        if row["role"] is not None:
            available[row["role"]] += row["count"] or 0
    taken: dict[str, int] = defaultdict(int)
    for line, row in workplaces.numbered():
        if kinds.get(row["place"]) in ("country", "county", "city"):
            expected = "a district, town or countryside"
            remedy = "Name the one whose people fill it first."
            faults.append(Fault(workplaces.file, expected, remedy, line, "column place", row["place"]))
        role, people = row["role"], row["people"]
        if role is None or people is None:
            continue
        left = available[role] - taken[role]
        taken[role] += people
        if left >= 0 and people > left:
            # workplaces after the first one too many would only repeat the fault
            expected = f"at most the people who are {role} and not yet at a workplace above ({left})"
            remedy = f"roles.csv has {available[role]} of them in all: lower this number or add people there."
            faults.append(Fault(workplaces.file, expected, remedy, line, "column people", str(people)))


def _check_institutions(tables: Mapping[str, Table], faults: list[Fault]) -> None:
    if "leaders" in tables:
        leaders = tables["leaders"]
        leading = [(line, row) for line, row in leaders.numbered() if row["in_office"]]
        if leaders.rows and not leading and all(row["in_office"] is not None for row in leaders.rows):
            remedy = "Write yes for the one who leads on the eve."
            faults.append(Fault(leaders.file, "one leader in office", remedy, column="column in_office"))
        for line, _ in leading[1:]:
            remedy = (
                f"Line {leading[0][0]} ({leading[0][1]['id']}) is in office too: write no for one of them."
            )
            faults.append(
                Fault(leaders.file, "one leader in office", remedy, line, "column in_office", "yes")
            )
    if "council" in tables:
        weights = tables["council"].column("weight")
        if weights and None not in weights and not sum(weights) > 0.0:
            remedy = "Give at least one member a weight above 0."
            faults.append(
                Fault(tables["council"].file, "weights with a sum above 0", remedy, column="column weight")
            )
    if "demands" in tables:
        _check_once(tables["demands"], ("rung",), lambda row: f"rung {row['rung']}", faults)
    if "links" in tables:
        for line, row in tables["links"].numbered():
            if row["from_id"] is not None and row["from_id"] == row["to_id"]:
                remedy = "Remove the link or correct one end."
                faults.append(
                    Fault(
                        tables["links"].file, "two different ends", remedy, line, "column to_id", row["to_id"]
                    )
                )


def _check_once(
    table: Table, columns: Iterable[str], describe: Callable[[dict[str, Any]], str], faults: list[Fault]
) -> None:
    first: dict[tuple[Any, ...], int] = {}
    for line, row in table.numbered():
        key = tuple(row[name] for name in columns)
        if None in key:
            continue
        if key in first:
            remedy = f"It stands already in line {first[key]}: renumber or remove one of the two."
            expected = f"each {' and '.join(columns)} once"
            faults.append(
                Fault(table.file, expected, remedy, line, f"column {', '.join(columns)}", describe(row))
            )
        first.setdefault(key, line)
