"""Tables of a case's record: read and checked like a case's inputs, against schema/record.csv."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from uprising.case.faults import CaseError, Fault, also_in, nearest_unless_many
from uprising.case.files import read_text
from uprising.case.tables import parse_rows
from uprising.schema import Column, nearest_name, record_columns

RECORD = "record"
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
    rows = parse_rows(schema, str(file), text, faults) or []
    _check_references(rows, schema, str(file), faults, known or {})
    for line, row in rows:
        _check_order(row, str(file), line, faults)
    _check_unique(rows, str(file), faults)
    return rows


def read_record(case_folder: Path, table: str) -> list[dict[str, Any]]:
    """Rows of one table of a case's record (see `read_record_table`); none where the case has no such table.

    Raises
    ------
    RecordError
        The table has faults; all are named.
    """
    file = Path(case_folder) / RECORD / f"{table}.csv"
    if not file.exists():
        return []
    faults: list[Fault] = []
    rows = [row for _, row in read_record_table(table, file, faults)]
    if faults:
        raise RecordError(faults)
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


def _check_order(row: dict[str, Any], file: str, line: int, faults: list[Fault]) -> None:
    """Faults of pairs of cells of which one may not be above the other."""
    for low, high in (*_ORDERED, *_RANGED, *_TARGETED):
        a, b = row.get(low), row.get(high)
        # dates of unlike precision are compared as far as both are known
        if isinstance(a, str) and isinstance(b, str):
            a, b = a[: min(len(a), len(b))], b[: min(len(a), len(b))]
        if a is not None and b is not None and type(a) is type(b) and a > b:
            expected = f"{high} not below {low} ({_written(row[low])})"
            where, value = f"column {high}", _written(row[high])
            faults.append(Fault(file, expected, "Correct one of the two.", line, where, value))


def _written(value: Any) -> str:
    """A cell's value as people write it."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="minutes")
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _check_references(
    rows: list[tuple[int, dict[str, Any]]],
    schema: Mapping[str, Column],
    file: str,
    faults: list[Fault],
    known: Mapping[str, Collection[str]],
) -> None:
    """Names that the case does not have; one fault a name, however many rows use it."""
    unknown: dict[tuple[str, tuple[str, ...]], list[tuple[int, str]]] = defaultdict(list)
    checked = [c for c in schema.values() if c.references and all(table in known for table in c.references)]
    for line, row in rows:
        for column in checked:
            value = row[column.name]
            for part in value if isinstance(value, tuple) else () if value is None else (value,):
                if not any(part in known[table] for table in column.references):
                    unknown[part, column.references].append((line, column.name))
    for (part, references), found in unknown.items():
        line, name = found[0]
        expected = f"a name of {' or '.join(references)}"
        remedy = "Correct the name." + also_in([(file, other) for other, _ in found[1:]])
        near = nearest_unless_many(part[:100], [x for table in references for x in known[table]], faults)
        faults.append(Fault(file, expected, remedy, line, f"column {name}", part, near))


def _check_unique(rows: list[tuple[int, dict[str, Any]]], file: str, faults: list[Fault]) -> None:
    seen: dict[str, int] = {}
    for line, row in rows:
        name = row.get("id")
        if name is None:
            continue
        if name in seen:
            faults.append(
                Fault(file, f"each id once (line {seen[name]} has it too)", "Rename it.", line, "column id", name)
            )
        seen.setdefault(name, line)
