"""Tables of a case and of its record: CSV text to typed rows, with the line of each row and all faults of all cells.

Whatever puts a value into a table (a file, a what-if, a program) goes through `parse_cell` and `table_faults`.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.case.delimited import Delimited, has_decimal_commas, split_rows
from uprising.case.faults import Fault, nearest_unless_many, shown
from uprising.case.files import hidden_character_fault, read_text
from uprising.case.moments import NO_TIME, moment_fault, parse_moment
from uprising.schema import Column, limit, table_columns

MOST_COUNT = 10**12
PROSE = ("source", "note")
"""columns that explain a row and change nothing in a run"""
OF_MEMBERS = ("council", "leaders", "demands", "powers", "neighbours")
"""tables whose rows all deal with one another"""

MAY_BE_EMPTY = ("workplaces", "demands", "council", "powers", "neighbours", "events")
"""tables of which a run needs no row: then there is none of them; a run can't begin without the others"""

_ID = re.compile(r"[A-Z0-9_]{1,100}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_DATE = re.compile(r"(\d{4})(-(\d{2})(-(\d{2}))?)?", re.ASCII)


@dataclass(frozen=True)
class Table:
    """One table of a case.

    Parameters
    ----------
    name : as in schema/columns.csv
    file : where it was read
    columns : all columns of the schema, in order
    rows : one dict a row: id, text, choice as str; number float; count int; flag bool; time datetime;
        None for an empty optional cell
    lines : line of each row in the file
    """

    name: str
    file: str
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    lines: list[int]

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list[Any]:
        """All values of one column."""
        return [row[name] for row in self.rows]

    def array(self, name: str) -> NDArray[Any]:
        """One column as an array: float64 for numbers (unknown is NaN), int64 for complete counts."""
        values = self.column(name)
        kind = next(column.type for column in table_columns(self.name) if column.name == name)
        if kind == "number" or (kind == "count" and None in values):
            return np.array([math.nan if value is None else value for value in values], np.float64)
        if kind == "count":
            return np.array(values, np.int64)
        return np.array(values, object)

    def numbered(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(line, row) of each row."""
        return zip(self.lines, self.rows, strict=True)

    def canonical(self) -> list[list[Any]]:
        """The values that can change a run, in schema order, ready for JSON (see Case.digest)."""
        kept = [name for name in self.columns if name not in PROSE]
        return [[_canonical(row[name]) for name in kept] for row in self.rows]

    def with_rows(self, rows: list[dict[str, Any]], lines: list[int] | None = None) -> Table:
        """The same table with other rows."""
        return replace(self, rows=rows, lines=lines if lines is not None else [0] * len(rows))


def _canonical(value: Any) -> Any:
    return value.isoformat(timespec="minutes") if isinstance(value, datetime.datetime) else value


def parse_cell(text: str, column: Column, has_decimal_comma: bool = False) -> Any:
    """The typed value of a cell that isn't empty.

    Raises
    ------
    ValueError
        With (expected, remedy, words to choose from or None) as its arguments.
    """
    hidden = hidden_character_fault(text)
    if hidden is not None:
        raise ValueError(*hidden)
    if column.type == "text":
        return text
    if column.type == "ids":
        return tuple(part.strip() for part in text.split(";"))
    if column.type == "id":
        if not _ID.fullmatch(text):
            raise ValueError("a name of capital ASCII letters, digits and _, at most 100", "Rename it.", None)
        return text
    if column.type in ("choice", "flag"):
        choices = column.choices or ("yes", "no")
        if text not in choices:
            raise ValueError(f"one of {', '.join(choices)}", "Use one of these words.", choices)
        return text == "yes" if column.type == "flag" else text
    if column.type == "time":
        return parse_moment(text)
    if column.type == "date":
        return _parse_date(text)
    return _parse_number(text.replace(",", ".") if has_decimal_comma and column.type == "number" else text, column)


def parse_value(value: Any, column: Column) -> Any:
    """The typed value of what a what-if or a program puts into a cell, by the rules of a file's cell.

    Raises
    ------
    ValueError
        With (expected, remedy, words to choose from or None) as its arguments.
    """
    if isinstance(value, datetime.datetime):
        wrong = moment_fault(value)
        if wrong is not None:
            raise ValueError(*wrong, None)
        text = value.isoformat(timespec="minutes")
    elif isinstance(value, np.generic):
        return parse_value(value.item(), column)
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, float):
        text = repr(value)
    elif isinstance(value, int) and abs(value) > MOST_COUNT:
        raise ValueError("one value", f"Nothing above {MOST_COUNT:.0e} can be used.", None)
    elif value is None or isinstance(value, str | int | datetime.date | datetime.time):
        text = "" if value is None else shown(value).strip()
    else:
        raise ValueError("one value", "Write a text, number, time, true or false.", None)
    if text:
        return parse_cell(text, column)
    if column.required:
        raise ValueError(f"a value ({column.text})", "Write one.", None)
    return None


def _parse_date(text: str) -> str:
    """A date of the record as it stands: a year, month, day or moment."""
    expected = "a date like 1956-10-16T15:30, 1956-10-16, 1956-10 or 1956"
    found = _DATE.fullmatch(text)
    if found is None and "T" not in text:
        raise ValueError(expected, "Correct it.", None)
    year, month, day = (found.group(1), found.group(3) or "01", found.group(5) or "01") if found else ("", "", "")
    try:
        parse_moment(f"{year}-{month}-{day}T00:00" if found else text)
    except ValueError as fault:
        if fault.args[0] == NO_TIME:
            raise ValueError(expected, "Correct it.", None) from None
        raise
    return text


def _parse_number(text: str, column: Column) -> float | int:
    if not _NUMBER.fullmatch(text):
        if text.lower().lstrip("+-") in ("nan", "inf", "infinity"):
            remedy = "Only finite numbers can be used; leave an optional cell empty for unknown."
        elif re.fullmatch(r"[+-]?\d+,\d+", text):
            remedy = (
                "Write decimals with a point, and thousands without a separator (a file with decimal commas"
                " separates its columns by semicolons)."
            )
        else:
            remedy = "Correct it."
        raise ValueError(_expected(column), remedy, None)
    value = float(text)
    if not math.isfinite(value) or abs(value) > MOST_COUNT:
        raise ValueError(_expected(column), f"Nothing above {MOST_COUNT:.0e} can be used.", None)
    if column.type == "count":
        if not _WHOLE.fullmatch(text):
            raise ValueError(_expected(column), "Round it.", None)
        value = int(value)  # exact: 10^12 is far below 2^53
    if (column.minimum is not None and value < column.minimum) or (
        column.maximum is not None and value > column.maximum
    ):
        raise ValueError(_expected(column), "Correct it.", None)
    return value


def _expected(column: Column) -> str:
    """What a number of a column has to be."""
    unit = f" ({column.unit})" if column.unit not in ("", "1") else ""
    return f"{'a whole number' if column.type == 'count' else 'a number'}{unit}{_bounds(column)}"


def _bounds(column: Column) -> str:
    low, high = (None if bound is None else f"{bound:.15g}" for bound in (column.minimum, column.maximum))
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f" of at least {low}"
    return f" of at most {high}" if high is not None else ""


def read_table(name: str, file: Path, faults: list[Fault]) -> Table | None:
    """Read one table; faulty cells become None and a fault, an unreadable file None and a fault."""
    text = read_text(file, faults)
    if text is None:
        return None
    return parse_table(name, str(file), text, faults)


def parse_table(name: str, file: str, text: str, faults: list[Fault]) -> Table | None:
    """Like `read_table`, from the text of the file."""
    schema = {column.name: column for column in table_columns(name)}
    numbered = parse_rows(schema, file, text, faults)
    if numbered is None:
        return None
    table = Table(name, file, tuple(schema), [row for _, row in numbered], [line for line, _ in numbered])
    faults.extend(table_faults(table))
    return table


def table_faults(table: Table) -> list[Fault]:
    """Faults of a table's size, however its rows came there."""
    if not table.rows and table.name not in MAY_BE_EMPTY:
        remedy = "The table is empty, and no run can begin without it: add its rows."
        return [Fault(table.file, "at least one row below the header", remedy)]
    most = limit("members" if table.name in OF_MEMBERS else "rows")
    if len(table) > most:
        return [Fault(table.file, f"at most {most:,} rows", "Merge some.", value=f"{len(table):,} rows")]
    return []


def parse_rows(
    schema: Mapping[str, Column], file: str, text: str, faults: list[Fault]
) -> list[tuple[int, dict[str, Any]]] | None:
    """Read the rows of any table of a case or its record.

    Parameters
    ----------
    schema : its columns by name
    file, text : the name of the file and its content
    faults : what is wrong is added here

    Returns
    -------
    list of (line, row), or None
        Cells as typed values, None for an empty optional cell and for a faulty one; None where no row could be
        understood.
    """
    cells = split_rows(text, file, schema, limit("rows"), faults)
    if cells is None or not _check_header(cells, schema, file, faults):
        return None
    width = len(cells.header)
    has_decimal_comma = cells.separator != "," and _has_decimal_commas(cells, schema)
    rows = []
    for line, row in cells.rows:
        if len(row) != width:
            sign = {",": "commas", ";": "semicolons", "\t": "tabulators"}[cells.separator]
            remedy = f"Add or remove {sign}; a text with {sign} stands in double quotes."
            faults.append(Fault(file, f"{width} cells as in the header", remedy, line, None, f"{len(row)} cells"))
        given = dict(zip(cells.header, row, strict=False))
        rows.append((line, _parse_row(given, schema, file, line, faults, has_decimal_comma)))
    return rows


def _has_decimal_commas(cells: Delimited, schema: Mapping[str, Column]) -> bool:
    numbers = [i for i, name in enumerate(cells.header) if name in schema and schema[name].type == "number"]
    return has_decimal_commas(
        cells.separator, (row[i].strip() for _, row in cells.rows for i in numbers if i < len(row))
    )


def _check_header(cells: Delimited, schema: Mapping[str, Column], file: str, faults: list[Fault]) -> bool:
    """Faults of the header; False where no row could be understood."""
    header, line = cells.header, cells.header_line
    if len(header) == 1 and "|" in header[0]:
        expected = "columns separated by commas"
        faults.append(Fault(file, expected, "Save it with commas.", line, None, header[0]))
        return False
    wanted = [column for column in schema.values() if column.required]
    missing = [column for column in wanted if column.name not in header]
    for column in missing:
        remedy = f"Add the column ({column.text})."
        near = nearest_unless_many(column.name, [cell for cell in header if cell not in schema], faults)
        faults.append(Fault(file, f"a column {column.name}", remedy, line, column.name, nearest=near))
    for position, cell in enumerate(header):
        if cell not in schema:
            expected = f"one of the columns {', '.join(schema)}"
            near = nearest_unless_many(cell[:100], schema, faults)
            where = f"header cell {position + 1}"
            faults.append(Fault(file, expected, "Rename or remove the column.", line, where, cell, near))
        elif cell in header[:position]:
            faults.append(Fault(file, "each column once", "Remove one of the two.", line, cell, cell))
    return len(missing) < len(wanted)


def _parse_row(
    cells: Mapping[str, str],
    schema: Mapping[str, Column],
    file: str,
    line: int,
    faults: list[Fault],
    has_decimal_comma: bool,
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, column in schema.items():
        row[name] = None
        if name not in cells:
            continue  # a missing column has its own fault, a missing optional one means unknown
        text = cells[name].strip()
        if text:
            try:
                row[name] = parse_cell(text, column, has_decimal_comma)
            except ValueError as fault:
                expected, remedy, choices = fault.args
                near = nearest_unless_many(text[:100], choices, faults) if choices else None
                faults.append(Fault(file, expected, remedy, line, f"column {name}", text, near))
        elif column.required:
            expected = f"a value ({column.text})"
            faults.append(Fault(file, expected, "Fill the cell.", line, f"column {name}", ""))
    return row
