"""The table of output variables (schema/outputs.csv) as objects."""

from __future__ import annotations

import csv
from importlib import resources
from typing import NamedTuple


class Variable(NamedTuple):
    """One output variable: its name, dimensions, dtype, unit and meaning."""

    name: str
    dims: tuple[str, ...]
    dtype: str
    unit: str
    text: str


DIGEST = Variable(
    "step_digest", ("time",), "uint64", "1", "first eight bytes of the chained digest of all values and events so far"
)
POSITIONS = Variable(
    "hegemon_position",
    ("session", "member"),
    "float32",
    "1",
    "position of each member of the hegemon's council after the session: 0 accept a loss .. 1 crush",
)


def output_variables() -> tuple[Variable, ...]:
    """All variables that the recorder takes at each step, in the order of the table."""
    text = resources.files("uprising.schema").joinpath("outputs.csv").read_text(encoding="utf-8")
    return variables_from(text)


def variables_from(text: str) -> tuple[Variable, ...]:
    """Variables of a table in the form of schema/outputs.csv.

    The digest and the council's positions are kept by the recorder itself and left out here.
    """
    rows = [
        Variable(row["name"], tuple(row["dims"].split()), row["dtype"], row["unit"], row["text"])
        for row in csv.DictReader(text.splitlines())
    ]
    for row in rows:
        if row.name not in (DIGEST.name, POSITIONS.name) and row.dims[:1] != ("time",):
            raise ValueError(f"output variable {row.name}: the first dimension must be time, not {row.dims}")
    return tuple(row for row in rows if row.name not in (DIGEST.name, POSITIONS.name))
