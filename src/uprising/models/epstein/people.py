"""Traits of the people of the lattice models."""

# numba code is written for the compiler
# mypy: ignore-errors

from __future__ import annotations

from uprising.kernel.engine.draws import uniform
from uprising.kernel.engine.jit import compiled


@compiled
def uniforms(values, first, seed, purpose):
    """Fill values[first:] with uniform numbers in [0, 1), one a person, asked by the person's number."""
    for p in range(first, len(values)):
        values[p] = uniform(seed, purpose, p, 0)
