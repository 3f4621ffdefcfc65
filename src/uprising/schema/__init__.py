"""The one statement of each fact: columns and limits of cases and records, parameters, constants, outputs, statistics.

The tables are CSV files beside this module; they are read on first use and kept.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

SUBMODELS = (
    "perception", "assembly", "decision", "movement", "confrontation", "casualties", "forces", "government", "council",
    "outside", "flight",
)  # fmt: skip
"""submodels of the crisis in the order of the ODD's section 7: each has a page docs/odd/NAME.md"""
GROUPS = (*SUBMODELS, "initialisation")
"""groups of constants; parameters belong to submodels only"""
STATUSES = ("literature", "estimated", "fitted")
"""where a parameter's default comes from: a publication, a guess never moved, trials against targets"""


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
    """One behavioural parameter, common to all cases (schema/parameters.csv): its prior range and default.

    `group` is one of SUBMODELS, `status` one of STATUSES, `symbol` its LaTeX symbol in the ODD (empty: the ODD's
    equations use the name).
    """

    name: str
    unit: str
    low: float
    high: float
    default: float
    prior: str
    source: str
    text: str
    group: str
    symbol: str
    status: str


@dataclass(frozen=True)
class Constant:
    """One number of the rules that nobody varies (schema/constants.csv); `group` is one of GROUPS.

    `value` is a whole number where the table writes one: code that counts or indexes with it needs that.
    """

    name: str
    symbol: str
    value: float
    unit: str
    group: str
    reason: str


@dataclass(frozen=True)
class Output:
    """One output variable (schema/outputs.csv)."""

    name: str
    dims: tuple[str, ...]
    dtype: str
    unit: str
    text: str


@dataclass(frozen=True)
class Limit:
    """The most (or the first and last) of something that a case may hold (schema/limits.csv), and why."""

    name: str
    value: int
    unit: str
    reason: str


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


@functools.cache
def limits() -> dict[str, Limit]:
    """All limits by name, in the order of schema/limits.csv; ranges of single cells are those of their columns."""
    return {
        row["name"]: Limit(row["name"], int(row["value"]), row["unit"], row["reason"])
        for row in _rows("limits.csv")
    }


def limit(name: str) -> int:
    """The value of one limit.

    Examples
    --------
    >>> limit("steps")
    60000
    """
    return limits()[name].value


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
            group=row["group"],
            symbol=row["symbol"],
            status=row["status"],
        )
        for row in _rows("parameters.csv")
    )


@functools.cache
def constants() -> Mapping[str, Constant]:
    """All constants of the rules by name, in the order of schema/constants.csv."""
    found: dict[str, Constant] = {}
    for row in _rows("constants.csv"):
        cells: dict[str, Any] = row | {"value": _number(row["value"])}
        found[row["name"]] = Constant(**cells)
    return MappingProxyType(found)


def constant(name: str) -> float:
    """The value of a constant of the rules.

    Modules of kernels and actors, which only a run imports, name it once: `BLOODSHED = constant("bloodshed")`.

    Raises
    ------
    KeyError
        If there is no such constant.

    Examples
    --------
    >>> constant("bloodshed")
    0.05
    """
    return constants()[name].value


def whole_constant(name: str) -> int:
    """The value of a constant that is a whole number: a count or an index.

    Raises
    ------
    KeyError
        If there is no such constant.
    TypeError
        If it isn't written as a whole number.

    Examples
    --------
    >>> whole_constant("smallest_team")
    10
    """
    value = constant(name)
    if not isinstance(value, int):
        raise TypeError(f"the constant {name} is {value}; it must be written as a whole number")
    return value


def _number(text: str) -> float:
    """A whole number where it is written as one."""
    return int(text) if text.lstrip("-").isdigit() else float(text)


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
