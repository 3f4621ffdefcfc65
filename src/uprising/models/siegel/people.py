"""Traits of the people of the network model."""

# numba code is written for the compiler
# mypy: ignore-errors

from __future__ import annotations

import numba

from uprising.kernel.draws import normal


@numba.njit(nogil=True, cache=True)
def normals(values, seed, purpose):
    """Fill values with standard normal numbers, one a person, asked by the person's number."""
    for p in range(len(values)):
        values[p] = normal(seed, purpose, p, 0)
