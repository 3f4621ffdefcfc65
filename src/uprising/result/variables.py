"""The output variables that a recorder takes, and the two that it makes itself."""

from __future__ import annotations

import csv

from uprising.schema import Output, outputs

DIGEST = Output(
    "step_digest",
    ("time",),
    "uint64",
    "1",
    "first eight bytes of the chained digest of all values and events so far",
)
POSITIONS = Output(
    "hegemon_position",
    ("session", "member"),
    "float32",
    "1",
    "position of each member of the hegemon's council after the session: 0 accept a loss .. 1 crush",
)


def output_variables() -> tuple[Output, ...]:
    """All variables that the recorder takes at each step, in the order of schema/outputs.csv."""
    return _recorded(outputs())


def variables_from(text: str) -> tuple[Output, ...]:
    """Variables of a table in the form of schema/outputs.csv.

    Raises
    ------
    ValueError
        A variable's first dimension is not time.
    """
    return _recorded(
        tuple(
            Output(row["name"], tuple(row["dims"].split()), row["dtype"], row["unit"], row["text"])
            for row in csv.DictReader(text.splitlines())
        )
    )


def _recorded(rows: tuple[Output, ...]) -> tuple[Output, ...]:
    taken = tuple(row for row in rows if row.name not in (DIGEST.name, POSITIONS.name))
    for row in taken:
        if row.dims[:1] != ("time",):
            raise ValueError(f"output variable {row.name}: the first dimension must be time, not {row.dims}")
    return taken
