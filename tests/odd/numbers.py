"""Values of parameters and constants, read from the two tables as any reader of the ODD would."""

import csv
from pathlib import Path

import uprising

SCHEMA = Path(uprising.__file__).parent / "schema"


class Names(dict[str, float]):
    """Numbers by name, as attributes too."""

    def __getattr__(self, name: str) -> float:
        if name not in self:
            raise AttributeError(name)
        return self[name]


def values_of(table: str, column: str) -> Names:
    """Read one column of a table by name."""
    with (SCHEMA / table).open(encoding="utf-8", newline="") as file:
        return Names((row["name"], float(row[column])) for row in csv.DictReader(file))


P = values_of("parameters.csv", "default")
C = values_of("constants.csv", "value")
