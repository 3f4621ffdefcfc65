"""Tables of a case's record: read and checked like a case's inputs, against schema/record.csv."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from uprising.case.faults import CaseError, Fault
from uprising.case.settings import read_text
from uprising.case.tables import parse_cell
from uprising.schema import Column, nearest_name, record_columns

RECORD = "record"
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2})?)?)?", re.ASCII)
_ORDERED = (
    ("start", "end"),
    ("time_low", "time"),
    ("time", "time_high"),
    ("men_low", "men"),
    ("men", "men_high"),
)
_RANGED = (("low", "high"), ("low", "quantity"), ("quantity", "high"), ("low", "value"), ("value", "high"))
_TARGETED = (("low", "documented"), ("documented", "high"))


class RecordError(CaseError):
    """A record that can't be used, with all its faults."""

    def __reduce__(self) -> tuple[type[CaseError], tuple[list[Fault]]]:
        return RecordError, (self.faults,)


def record_tables() -> tuple[str, ...]:
    """Names of the tables that a record may have; each is a file record/NAME.csv."""
    return tuple(dict.fromkeys(column.table for column in record_columns()))


def has_record(case_folder: Path, table: str = "targets") -> bool:
    """Whether a case has a certain table in its record."""
    return (case_folder / RECORD / f"{table}.csv").is_file()


def read_record_table(
    table: str, file: Path, faults: list[Fault], known: Mapping[str, Collection[str]] | None = None
) -> list[tuple[int, dict[str, Any]]]:
    """Read one table of a record.

    Parameters
    ----------
    table
        Its name in schema/record.csv.
    file
        Where it lies.
    faults
        What is found wrong is added here.
    known
        Names that references may use, by table of the case; what is not in it is not checked.

    Returns
    -------
    list of (line, row)
        Cells as typed values: id, text and choice as str, number as float, count as int, time as datetime,
        date as text, ids as tuple; None for an empty optional cell and for a faulty one.
    """
    schema = {column.name: column for column in record_columns() if column.table == table}
    text = read_text(file, faults)
    if text is None:
        return []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, dict[str, Any]]] = []
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not _is_header_sound(header, schema, str(file), faults):
            return []
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) != len(header):
                    expected = f"{len(header)} cells as in the header"
                    remedy = "Add or remove commas; a text with a comma stands in double quotes."
                    faults.append(Fault(str(file), expected, remedy, line, None, f"{len(cells)} cells"))
                given = dict(zip(header, cells, strict=False))
                rows.append((line, _row(given, schema, str(file), line, faults, known or {})))
            line = reader.line_num + 1
    except csv.Error as fault:
        remedy = f"{fault}. Check the double quotes; a quote inside a quoted text is written twice."
        faults.append(Fault(str(file), "comma-separated values (RFC 4180)", remedy, reader.line_num))
    _check_unique(rows, str(file), faults)
    return rows


def check_record(case: Any) -> list[Fault]:
    """All faults of all tables of a case's record; none for a case without one.

    Parameters
    ----------
    case
        The case as `load_case` returns it: its places, sites, demands, council, forces and sources are what
        the record may refer to.
    """
    from uprising.record.targets import check_targets

    folder = case.folder / RECORD
    faults: list[Fault] = []
    if not folder.is_dir():
        return faults
    names = record_tables()
    for file in sorted(folder.glob("*.csv")):
        if file.stem not in names:
            near = nearest_name(file.stem, names)
            remedy = f"Rename it, or move it out of {RECORD}/."
            expected = f"only the tables {', '.join(names)}"
            faults.append(Fault(str(file), expected, remedy, None, None, file.name, near))
            continue
        rows = read_record_table(file.stem, file, faults, known_names(case))
        if file.stem == "targets":
            check_targets(rows, str(file), faults)
    return faults


def known_names(case: Any) -> dict[str, set[str]]:
    """Ids of each table of a case that a record may refer to."""
    return {
        name: {row["id"] for row in table.rows if row.get("id") is not None}
        for name, table in case.tables.items()
    }


def _is_header_sound(header: list[str], schema: dict[str, Column], file: str, faults: list[Fault]) -> bool:
    before = len(faults)
    for column in schema.values():
        if column.name not in header and column.required:
            faults.append(
                Fault(file, f"a column {column.name}", f"Add the column ({column.text}).", 1, column.name)
            )
    for position, cell in enumerate(header):
        if cell not in schema:
            expected = f"one of the columns {', '.join(schema)}"
            near = nearest_name(cell, schema)
            where = f"header cell {position + 1}"
            faults.append(Fault(file, expected, "Rename or remove the column.", 1, where, cell, near))
        elif cell in header[:position]:
            faults.append(Fault(file, "each column once", "Remove one of the two.", 1, cell, cell))
    return len(faults) == before


def _row(
    given: dict[str, str],
    schema: dict[str, Column],
    file: str,
    line: int,
    faults: list[Fault],
    known: Mapping[str, Collection[str]],
) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(schema)
    for name, column in schema.items():
        text = given.get(name, "").strip()
        if not text:
            if column.required:
                faults.append(Fault(file, f"a value ({column.text})", "Fill the cell.", line, name, ""))
            continue
        try:
            row[name] = _cell(text, column)
        except ValueError as fault:
            expected, remedy, nearest = fault.args
            faults.append(Fault(file, expected, remedy, line, name, text, nearest))
            continue
        _check_references(row[name], column, file, line, faults, known)
    for low, high in (*_ORDERED, *_RANGED, *_TARGETED):
        a, b = row.get(low), row.get(high)
        # dates of unlike precision are compared as far as both are known
        if isinstance(a, str) and isinstance(b, str):
            a, b = a[: min(len(a), len(b))], b[: min(len(a), len(b))]
        if a is not None and b is not None and type(a) is type(b) and a > b:
            expected = f"{high} not below {low} ({given[low].strip()})"
            faults.append(Fault(file, expected, "Correct one of the two.", line, high, given[high].strip()))
    return row


def _cell(text: str, column: Column) -> Any:
    if column.type == "date":
        if not _DATE.fullmatch(text):
            raise ValueError("a date like 1956-10-16T15:30, 1956-10-16, 1956-10 or 1956", "Correct it.", None)
        return text
    if column.type == "ids":
        return tuple(part.strip() for part in text.split(";"))
    return parse_cell(text, column)


def _check_references(
    value: Any,
    column: Column,
    file: str,
    line: int,
    faults: list[Fault],
    known: Mapping[str, Collection[str]],
) -> None:
    if not column.references or any(table not in known for table in column.references):
        return
    names = [name for table in column.references for name in known[table]]
    for part in value if isinstance(value, tuple) else (value,):
        if part not in names:
            expected = f"a name of {' or '.join(column.references)}"
            near = nearest_name(part, names)
            faults.append(Fault(file, expected, "Correct the name.", line, column.name, part, near))


def _check_unique(rows: list[tuple[int, dict[str, Any]]], file: str, faults: list[Fault]) -> None:
    seen: dict[str, int] = {}
    for line, row in rows:
        name = row.get("id")
        if name is None:
            continue
        if name in seen:
            faults.append(
                Fault(file, f"each id once (line {seen[name]} has it too)", "Rename it.", line, "id", name)
            )
        seen.setdefault(name, line)
