"""Limits on a case as a whole: what a run can hold in memory and in the numbers that it records."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from uprising.case.faults import Fault
from uprising.case.formations import BATTLE_GROUP, n_units_of
from uprising.case.geography import LEAVES
from uprising.case.settings import line_of
from uprising.case.tables import Table
from uprising.schema import limit, outputs
from uprising.state import ROLES, SIDES

FORTNIGHT = 14 * 24 * 60
"""minutes of a run that are held in memory before they are written (see result.recording)"""


def size_faults(tables: Mapping[str, Table], toml: tuple[str, str], step_minutes: int | None) -> list[Fault]:
    """Faults of a case that is too big to run or to record (schema/limits.csv).

    Parameters
    ----------
    tables : all tables that could be read
    toml : name and text of case.toml
    step_minutes : length of a step, or None where that is not known
    """
    faults: list[Fault] = []
    leaves = sum(row["kind"] in LEAVES for row in tables["places"].rows) if "places" in tables else 0
    sites = len(tables["sites"]) if "sites" in tables else 0
    if leaves + sites > limit("nodes"):
        larger = "sites" if sites > leaves else "places"
        remedy = f"A run holds the way between each two of them: merge some of the {leaves:,} and {sites:,}."
        expected = f"at most {limit('nodes'):,} places with people and sites together"
        faults.append(Fault(tables[larger].file, expected, remedy, value=f"{leaves + sites:,}"))
    units = _check_units(tables["forces"], faults) if "forces" in tables else 0
    _check_people(tables, faults)
    if not faults and step_minutes is not None and step_minutes > 0:
        needed = _bytes_of_a_step(leaves, sites, units) * FORTNIGHT // step_minutes
        if needed > limit("recorded_bytes"):
            line = line_of(toml[1], "calendar", "step_minutes")
            expected = (
                f"steps of which a fortnight takes at most {limit('recorded_bytes') / 1e9:g} GB to record"
            )
            remedy = f"These need {needed / 1e9:.1f} GB: lengthen the step, or merge places, sites or forces."
            faults.append(Fault(toml[0], expected, remedy, line, "calendar.step_minutes", str(step_minutes)))
    return faults


def _check_units(forces: Table, faults: list[Fault]) -> int:
    """Units of all forces, and a fault where there are too many."""
    units, largest = 0, (0, 0)
    for line, row in forces.numbered():
        n = n_units_of(row)
        units, largest = units + n, max(largest, (n, line))
    if units > limit("units"):
        expected = f"at most {limit('units'):,} units"
        remedy = (
            f"Mobile forces of the hegemon act in groups of {BATTLE_GROUP} men; the largest makes"
            f" {largest[0]:,} of them: lower its men, or merge forces."
        )
        faults.append(Fault(forces.file, expected, remedy, largest[1] or None, "column men", f"{units:,}"))
    return units


def _check_people(tables: Mapping[str, Table], faults: list[Fault]) -> None:
    """People, men under arms and prisoners must fit together into what a run records."""
    counted = {"roles": "count", "forces": "men", "sites": "prisoners"}
    total = {
        name: sum(row[column] or 0 for row in tables[name].rows)
        for name, column in counted.items()
        if name in tables
    }
    if sum(total.values()) > limit("people"):
        largest = max(total, key=lambda name: total[name])
        expected = f"at most {limit('people')} people, men of forces and prisoners in all"
        value = str(sum(total.values()))
        faults.append(Fault(tables[largest].file, expected, "Check the numbers.", value=value))


def _bytes_of_a_step(places: int, sites: int, units: int) -> int:
    """Bytes that a run records in one step."""
    sizes = {"place": places, "site": sites, "unit": units, "role": len(ROLES), "side": len(SIDES)}
    return sum(
        np.dtype(output.dtype).itemsize * int(np.prod([sizes[name] for name in output.dims[1:]], initial=1))
        for output in outputs()
    )
