"""The whole changing state of a crisis as arrays and JSON, and back: what `--resume` goes on from.

It is complete by construction: every field of every lasting block, every column of people that may be written to,
and every counter.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.crisis.state import LASTING, Crisis, blocks_of
from uprising.state import Event

OUT = "population.out"
"""rows of those in the streets"""


def take_snapshot(crisis: Crisis) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return (arrays by name, JSON-able values) that together are the state after the last finished step.

    Arrays are those of the crisis, not copies.
    """
    arrays: dict[str, NDArray[Any]] = {}
    values: dict[str, Any] = {}
    for name, block in blocks_of(crisis, LASTING).items():
        values[name] = {}
        for field in fields(block):
            value = getattr(block, field.name)
            if isinstance(value, np.ndarray):
                arrays[f"{name}.{field.name}"] = value
            else:
                values[name][field.name] = sorted(value) if isinstance(value, set) else value
    arrays |= people_arrays(crisis)
    arrays[OUT] = crisis.population.who_is_out()
    return arrays, values


def people_arrays(crisis: Crisis) -> dict[str, NDArray[Any]]:
    """Return what changes about people: columns that may be written to, and counters."""
    population = crisis.population
    columns = {name: column for name, column in population.people._asdict().items() if column.flags.writeable}
    return {
        **{f"people.{name}": column for name, column in columns.items()},
        **{f"counters.{name}": counter for name, counter in population.counters._asdict().items()},
    }


def restore_snapshot(crisis: Crisis, arrays: dict[str, NDArray[Any]], values: dict[str, Any]) -> None:
    """Put a fresh crisis of the same case, seed and scale into the state of a snapshot.

    Raises
    ------
    ValueError
        Where an array has another shape than this run's: the snapshot is of another case or scale.
    KeyError
        Where something is missing: the snapshot is of another version.
    """

    def fill(target: NDArray[Any], name: str) -> None:
        source = arrays[name]
        if source.shape != target.shape:
            raise ValueError(f"the snapshot's {name} has shape {source.shape}, this run needs {target.shape}")
        target[...] = source

    for name, target in people_arrays(crisis).items():
        fill(target, name)
    crisis.population.forget_counts()
    crisis.population.let_out(arrays[OUT])
    for name, block in blocks_of(crisis, LASTING).items():
        for field in fields(block):
            present = getattr(block, field.name)
            if isinstance(present, np.ndarray):
                # in place: kernels hold the array
                fill(present, f"{name}.{field.name}")
            else:
                saved = values[name][field.name]
                setattr(block, field.name, set(saved) if isinstance(present, set) else saved)
    crisis.log.events = [Event(*event) for event in crisis.log.events]
    crisis.log.sessions = [(tick, positions) for tick, positions in crisis.log.sessions]
