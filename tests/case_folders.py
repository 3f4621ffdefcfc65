"""Small case folders for tests, and ways to spoil them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from uprising.case import CaseError, Fault, load_case, write_template

Rows = list[list[str]]


def new_case(parent: Path, name: str = "island") -> Path:
    """The template in a new folder."""
    return write_template(parent / name)


def table_file(folder: Path, table: str) -> Path:
    return folder / "sources.csv" if table == "sources" else folder / "inputs" / f"{table}.csv"


def edit(folder: Path, table: str, change: Callable[[Rows], object]) -> None:
    """Change the rows (header first) of a table in place."""
    file = table_file(folder, table)
    with open(file, newline="", encoding="utf-8-sig") as stream:
        rows = list(csv.reader(stream))
    change(rows)
    with open(file, "w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)


def put(folder: Path, table: str, line: int, column: str, value: str) -> str:
    """Write a cell by line of the file and name of the column; returns what was there."""
    before = ""

    def change(rows: Rows) -> None:
        nonlocal before
        at = rows[0].index(column)
        before = rows[line - 1][at]
        rows[line - 1][at] = value

    edit(folder, table, change)
    return before


def line_with(folder: Path, table: str, **values: str) -> int:
    """Line of the first row with these values."""
    with open(table_file(folder, table), newline="", encoding="utf-8") as stream:
        for number, row in enumerate(csv.DictReader(stream), 2):
            if all(row[key] == value for key, value in values.items()):
                return number
    raise KeyError(values)


def replace_in(file: Path, old: str, new: str) -> None:
    """Replace a text that must be there."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def faults_of(folder: Path) -> list[Fault]:
    """All faults of a case; none if it loads."""
    try:
        load_case(folder)
    except CaseError as error:
        return error.faults
    return []


def only_fault(folder: Path) -> Fault:
    """The one fault of a case."""
    faults = faults_of(folder)
    assert len(faults) == 1, "\n".join(map(str, faults))
    return faults[0]
