"""What-ifs are held to the rules of files: sound changes on every table work, what a file may not say fails."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from case_folders import edit, new_case, only_fault
from uprising.case import Case, CaseError, load_case
from uprising.case.tables import MAY_BE_EMPTY, parse_cell, parse_value
from uprising.case.world import build_world
from uprising.schema import Column, table_columns, tables

CHANGED = [(name, column) for name in tables() for column in table_columns(name)]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return load_case(new_case(tmp_path_factory.mktemp("what-ifs")))


def lay(case: Case, folder: Path, text: str) -> Case:
    file = folder / "tried.toml"
    file.write_text(f'title = "Tried"\n{text}', encoding="utf-8")
    return case.what_if(file)


def change(table: str, where: str, does: str) -> str:
    return f'[[change]]\ntable = "{table}"\nwhere = {where}\n{does}\n'


@pytest.mark.parametrize("table", tables())
def test_a_table_that_a_run_needs_cannot_be_emptied(case: Case, tmp_path: Path, table: str) -> None:
    events = change("events", "{}", 'set = { power = "" }')
    text = events + change(table, "{}", "remove = true")
    if table in MAY_BE_EMPTY:
        changed = lay(case, tmp_path, text)
        assert len(changed.tables[table]) == 0
        build_world(changed)
        return
    with pytest.raises(CaseError) as caught:
        lay(case, tmp_path, text)
    faults = caught.value.faults
    assert [(fault.column, fault.expected) for fault in faults] == [
        ("change 2: remove", f"at least one row below the header of {table}.csv")
    ]


@pytest.mark.parametrize("table", [name for name in tables() if name not in MAY_BE_EMPTY])
def test_nor_can_it_be_emptied_row_by_row_or_by_a_program(case: Case, tmp_path: Path, table: str) -> None:
    key = table_columns(table)[0].name
    values = ", ".join(f'"{value}"' for value in dict.fromkeys(case.tables[table].column(key)))
    with pytest.raises(CaseError, match="at least one row"):
        lay(case, tmp_path, change(table, f"{{ {key} = [{values}] }}", "remove = true"))
    with pytest.raises(CaseError, match="at least one row"):
        case.with_table(table, [])


def written(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return repr(value) if isinstance(value, int | float) else json.dumps(value)


@pytest.mark.parametrize(("table", "column"), CHANGED, ids=[f"{t}.{c.name}" for t, c in CHANGED])
def test_every_cell_can_be_set_to_what_it_is(case: Case, tmp_path: Path, table: str, column: Column) -> None:
    rows = case.tables[table].rows
    chosen = next((i for i, row in enumerate(rows) if row[column.name] is not None), None)
    if chosen is None:
        assert not column.required
        return
    value = rows[chosen][column.name]
    cell = f"{{ {column.name} = {written(value)} }}"
    same = lay(case, tmp_path, change(table, cell, f"set = {cell}"))
    assert same.digest == replace(case, what_if_name="tried").digest


WRONG: dict[str, list[Any]] = {
    "number": ["much", "1,5", "nan", "inf", 1e13, -1e13, True, [1], {"a": 1}, "\x1b[2J"],
    "count": ["much", 2.5, -1, 10**13, "1e400", False, [1], "1,000"],
    "flag": ["maybe", 1, [True]],
    "choice": ["no_such_word", 0, []],
    "id": ["small letters", "X" * 101, 1.5, "Ü"],
    "time": ["soon", "1970-05-02 09:00", "1970-05-02T09:00Z", "0001-05-02T09:00", 5],
    "text": ["\x1b[2J", "left\u202eright", ["a"], {}],
}


@pytest.mark.parametrize("kind", sorted(WRONG))
def test_what_a_file_refuses_a_what_if_refuses(case: Case, tmp_path: Path, kind: str) -> None:
    """The same words for the same value, in a file, in a what-if's TOML and from a program."""
    table, column = next((t, c) for t, c in CHANGED if c.type == kind and t not in ("places", "roles"))
    for value in WRONG[kind]:
        with pytest.raises(ValueError) as by_value:
            parse_value(value, column)
        with pytest.raises(CaseError) as by_program:
            case.with_table(table, [row | {column.name: value} for row in case.tables[table].rows])
        assert by_value.value.args[0] == by_program.value.faults[0].expected
        if isinstance(value, str):
            with pytest.raises(ValueError) as by_file:
                parse_cell(value, column)
            assert by_file.value.args == by_value.value.args


def test_times_with_a_zone_or_seconds_are_refused_in_what_ifs(case: Case, tmp_path: Path) -> None:
    for time, words in [
        ("1970-05-03T09:00:00Z", "without a time zone"),
        ("1970-05-03T09:00:30", "whole minutes"),
        ("1600-05-03T09:00:00", "a year from 1678"),
    ]:
        with pytest.raises(CaseError, match=words):
            lay(case, tmp_path, change("events", "{}", f"set = {{ time = {time} }}"))


@pytest.mark.parametrize("factor", ["1e308", "nan", "true", "'2'", "0x" + "f" * 400, "-1"])
def test_factors_that_leave_the_numbers(case: Case, tmp_path: Path, factor: str) -> None:
    with pytest.raises(CaseError) as caught:
        lay(case, tmp_path, change("forces", "{}", f"scale = {{ men = {factor} }}"))
    assert caught.value.faults[0].column == "change 1: scale.men"


def test_parameters_beyond_any_float(case: Case, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="a number"):
        lay(case, tmp_path, "[parameters]\nweight_social = 0x" + "f" * 5000)


def test_a_text_of_a_what_if_holds_no_escape(case: Case, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"control characters. Remove the character U\+001B") as caught:
        lay(case, tmp_path, 'question = "\\u001b[2J?"\n')
    assert "\x1b" not in str(caught.value)


def test_a_row_of_a_program_with_an_unknown_column(case: Case) -> None:
    with pytest.raises(CaseError, match="did you mean weight"):
        case.with_table("council", [row | {"wieght": 1.0} for row in case.tables["council"].rows])


def test_an_emptied_file_and_an_emptied_table_have_the_same_words(tmp_path: Path) -> None:
    folder = new_case(tmp_path)
    edit(folder, "forces", lambda rows: rows.__delitem__(slice(1, None)))
    fault = only_fault(folder)
    assert (fault.expected, "no run can begin without it" in fault.remedy) == (
        "at least one row below the header", True,
    )  # fmt: skip


def test_a_council_of_nobody_that_bargains(case: Case, tmp_path: Path) -> None:
    text = '[council]\nrule = "bargaining"\n' + change("council", "{}", "remove = true")
    assert lay(case, tmp_path, text).settings.council.rule == "bargaining"


@pytest.mark.parametrize("key", ["title", "question", "literature", "parameters", "change", "no_such"])
def test_numbers_that_python_does_not_write_out(case: Case, tmp_path: Path, key: str) -> None:
    """Hexadecimal numbers may be so long that Python refuses to print them."""
    file = tmp_path / "long.toml"
    other = "" if key == "title" else 'title = "Tried"\n'
    file.write_text(f"{other}{key} = 0x{'f' * 5000}\n", encoding="utf-8")
    with pytest.raises(CaseError):
        case.what_if(file)


@pytest.mark.parametrize("does", ["set = { text = N }", "set = { belief = N }", "scale = { belief = N }", "remove = N"])
def test_changes_to_numbers_that_python_does_not_write_out(case: Case, tmp_path: Path, does: str) -> None:
    with pytest.raises(CaseError):
        lay(case, tmp_path, change("events", "{}", does.replace("N", "0x" + "f" * 5000)))
