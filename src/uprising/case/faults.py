"""Faults of a case: where, what, what was expected, the nearest valid name, how to mend."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from uprising.errors import UserError, printable
from uprising.schema import nearest_name

SHOWN_ALIKE = 12
"""faults of one column of one file that a message spells out before it only counts the rest"""
SHOWN = 200
"""lines of a message; nobody reads more at once"""
SEARCHED = 100
"""faults for which the nearest valid name is looked for; a search takes milliseconds in a long table"""


@dataclass(frozen=True)
class Fault:
    """One fault of a case.

    Parameters
    ----------
    file : file (or folder) at fault
    expected : what a right input looks like
    remedy : what to do
    line : line of the file, counted from 1; None for the file as a whole
    column : column of a table or key of a TOML file
    value : what was found there
    nearest : the valid name most like the value
    """

    file: str
    expected: str
    remedy: str
    line: int | None = None
    column: str | None = None
    value: str | None = None
    nearest: str | None = None

    def __str__(self) -> str:
        where = self.file + (f", line {self.line}" if self.line is not None else "")
        if self.column is not None:
            where += f", {self.column}"
        found = f"found {shortened(self.value)}, " if self.value is not None else ""
        hint = f"; did you mean {self.nearest}?" if self.nearest is not None else "."
        return printable(f"{where}: {found}expected {self.expected}{hint} {self.remedy}")


class CaseError(UserError):
    """A case that can't be used, with all its faults.

    Parameters
    ----------
    faults
        Everything that was found wrong, at least one.

    Attributes
    ----------
    faults : list of Fault
    """

    faults: list[Fault]  # type: ignore[assignment]

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(*_readable(faults))
        self.faults = list(faults)

    def __reduce__(self) -> tuple[type[CaseError], tuple[list[Fault]]]:
        # an error of a worker process travels home by pickling
        return CaseError, (self.faults,)


def shortened(value: str, most: int = 120) -> str:
    """The value in quotes, cut where it would flood the message."""
    return repr(value if len(value) <= most else value[:most] + "...")


def shown(value: Any) -> str:
    """Return the value as text, also where Python refuses to write it out (a number of thousands of digits).

    Examples
    --------
    >>> shown(0.5), shown(10**5000)
    ('0.5', 'a number of more than 4300 digits')
    """
    try:
        return str(value)
    except ValueError:
        return f"a number of more than {sys.get_int_max_str_digits()} digits"


def nearest_unless_many(name: str, known: Iterable[str], faults: Sequence[Fault]) -> str | None:
    """Return the known name most like the given one, for the first hundred faults only."""
    return nearest_name(name, known) if len(faults) < SEARCHED else None


def also_in(places: Sequence[tuple[str, int]]) -> str:
    """Return words for further rows that use the same wrong name, so that one cause is one message.

    Examples
    --------
    >>> also_in([("inputs/roles.csv", 12), ("inputs/roles.csv", 13)])
    ' 2 more rows use it: roles.csv, lines 12, 13.'
    >>> also_in([])
    ''
    """
    if not places:
        return ""
    named: dict[str, list[str]] = {}
    for file, line in places[:SHOWN_ALIKE]:
        named.setdefault(PurePath(file).name, []).append(str(line))
    words = "; ".join(f"{file}, line{'s' * (len(n) > 1)} {', '.join(n)}" for file, n in named.items())
    more = "row uses" if len(places) == 1 else "rows use"
    return f" {len(places):,} more {more} it: {words}{', ...' * (len(places) > SHOWN_ALIKE)}."


def _readable(faults: Sequence[Fault]) -> list[str]:
    lines = [] if len(faults) == 1 else [f"{len(faults):,} faults:"]
    alike: dict[tuple[str, str | None, str], int] = {}
    untold = 0
    for fault in faults:
        kind = (fault.file, fault.column, fault.remedy)
        alike[kind] = alike.get(kind, 0) + 1
        if alike[kind] > SHOWN_ALIKE:
            continue
        if len(lines) > SHOWN:
            untold += 1
            alike[kind] -= 1
            continue
        lines.append(f"- {fault}" if len(faults) > 1 else str(fault))
    for (file, column, _), count in alike.items():
        if count > SHOWN_ALIKE and len(lines) <= 2 * SHOWN:
            more = f"{count - SHOWN_ALIKE:,} more faults like these"
            lines.append(printable(f"- {file}{f', {column}' if column else ''}: {more}"))
    if untold:
        lines.append(f"- and {untold:,} more")
    return lines
