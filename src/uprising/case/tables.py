"""Tables of a case: CSV text to typed rows, with the line of each row and all faults of all cells."""

from __future__ import annotations

import csv
import datetime
import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.case.faults import Fault
from uprising.case.settings import read_text
from uprising.schema import Column, nearest_name, table_columns

MOST_COUNT = 10**12
PROSE = ("source", "note")
"""columns that explain a row and change nothing in a run"""

_ID = re.compile(r"[A-Z0-9_]+")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:00)?", re.ASCII)


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


def parse_cell(text: str, column: Column) -> Any:
    """The typed value of a cell that isn't empty.

    Raises
    ------
    ValueError
        With (expected, remedy, nearest) as its arguments.
    """
    if column.type == "text":
        return text
    if column.type == "id":
        if not _ID.fullmatch(text):
            raise ValueError("a name of capital ASCII letters, digits and _", "Rename it.", None)
        return text
    if column.type in ("choice", "flag"):
        choices = column.choices or ("yes", "no")
        if text not in choices:
            raise ValueError(
                f"one of {', '.join(choices)}", "Use one of these words.", nearest_name(text, choices)
            )
        return text == "yes" if column.type == "flag" else text
    if column.type == "time":
        try:
            if not _TIME.fullmatch(text):
                raise ValueError
            return datetime.datetime.fromisoformat(text)
        except ValueError:
            raise ValueError("a local time like 1956-10-16T15:30", "Correct it.", None) from None
    return _parse_number(text, column)


def _parse_number(text: str, column: Column) -> float | int:
    if not _NUMBER.fullmatch(text):
        if text.lower().lstrip("+-") in ("nan", "inf", "infinity"):
            remedy = "Only finite numbers can be used; leave an optional cell empty for unknown."
        elif re.fullmatch(r"[+-]?\d+,\d+", text):
            remedy = "Write decimals with a point, and thousands without a separator."
        else:
            remedy = "Correct it."
        raise ValueError(_expected(column), remedy, None)
    value = float(text)
    if not math.isfinite(value) or abs(value) > MOST_COUNT:
        raise ValueError(_expected(column), f"Nothing above {MOST_COUNT:.0e} can be used.", None)
    if column.type == "count":
        if not _WHOLE.fullmatch(text):
            raise ValueError(_expected(column), "Round it.", None)
        value = int(text)
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
    if column.minimum is not None and column.maximum is not None:
        return f" from {column.minimum:g} to {column.maximum:g}"
    if column.minimum is not None:
        return f" of at least {column.minimum:g}"
    return f" of at most {column.maximum:g}" if column.maximum is not None else ""


def read_table(name: str, file: Path, faults: list[Fault]) -> Table | None:
    """Read one table; faulty cells become None and a fault, an unreadable file None and a fault."""
    text = read_text(file, faults)
    if text is None:
        return None
    return parse_table(name, str(file), text, faults)


def parse_table(name: str, file: str, text: str, faults: list[Fault]) -> Table | None:
    """Like `read_table`, from the text of the file."""
    schema = {column.name: column for column in table_columns(name)}
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next((row for row in reader if any(cell.strip() for cell in row)), None)
    except csv.Error as fault:
        faults.append(_not_csv(file, reader.line_num, fault))
        return None
    if header is None:
        columns = ",".join(schema)
        faults.append(
            Fault(file, f"the header {columns}", "The file is empty: write the header and at least one row.")
        )
        return None
    header = [cell.strip() for cell in header]
    if not _check_header(header, schema, file, reader.line_num, faults):
        return None
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    line = reader.line_num + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) != len(header):
                    faults.append(
                        Fault(
                            file,
                            f"{len(header)} cells as in the header",
                            "Add or remove commas; a text with a comma stands in double quotes.",
                            line,
                            None,
                            f"{len(cells)} cells",
                        )
                    )
                rows.append(_parse_row(dict(zip(header, cells, strict=False)), schema, file, line, faults))
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as fault:
        faults.append(_not_csv(file, line, fault))
    if not rows:
        faults.append(Fault(file, "at least one row below the header", "The table is empty: add its rows."))
    return Table(name, file, tuple(schema), rows, lines)


def _not_csv(file: str, line: int, fault: csv.Error) -> Fault:
    remedy = f"{fault}. Check the double quotes; a quote inside a quoted text is written twice."
    return Fault(file, "comma-separated values (RFC 4180)", remedy, line)


def _check_header(
    header: list[str], schema: dict[str, Column], file: str, line: int, faults: list[Fault]
) -> bool:
    """Faults of the header; False where no row could be understood."""
    if len(header) == 1 and re.search("[;\t|]", header[0]):
        faults.append(
            Fault(file, "columns separated by commas", "Save it with commas.", line, None, header[0])
        )
        return False
    wanted = [column for column in schema.values() if column.required]
    missing = [column for column in wanted if column.name not in header]
    for column in missing:
        remedy = f"Add the column ({column.text})."
        unknown = [cell for cell in header if cell not in schema]
        faults.append(
            Fault(
                file,
                f"a column {column.name}",
                remedy,
                line,
                column.name,
                nearest=nearest_name(column.name, unknown),
            )
        )
    for position, cell in enumerate(header):
        if cell not in schema:
            faults.append(
                Fault(
                    file,
                    f"one of the columns {', '.join(schema)}",
                    "Rename or remove the column.",
                    line,
                    f"header cell {position + 1}",
                    cell,
                    nearest_name(cell, schema),
                )
            )
        elif cell in header[:position]:
            faults.append(Fault(file, "each column once", "Remove one of the two.", line, cell, cell))
    return len(missing) < len(wanted)


def _parse_row(
    cells: dict[str, str], schema: dict[str, Column], file: str, line: int, faults: list[Fault]
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, column in schema.items():
        row[name] = None
        if name not in cells:
            continue  # a missing column has its own fault, a missing optional one means unknown
        text = cells[name].strip()
        if text:
            try:
                row[name] = parse_cell(text, column)
            except ValueError as fault:
                expected, remedy, nearest = fault.args
                faults.append(Fault(file, expected, remedy, line, f"column {name}", text, nearest))
        elif column.required:
            faults.append(
                Fault(file, f"a value ({column.text})", "Fill the cell.", line, f"column {name}", "")
            )
    return row
