"""Coalescence and fragmentation of cells: pick a cell by a random member; it breaks up, or joins another."""

# numba code is written for the compiler
# mypy: ignore-errors

from __future__ import annotations

import numpy as np

from uprising.kernel.engine.draws import uniform
from uprising.kernel.engine.jit import compiled
from uprising.models.purposes import FRAGMENT, PICK


@compiled
def history(seed, n, fragmentation, burn_in, steps, sample_every, sizes, broken):
    """Add the numbers of cells by size to sizes[n + 1], sampled; broken[steps]: the size of the cell that broke up.

    All begin as single units. Cells are rings of units, so that joining two is swapping two links.
    """
    label = np.arange(n)
    following = np.arange(n)
    size = np.ones(n, np.int64)
    for step in range(burn_in + steps):
        unit = int(uniform(seed, PICK, 0, step) * n)
        cell = label[unit]
        if uniform(seed, FRAGMENT, 0, step) < fragmentation:
            if step >= burn_in:
                broken[step - burn_in] = size[cell]
            member = unit
            while True:
                after = following[member]
                label[member] = member
                following[member] = member
                size[member] = 1
                member = after
                if member == unit:
                    break
        else:
            other = int(uniform(seed, PICK, 1, step) * n)
            if label[other] != cell:
                small, large = other, unit
                if size[label[other]] > size[cell]:
                    small, large = unit, other
                joined = size[label[other]] + size[cell]
                member = small
                while True:
                    label[member] = label[large]
                    member = following[member]
                    if member == small:
                        break
                following[small], following[large] = following[large], following[small]
                size[label[large]] = joined
        if step >= burn_in and (step - burn_in) % sample_every == 0:
            for unit in range(n):
                if label[unit] == unit:
                    sizes[size[unit]] += 1
