"""Sizes, years and sorts of files that no run can hold are refused with words, and soon."""

from __future__ import annotations

import csv
import datetime
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from case_folders import edit, faults_of, line_with, new_case, only_fault, put, replace_in, table_file
from uprising import schema
from uprising.case import CaseError, load_case
from uprising.case.faults import SEARCHED, SHOWN, also_in
from uprising.case.files import hidden_character
from uprising.case.moments import moment_fault, parse_day_or_moment
from uprising.schema import limit, limits, table_columns, tables


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return new_case(tmp_path)


def test_every_limit_has_a_reason() -> None:
    assert all(each.value > 0 and each.unit and len(each.reason) > 20 for each in limits().values())


def test_years_are_those_that_nanoseconds_hold() -> None:
    for year in (limit("first_year"), limit("last_year")):
        for month in (1, 12):
            moment = np.datetime64(f"{year}-{month:02d}-28", "m")
            assert moment.astype("datetime64[ns]").astype("datetime64[m]") == moment
            assert moment_fault(moment.item()) is None
    for year in (limit("first_year") - 1, limit("last_year") + 1):
        assert moment_fault(datetime.datetime(year, 6, 1)) is not None


def test_what_a_run_records_holds_what_a_case_may_say() -> None:
    """No cell alone, nor the people of a case together, is larger than the numbers in which a run records them."""
    kinds = {output.name: np.iinfo(output.dtype).max for output in schema.outputs() if "int" in output.dtype}
    recorded = {("forces", "men"): "unit_men", ("places", "population"): "crowd", ("roles", "count"): "crowd"}
    for (table, name), output in recorded.items():
        column = next(column for column in table_columns(table) if column.name == name)
        assert column.maximum is not None
        assert column.maximum <= kinds[output]
    assert limit("people") <= kinds["dead"]
    assert limit("nodes") <= kinds["unit_site"]
    assert limit("members") <= kinds["conceded"]
    assert limit("steps") <= np.iinfo(np.uint16).max


@pytest.mark.parametrize("table", tables())
def test_every_count_of_a_case_has_a_maximum(table: str) -> None:
    for column in table_columns(table):
        if column.type in ("count", "number"):
            assert column.minimum is not None, column.name
            assert column.maximum is not None, column.name


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("forces", "men", "1000000000"),
        ("sites", "prisoners", "1000000000000"),
        ("sites", "residents_per_hectare", "1000000000000"),
        ("sites", "capacity", "2147483648"),
        ("events", "days", "1e11"),
        ("forces", "readiness_hours", "1e10"),
    ],
)
def test_numbers_beyond_all_measure(folder: Path, table: str, column: str, value: str) -> None:
    put(folder, table, 2, column, value)
    fault = only_fault(folder)
    assert (fault.line, fault.column, fault.value) == (2, f"column {column}", value)
    most = next(c.maximum for c in table_columns(table) if c.name == column)
    assert f"to {most:.15g}" in fault.expected


def test_a_hegemon_of_too_many_units(folder: Path) -> None:
    def add(rows: list[list[str]]) -> None:
        last = next(row for row in rows if row[1] == "hegemon" and row[3] in ("armour", "mechanised"))
        at = rows[0].index("men")
        last[at] = "9000000"

    edit(folder, "forces", add)
    fault = only_fault(folder)
    assert "at most 5,000 units" in fault.expected
    assert Path(fault.file).name == "forces.csv"


def test_people_men_and_prisoners_together(folder: Path) -> None:
    def many(rows: list[list[str]]) -> None:
        row = next(row for row in rows[1:] if row[1] == "army")
        at = rows[0].index("men")
        for k in range(250):
            rows.append([f"{row[0]}_{k}", *row[1:at], "9000000", *row[at + 1 :]])

    edit(folder, "forces", many)
    assert "at most 2000000000 people, men of forces and prisoners in all" in only_fault(folder).expected


def test_more_sites_than_a_run_can_hold_the_ways_between(folder: Path) -> None:
    line = line_with(folder, "sites", id="S_MILL_SQUARE")
    edit(folder, "sites", lambda rows: rows.extend([f"S_{k}", *rows[line - 1][1:]] for k in range(4000)))
    edit(folder, "links", lambda rows: rows.extend(["T_MILL", f"S_{k}", "road", "1"] for k in range(4000)))
    fault = only_fault(folder)
    assert "at most 4,000 places with people and sites together" in fault.expected


def test_steps_too_short_for_what_is_recorded(folder: Path) -> None:
    line = line_with(folder, "sites", id="S_MILL_SQUARE")
    edit(folder, "sites", lambda rows: rows.extend([f"S_{k}", *rows[line - 1][1:]] for k in range(3900)))
    edit(folder, "links", lambda rows: rows.extend(["T_MILL", f"S_{k}", "road", "1"] for k in range(3900)))
    edit(folder, "forces", lambda rows: rows.extend([f"F_{k}", *rows[1][1:]] for k in range(4900)))
    assert faults_of(folder) == []
    replace_in(folder / "case.toml", "step_minutes = 30 ", "step_minutes = 1 ")
    fault = only_fault(folder)
    assert fault.column == "calendar.step_minutes"
    assert "GB to record" in fault.expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("1525-03-01T00:00:00", "a year from 1678 to 2261"),
        ("0001-03-01T00:00:00", "a year from 1678 to 2261"),
        ("1970-05-01T00:00:30", "a time in whole minutes"),
        ("1970-05-01T00:00:00.5", "a time in whole minutes"),
        ("1970-05-01T00:00:00+01:00", "a local time without a time zone"),
    ],
)
def test_times_that_no_run_can_keep(folder: Path, start: str, expected: str) -> None:
    replace_in(folder / "case.toml", "start = 1970-05-01T00:00:00", f"start = {start}")
    fault = next(fault for fault in faults_of(folder) if fault.column == "calendar.start")
    assert fault.expected == expected


@pytest.mark.parametrize("text", ["1956-10-17T12:00+01:00", "1956-10-17T12:00Z", "1956-10-17 12:00:00 +0100"])
def test_a_time_with_a_zone_is_refused_in_the_words_of_case_toml(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_day_or_moment(text)
    assert caught.value.args[0] == "a local time without a time zone"


def make_fifo(file: Path) -> None:
    os.mkfifo(file)


def make_socket(file: Path) -> None:
    # the name of a socket is at most 107 bytes long
    script = "import os, socket, sys; os.chdir(sys.argv[1]); socket.socket(socket.AF_UNIX).bind(sys.argv[2])"
    subprocess.run([sys.executable, "-c", script, file.parent, file.name], check=True)


def make_endless(file: Path) -> None:
    file.symlink_to("/dev/zero")


def make_huge(file: Path) -> None:
    with open(file, "wb") as stream:
        stream.truncate(10**11)  # takes no room


def make_loop(file: Path) -> None:
    file.symlink_to(file)


@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
@pytest.mark.parametrize("make", [make_fifo, make_socket, make_endless, make_huge, make_loop])
@pytest.mark.parametrize("name", ["inputs/powers.csv", "sources.csv", "case.toml", "whatif/tried.toml"])
def test_what_is_no_file_is_refused_before_it_is_read(folder: Path, make: object, name: str) -> None:
    from uprising.case import check_case

    file = folder / name
    file.unlink(missing_ok=True)
    assert callable(make)
    make(file)
    with pytest.raises(CaseError) as caught:
        check_case(folder)
    assert file.name in str(caught.value)


def test_many_faults_are_few_searches_and_few_lines(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from uprising.case import faults as module

    searched: list[object] = []
    nearest = module.nearest_name
    monkeypatch.setattr(module, "nearest_name", lambda *a: searched.append(a) or nearest(*a))
    edit(
        folder,
        "links",
        lambda rows: rows.extend([f"NOWHERE_{k}", f"NOR_HERE_{k}", "raod", "x"] for k in range(3000)),
    )
    with pytest.raises(CaseError) as caught:
        load_case(folder)
    assert len(caught.value.faults) == 4 * 3000
    assert 0 < len(searched) <= 2 * SEARCHED  # of cells, and of tables seen together
    assert len(str(caught.value).splitlines()) <= 2 * SHOWN
    assert "more faults like these" in str(caught.value)


def test_rows_beyond_the_limit_are_not_read(folder: Path) -> None:
    file = table_file(folder, "links")
    with open(file, "a", newline="", encoding="utf-8") as stream:
        row = ["T_MILL", "S_MILL_SQUARE", "road", "1"]
        csv.writer(stream).writerows(row for _ in range(limit("rows")))
    assert "at most 200,000 rows" in only_fault(folder).expected


def test_hidden_characters() -> None:
    assert hidden_character("Łódź, Gyöngyös\tand\r\n„quotes“ — 東京 🙂 a\u00a0b") is None
    for hidden in "\x00\x07\x1b\x7f\x9b\u202e\u2066":
        assert hidden_character(f"a{hidden}b") == hidden


@pytest.mark.parametrize("where", ["places", "case", "title"])
def test_names_with_control_characters_are_refused_and_never_printed_raw(folder: Path, where: str) -> None:
    if where == "places":
        put(folder, "places", 3, "name", "Mill\x1b]0;x\x07")
    elif where == "case":
        replace_in(folder / "case.toml", 'hegemon = "', 'hegemon = "\\u009b2J')
    else:
        replace_in(folder / "case.toml", 'title = "', 'title = "\\u202e')
    with pytest.raises(CaseError, match="without control characters") as caught:
        load_case(folder)
    assert hidden_character(str(caught.value)) is None


def test_where_else_a_fault_stands() -> None:
    assert also_in([("a/b.csv", 3)]) == " 1 more row uses it: b.csv, line 3."
    assert also_in([("b.csv", k) for k in range(1000)]).endswith(", ....")
