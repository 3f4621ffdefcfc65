"""What `check_case` finds in a case that would run: each fault is planted in a sound case and must be named."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from case_folders import Rows, edit, faults_of, line_with, new_case, put, table_file
from uprising.case import CaseError, Fault, check_case, shipped_cases


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return new_case(tmp_path)


def found_by_check(folder: Path) -> list[Fault]:
    with pytest.raises(CaseError) as caught:
        check_case(folder)
    return caught.value.faults


def only_fault_of_check(folder: Path) -> Fault:
    """The one fault that `check_case` finds in a case that runs."""
    assert faults_of(folder) == []
    faults = found_by_check(folder)
    assert len(faults) == 1, faults
    return faults[0]


@pytest.mark.parametrize("name", sorted(shipped_cases()))
def test_shipped_cases_pass(name: str) -> None:
    assert check_case(name).id == name


def without(column: str, value: str) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        at = rows[0].index(column)
        rows[1:] = [row for row in rows[1:] if row[at] != value]

    return change


def drop_site(folder: Path, site: str) -> None:
    """Remove a site with its links; workplaces there stay without one."""
    edit(folder, "sites", without("id", site))
    edit(folder, "links", without("from_id", site))
    edit(folder, "links", without("to_id", site))
    edit(
        folder,
        "workplaces",
        lambda rows: [row.__setitem__(rows[0].index("site"), "") for row in rows[1:] if site in row],
    )


def test_a_town_without_a_square(folder: Path) -> None:
    drop_site(folder, "S_MILL_SQUARE")
    fault = only_fault_of_check(folder)
    assert (Path(fault.file).name, fault.line, fault.value) == (
        "places.csv", line_with(folder, "places", id="T_MILL"), "T_MILL",
    )  # fmt: skip
    assert "kind square" in str(fault)


def test_many_students_without_a_university(folder: Path) -> None:
    line = line_with(folder, "roles", place="T_MILL", role="student")
    more = 10_000 - int(put(folder, "roles", line, "count", "10000"))
    place = line_with(folder, "places", id="T_MILL")
    before = int(put(folder, "places", place, "population", "0"))
    put(folder, "places", place, "population", str(before + more))
    fault = only_fault_of_check(folder)
    assert (Path(fault.file).name, fault.line, fault.value) == ("places.csv", place, "T_MILL")
    assert "a site of kind university for the 10,000 students" in str(fault)


@pytest.mark.parametrize("role", ["soldier", "police", "political_police"])
def test_people_in_uniform_who_are_not_the_men_of_forces(folder: Path, role: str) -> None:
    edit(folder, "roles", lambda rows: move(rows, "D_DOCKS", "dependent", role, 600))
    fault = only_fault_of_check(folder)
    assert Path(fault.file).name == "roles.csv"
    assert f"correct the {role} rows of roles.csv or the forces" in str(fault)


def move(rows: Rows, place: str, source: str, target: str, people: int) -> None:
    """Give people of a place another role."""
    of = {row[1]: row for row in rows[1:] if row[0] == place}
    of[source][2] = str(int(of[source][2]) - people)
    if target in of:
        of[target][2] = str(int(of[target][2]) + people)
    else:
        rows.append([place, target, str(people), "EXAMPLE"])


def test_a_plant_larger_than_its_town(folder: Path) -> None:
    line = line_with(folder, "workplaces", id="W_PIT")
    town = table_value(folder, "workplaces", line, "place")
    workers = table_value(
        folder, "roles", line_with(folder, "roles", place=town, role="industrial_worker"), "count"
    )
    put(folder, "workplaces", line, "people", str(int(workers) + 1))
    fault = only_fault_of_check(folder)
    assert (Path(fault.file).name, fault.line) == ("workplaces.csv", line)
    assert f"at most the {int(workers):,} people of role industrial_worker in {town}" in str(fault)


def table_value(folder: Path, table: str, line: int, column: str) -> str:
    with open(table_file(folder, table), newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))[line - 2][column]


@pytest.mark.parametrize(
    ("site", "degrees", "km"), [("S_MILL_SQUARE", 0.4, 30), ("S_EAST_CROSSING", 5.0, 200)]
)
def test_a_site_far_from_its_place(folder: Path, site: str, degrees: float, km: int) -> None:
    line = line_with(folder, "sites", id=site)
    before = float(put(folder, "sites", line, "latitude", "0"))
    put(folder, "sites", line, "latitude", f"{before + degrees:.3f}")
    fault = only_fault_of_check(folder)
    assert (Path(fault.file).name, fault.line) == ("sites.csv", line)
    assert f"within {km} km" in str(fault)


def test_a_gap_in_the_ladder(folder: Path) -> None:
    edit(folder, "demands", without("rung", "3"))
    fault = only_fault_of_check(folder)
    assert Path(fault.file).name == "demands.csv"
    assert "there is none on rung 3" in str(fault)


def test_an_event_after_the_end(folder: Path) -> None:
    put(folder, "events", 3, "time", "1971-05-08T06:00")
    fault = only_fault_of_check(folder)
    assert (Path(fault.file).name, fault.line, fault.value) == ("events.csv", 3, "1971-05-08T06:00")


def test_a_source_that_only_begins_like_an_estimate(folder: Path) -> None:
    put(folder, "places", 3, "source", "ESTIMATED BY ME")
    (fault,) = faults_of(folder)
    assert (Path(fault.file).name, fault.line, fault.value) == ("places.csv", 3, "ESTIMATED BY ME")


def test_one_wrong_key_is_one_message(folder: Path) -> None:
    put(folder, "places", line_with(folder, "places", id="T_MILL"), "id", "T_MILLX")
    (fault,) = faults_of(folder)
    assert (fault.value, fault.nearest) == ("T_MILL", "T_MILLX")
    assert "more rows use it: " in fault.remedy
    assert "roles.csv" in fault.remedy
