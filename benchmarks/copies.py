"""A country many times over as a case of its own, and what a run of it costs: 100 million people by ten Hungaries.

    python benchmarks/copies.py [--copies 10] [--scale 1.0] [--until DATE] [--keep DIR] [--json]

Every place, site, link, work and unit is there once a copy; the copies lie side by side on the map, and one road joins
each to the next. There is one government, one capital (the first copy's) and one council. Time is from the command to
the finished run folder, with people built and kernels compiled before.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import tempfile
from pathlib import Path

import uprising
from uprising.benchmark.measuring import first_start, whole_command
from uprising.benchmark.table import AT_MOST, Row

SECONDS, BYTES = 120.0, 10e9
EAST, NORTH, A_ROW = 9.0, 4.0, 5
"""degrees between copies, and how many lie in a row"""
ROOT_KIND = "country"


def make(case: Path, copies: int, target: Path) -> Path:
    """Write the case folder of a country `copies` times over."""
    shutil.copytree(case, target, ignore=shutil.ignore_patterns("record", "whatif", "map"))
    tables = {
        name: read(case / "inputs" / f"{name}.csv")
        for name in ("places", "sites", "links", "roles", "workplaces", "forces")
    }
    known = {row["id"] for name in ("places", "sites", "workplaces", "forces") for row in tables[name]}
    roots = {row["id"] for row in tables["places"] if row["kind"] == ROOT_KIND}
    for name, rows in tables.items():
        found = []
        for copy in range(copies):
            for row in rows:
                if row["id" if "id" in row else next(iter(row))] in roots:
                    if copy == 0:
                        found.append(grown(row, copies))
                    continue
                found.append(moved({k: renamed(v, known - roots, copy) for k, v in row.items()}, copy))
        if name == "links":
            found += bridges(rows, copies)
        write(target / "inputs" / f"{name}.csv", found)
    return target


def renamed(value: str, known: set[str], copy: int) -> str:
    """An id of the original as that of a copy; anything else as it is."""
    return f"{value}__{copy}" if copy and value in known else value


def moved(row: dict[str, str], copy: int) -> dict[str, str]:
    """A row whose place on the map, if it has one, is that of a copy."""
    for name, step in (("longitude", EAST * (copy % A_ROW)), ("latitude", NORTH * (copy // A_ROW))):
        if row.get(name):
            row[name] = f"{float(row[name]) + step:.5f}"
    return row


def grown(row: dict[str, str], copies: int) -> dict[str, str]:
    """The country itself, with the people of all copies."""
    return {k: str(int(v) * copies) if k.startswith("population") and v else v for k, v in row.items()}


def bridges(links: list[dict[str, str]], copies: int) -> list[dict[str, str]]:
    """A road from each copy to the next, as long as the longest in the country."""
    road = max((row for row in links if row["kind"] == "road"), key=lambda row: float(row["length_km"]))
    ends = [
        (road["from_id"] + (f"__{k}" if k else ""), f"{road['from_id']}__{k + 1}") for k in range(copies - 1)
    ]
    return [{**road, "from_id": one, "to_id": other} for one, other in ends]


def read(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as table:
        return list(csv.DictReader(table))


def write(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as table:
        writer = csv.DictWriter(table, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Make the case, run it, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--case", default="hungary-1956")
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--until")
    parser.add_argument("--keep", type=Path, help="folder for the case; by default a temporary one")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary) / f"{asked.case}-{asked.copies}"
        make(uprising.load_case(asked.case).folder, asked.copies, folder)
        case = uprising.load_case(str(folder))
        building = first_start(case, asked.scale, keep=True)
        command, summary = whole_command(str(folder), asked.scale, asked.until)
    is_whole = asked.copies == 10 and asked.scale == 1.0 and asked.until is None
    name = f"{asked.copies} copies of {asked.case} at scale {asked.scale:g}: {summary['people']:,} people"
    seconds, gigabytes = (SECONDS, BYTES / 1e9) if is_whole else (None, None)
    rows = [
        Row(f"{name}, to the finished folder", command.clock, "s", seconds, AT_MOST),
        Row(f"{name}, peak memory", summary["peak_bytes"] / 1e9, "GB", gigabytes, AT_MOST),
        Row(f"{name}, building the people", building.clock, "s"),
    ]
    if asked.json:
        print(json.dumps([row.as_json() for row in rows], indent=2))
        return
    for row in rows:
        goal = (
            "" if row.goal is None else f" (goal {row.sense} {row.goal:g}: {'hit' if row.is_met else 'miss'})"
        )
        print(f"{row.target}: {row.measured:.4g} {row.unit}{goal}")


if __name__ == "__main__":
    main()
