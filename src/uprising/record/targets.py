"""Targets: documented facts, each tied to a query on what a run leaves."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from uprising.case.faults import Fault
from uprising.errors import UserError
from uprising.record.tables import RECORD, RecordError, read_record_table
from uprising.schema import nearest_name, outputs, statistics

TARGETS = "targets"
ROLES_OF_LISTS = ("side", "state")


@dataclass(frozen=True)
class Target:
    """One documented fact and its query; the columns of record/targets.csv (see schema/record.csv).

    `documented` is None where only a range is known; `low` and `high` are None where there is no bound.
    """

    id: str
    pattern: str
    text: str
    kind: str
    variable: str
    statistic: str
    unit: str
    place: tuple[str, ...] = ()
    side: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    share_of: str | None = None
    start: datetime.datetime | None = None
    end: datetime.datetime | None = None
    level: float | None = None
    after: str | None = None
    documented: float | None = None
    low: float | None = None
    high: float | None = None
    day_of: Target | None = None
    """the target (a moment) whose simulated day start and end count from, in place of the calendar's"""
    set: str = "training"
    source: tuple[str, ...] = ()
    note: str | None = None

    @property
    def is_date(self) -> bool:
        """Whether the value is a moment on the calendar (and no length of time)."""
        return self.unit == "day" and not self.statistic.endswith("lag")


def read_targets(case_folder: Path, known: Mapping[str, Collection[str]] | None = None) -> list[Target]:
    """Targets of a case in the order of the file.

    Parameters
    ----------
    case_folder
        The case's folder; record/targets.csv in it.
    known
        Names that the table may refer to, by table of the case (see `known_names`).

    Raises
    ------
    UserError
        The case has no targets.
    RecordError
        The table has faults; all are named.
    """
    file = Path(case_folder) / RECORD / f"{TARGETS}.csv"
    if not file.is_file():
        raise UserError(
            f"the case in {case_folder} has no {RECORD}/{TARGETS}.csv: without a documented record there is "
            "nothing to score a run against (the run itself does not need it)"
        )
    faults: list[Fault] = []
    rows = read_record_table(TARGETS, file, faults, known)
    check_targets(rows, str(file), faults)
    if faults:
        raise RecordError(faults)
    found = [_target(row) for _, row in rows]
    by_id = {target.id: target for target in found}
    named = [row["day_of"] for _, row in rows]
    return [
        replace(target, day_of=by_id[name]) if name is not None else target
        for target, name in zip(found, named, strict=True)
    ]


def check_targets(rows: list[tuple[int, dict[str, Any]]], file: str, faults: list[Fault]) -> None:
    """Faults between the cells of targets: statistic and what it needs, variable, value, unit, dimension."""
    named = {output.name: output for output in outputs()}
    moments = {row["id"]: row for _, row in rows if row["id"] is not None}
    for line, row in rows:
        fault = functools.partial(_add_fault, faults, file, line, row)
        if row["kind"] is None or row["statistic"] is None or row["variable"] is None:
            continue
        fitting = {s.name: s for s in statistics() if s.kind == row["kind"]}
        statistic = fitting.get(row["statistic"])
        if statistic is None:
            fault(
                "statistic",
                f"a statistic of {row['kind']}: {', '.join(fitting)}",
                "See schema/statistics.csv.",
                nearest_name(row["statistic"], fitting),
            )
            continue
        for need in ("level", "after"):
            if need in statistic.needs and row[need] is None:
                fault(need, f"a value, which {statistic.name} needs", "Fill the cell.")
            if need not in statistic.needs and row[need] is not None:
                fault(need, f"nothing, since {statistic.name} does not use it", "Empty the cell.")
        if statistic.unit and row["unit"] not in (None, statistic.unit):
            fault("unit", f"{statistic.unit}, the unit of {statistic.name}", "Correct it.")
        if not statistic.unit and row["unit"] == "day":
            fault("unit", f"no unit of time, since {statistic.name} is none", "Correct it.")
        if row["share_of"] is not None and row["unit"] not in (None, "1", "day"):
            fault("unit", "1, since it is a share", "Correct it.")
        if row["day_of"] is not None:
            _check_day_of(row, statistic.unit, moments, fault)
        if statistic.name == "at" and row["start"] is None:
            fault("start", "the moment that is asked for", "Fill the cell.")
        if row["kind"] == "series" and row["variable"] not in named:
            near = nearest_name(row["variable"], named)
            fault("variable", "an output variable of schema/outputs.csv", "Correct it.", near)
        if all(row[name] is None for name in ("documented", "low", "high")):
            fault("documented", "a value, or at least one of low and high", "Fill a cell.")


def _check_day_of(
    row: dict[str, Any], unit: str | None, moments: dict[str, dict[str, Any]], fault: Callable[..., None]
) -> None:
    """Faults of the cell that ties a row's start and end to the simulated day of another target."""
    other = moments.get(row["day_of"])
    if other is None:
        near = nearest_name(row["day_of"], moments)
        fault("day_of", "the id of a target of this table", "Correct the id.", near)
    elif (
        other["kind"] != "event"
        or other["statistic"] != "first_day"
        or other["documented"] is None
        or other["day_of"] is not None
    ):
        expected = "a target of kind event with the statistic first_day, a documented value and no day_of itself"
        fault("day_of", expected, "Name another target.")
    if unit == "day":
        fault("day_of", "nothing, since a moment or lag is told by the calendar", "Empty the cell.")
    if row["start"] is None and row["end"] is None:
        fault("day_of", "nothing, since there is no start or end to count from that day", "Empty the cell.")


def _add_fault(
    faults: list[Fault],
    file: str,
    line: int,
    row: dict[str, Any],
    column: str,
    expected: str,
    remedy: str,
    near: str | None = None,
) -> None:
    value = None if row[column] is None else str(row[column])
    faults.append(Fault(file, expected, remedy, line, f"column {column}", value, near))


def _target(row: dict[str, Any]) -> Target:
    values = {name: value for name, value in row.items() if value is not None and name != "day_of"}
    for name in ROLES_OF_LISTS:
        if name in values:
            values[name] = tuple(part.strip() for part in values[name].split(";"))
    # a value without a range is its own range; a range without a value stays open where it is open
    if "documented" in values and "low" not in values and "high" not in values:
        values["low"] = values["high"] = values["documented"]
    return Target(**values)
