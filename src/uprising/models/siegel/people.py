"""Traits of the people of the network model."""

# numba code is written for the compiler
# mypy: ignore-errors

from __future__ import annotations

from uprising.kernel.engine.draws import normal
from uprising.kernel.engine.jit import compiled


@compiled
def normals(values, seed, purpose):
    """Fill values with standard normal numbers, one a person, asked by the person's number."""
    for p in range(len(values)):
        values[p] = normal(seed, purpose, p, 0)
