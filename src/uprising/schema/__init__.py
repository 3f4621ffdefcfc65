"""The one statement of each fact: columns of a case and its record, parameters, output variables, statistics.

The tables are CSV files beside this module; they are read on first use and kept.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column of a case's table (schema/columns.csv).

    `type` is one of id, text, number, count, flag, choice, time; an empty optional cell means 'unknown'.
    """

    table: str
    name: str
    type: str
    unit: str
    required: bool
    minimum: float | None
    maximum: float | None
    choices: tuple[str, ...]
    references: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Parameter:
    """One behavioural parameter, common to all cases (schema/parameters.csv): its prior range and default."""

    name: str
    unit: str
    low: float
    high: float
    default: float
    prior: str
    source: str
    text: str


@dataclass(frozen=True)
class Output:
    """One output variable (schema/outputs.csv)."""

    name: str
    dims: tuple[str, ...]
    dtype: str
    unit: str
    text: str


@dataclass(frozen=True)
class Statistic:
    """What a target may ask of a run (schema/statistics.csv): of which kind, with which further columns."""

    name: str
    kind: str
    needs: tuple[str, ...]
    unit: str
    text: str


@functools.cache
def columns() -> tuple[Column, ...]:
    """All columns of all tables of a case, in the order of schema/columns.csv."""
    return _columns("columns.csv")


@functools.cache
def record_columns() -> tuple[Column, ...]:
    """All columns of all tables of a case's record, in the order of schema/record.csv.

    Beside the types of a case's columns there are `date` (a day, month or year is enough) and `ids`
    (several ids or keys, separated by semicolons).
    """
    return _columns("record.csv")


@functools.cache
def statistics() -> tuple[Statistic, ...]:
    """All statistics that a target may ask for, in the order of schema/statistics.csv."""
    return tuple(
        Statistic(
            row["statistic"],
            row["kind"],
            tuple(part for part in row["needs"].split(";") if part),
            row["unit"],
            row["text"],
        )
        for row in _rows("statistics.csv")
    )


def _columns(file: str) -> tuple[Column, ...]:
    return tuple(
        Column(
            table=row["table"],
            name=row["column"],
            type=row["type"],
            unit=row["unit"],
            required=row["required"] == "yes",
            minimum=float(row["minimum"]) if row["minimum"] else None,
            maximum=float(row["maximum"]) if row["maximum"] else None,
            choices=tuple(part for part in row["choices"].split("|") if part),
            references=tuple(part for part in row["references"].split("|") if part),
            text=row["text"],
        )
        for row in _rows(file)
    )


@functools.cache
def table_columns(table: str) -> tuple[Column, ...]:
    """Columns of one table of a case, in order.

    Raises
    ------
    KeyError
        If there is no such table.

    Examples
    --------
    >>> [column.name for column in table_columns("links")]
    ['from_id', 'to_id', 'kind', 'length_km', 'note']
    """
    found = tuple(column for column in columns() if column.table == table)
    if not found:
        raise KeyError(table)
    return found


@functools.cache
def tables() -> tuple[str, ...]:
    """Names of a case's tables, in order; `sources` lies beside case.toml, all others in inputs/."""
    return tuple(dict.fromkeys(column.table for column in columns()))


@functools.cache
def parameters() -> tuple[Parameter, ...]:
    """All behavioural parameters, in the order of schema/parameters.csv."""
    return tuple(
        Parameter(
            name=row["name"],
            unit=row["unit"],
            low=float(row["low"]),
            high=float(row["high"]),
            default=float(row["default"]),
            prior=row["prior"],
            source=row["source"],
            text=row["text"],
        )
        for row in _rows("parameters.csv")
    )


@functools.cache
def outputs() -> tuple[Output, ...]:
    """All output variables, in the order of schema/outputs.csv."""
    return tuple(
        Output(row["name"], tuple(row["dims"].split()), row["dtype"], row["unit"], row["text"])
        for row in _rows("outputs.csv")
    )


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name most like the given one, or None where nothing resembles it.

    Examples
    --------
    >>> nearest_name("studnet", ["student", "official"])
    'student'
    """
    by_lower = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.5)
    return by_lower[found[0]] if found else None


def _rows(file: str) -> list[dict[str, str]]:
    import csv
    from importlib import resources

    text = resources.files(__package__).joinpath(file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(keepends=True), strict=True))
