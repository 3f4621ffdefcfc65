"""Faults of a case: where, what, what was expected, the nearest valid name, how to mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from uprising.errors import UserError

SHOWN_ALIKE = 12
"""faults of one column of one file that a message spells out before it only counts the rest"""


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
        return f"{where}: {found}expected {self.expected}{hint} {self.remedy}"


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


def _readable(faults: Sequence[Fault]) -> list[str]:
    lines = [] if len(faults) == 1 else [f"{len(faults)} faults:"]
    alike: dict[tuple[str, str | None, str], int] = {}
    for fault in faults:
        kind = (fault.file, fault.column, fault.remedy)
        alike[kind] = alike.get(kind, 0) + 1
        if alike[kind] <= SHOWN_ALIKE:
            lines.append(f"- {fault}" if len(faults) > 1 else str(fault))
    for (file, column, _), count in alike.items():
        if count > SHOWN_ALIKE:
            lines.append(
                f"- {file}{f', {column}' if column else ''}: {count - SHOWN_ALIKE} more faults like these"
            )
    return lines
