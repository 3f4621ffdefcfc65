"""Checks of the tree of places and of the travel graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uprising.case.faults import Fault
from uprising.case.tables import Table

LEAVES = ("district", "town", "countryside")
PARENT_KINDS = {
    "district": ("city",),
    "town": ("county", "country"),
    "countryside": ("county", "country"),
    "city": ("county", "country"),
    "county": ("country",),
}
NAMED = 8
"""members of an island that a message names"""


def place_faults(places: Table) -> list[Fault]:
    """Faults of the tree: roots, kinds of parents, cycles, people where none may live or missing ones."""
    faults: list[Fault] = []
    by_id: dict[str, dict[str, Any]] = {row["id"]: row for row in places.rows if row["id"]}
    for line, row in places.numbered():
        kind, parent = row["kind"], row["parent"]
        if kind is None or row["id"] is None:
            continue
        above = by_id[parent]["kind"] if parent in by_id else None
        if kind == "country" and parent is not None:
            faults.append(
                Fault(
                    places.file,
                    "no parent",
                    "A country has none: empty the cell.",
                    line,
                    "column parent",
                    parent,
                )
            )
        elif kind != "country" and parent is None:
            expected = f"the {' or '.join(PARENT_KINDS[kind])} that holds {row['id']}"
            faults.append(Fault(places.file, expected, "Fill the cell.", line, "column parent", ""))
        elif above is not None and kind in PARENT_KINDS and above not in PARENT_KINDS[kind]:
            expected = f"a {' or '.join(PARENT_KINDS[kind])} as the parent of a {kind}"
            remedy = f"{parent} is a {above}: correct the parent or the kind."
            faults.append(Fault(places.file, expected, remedy, line, "column parent", parent))
        if kind in LEAVES and row["population"] is None and "population" in row:
            remedy = f"People live in every {kind}: write how many (0 is possible)."
            # a cell that was filled but wrong is None too; its own fault names it, and this one the rule
            faults.append(Fault(places.file, "a population", remedy, line, "column population"))
        if kind not in LEAVES and row["population"]:
            remedy = f"The people of a {kind} live in the places inside it: empty the cell."
            faults.append(
                Fault(places.file, "no population", remedy, line, "column population", str(row["population"]))
            )
    faults.extend(_cycle_faults(places, by_id))
    leaves = sum(1 for row in places.rows if row["kind"] in LEAVES)
    if places.rows and not leaves and all(row["kind"] is not None for row in places.rows):
        faults.append(
            Fault(
                places.file, "at least one district, town or countryside", "Add the places where people live."
            )
        )
    return faults


def _cycle_faults(places: Table, by_id: Mapping[str, dict[str, Any]]) -> list[Fault]:
    faults: list[Fault] = []
    reported: set[str] = set()
    for line, row in places.numbered():
        path: list[str] = []
        here = row["id"]
        while here in by_id and here not in path:
            path.append(here)
            here = by_id[here]["parent"]
        if here in path and here not in reported:
            circle = path[path.index(here) :]
            reported.update(circle)
            expected = "parents that lead up to the country"
            remedy = f"They run in a circle ({' > '.join([*circle, here])}): correct one of them."
            faults.append(Fault(places.file, expected, remedy, line, "column parent", row["parent"]))
    return faults


def graph_faults(tables: Mapping[str, Table], capital: str | None) -> list[Fault]:
    """Faults of the travel graph: islands, and forces that stand outside it."""
    places, sites, links = tables["places"], tables["sites"], tables["links"]
    leaves = [row["id"] for row in places.rows if row["id"] and row["kind"] in LEAVES]
    nodes = dict.fromkeys([*leaves, *(row["id"] for row in sites.rows if row["id"])])
    for row in links.rows:
        nodes |= dict.fromkeys(end for end in (row["from_id"], row["to_id"]) if end)
    faults: list[Fault] = []
    known = {row["id"] for row in (*places.rows, *sites.rows)}
    if any(end not in known for row in links.rows for end in (row["from_id"], row["to_id"])):
        return faults  # the wrong name has its own fault; what it seems to cut off would only repeat it
    islands = _components(list(nodes), links)
    if len(islands) > 1:
        districts = {row["id"] for row in places.rows if row["parent"] == capital and capital is not None}
        home = max(
            islands,
            key=lambda island: (len(districts.intersection(island)) + (capital in island), len(island)),
        )
        for island in islands:
            if island is not home:
                named = ", ".join(island[:NAMED])
                named += f" and {len(island) - NAMED} more" if len(island) > NAMED else ""
                expected = f"links that join every place with people and every site to {home[0]}"
                remedy = f"Nobody can travel to or from {named}: add a link."
                faults.append(Fault(links.file, expected, remedy, None, "columns from_id, to_id", named))
    for line, row in tables["forces"].numbered() if "forces" in tables else ():
        if row["base"] in known and row["base"] not in nodes:
            remedy = (
                "It holds no people and no link touches it: name a district, town, countryside or site in it."
            )
            expected = "a place on the travel graph"
            faults.append(Fault(tables["forces"].file, expected, remedy, line, "column base", row["base"]))
    return faults


def _components(nodes: list[str], links: Table) -> list[list[str]]:
    """Connected parts of the graph, each in the order of the nodes."""
    root = {node: node for node in nodes}

    def find(node: str) -> str:
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for row in links.rows:
        if row["from_id"] and row["to_id"]:
            root[find(row["to_id"])] = find(row["from_id"])
    parts: dict[str, list[str]] = {}
    for node in nodes:
        parts.setdefault(find(node), []).append(node)
    return list(parts.values())
