"""How people lie in memory during a run: what is asked of a person at once lies side by side."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.state import People

LINE = 64
"""bytes that memory hands out at once"""
AT_ONCE = 8192
"""rows that are copied at once: they stay in the cache from the first column to the last"""
Spread = Callable[[Callable[[tuple[int, int]], None], int], None]
TRAITS = ("household", "team", "block", "hardship", "risk_aversion", "threshold", "outrage", "role", "age", "sex")


def side_by_side(people: People, spread: Spread) -> tuple[dict[str, NDArray[Any]], NDArray[np.uint64]]:
    """Columns of TRAITS, copied so that those of a person lie in half a line of memory; and that as four words each.

    Few people are looked at in a step, and those far from each other: a line for each column would be asked for.
    `spread(work, length)` calls work((first, last)) for ranges of rows that together are all.
    """
    of = [getattr(people, name) for name in TRAITS]
    sizes = np.array([column.itemsize for column in of])
    fields = np.dtype({
        "names": TRAITS, "formats": [column.dtype for column in of], "offsets": np.cumsum(sizes) - sizes,
        "itemsize": LINE // 2,
    })  # fmt: skip
    room = np.empty(people.n_rows * fields.itemsize + LINE, np.uint8)
    first = -room.ctypes.data % LINE
    room = room[first : first + people.n_rows * fields.itemsize]
    table = room.view(fields)
    columns = {name: table[name] for name in TRAITS}

    def copy(bounds: tuple[int, int]) -> None:
        for start in range(*bounds, AT_ONCE):
            rows = slice(start, min(start + AT_ONCE, bounds[1]))
            for target, column in zip(columns.values(), of, strict=True):
                target[rows] = column[rows]

    spread(copy, people.n_rows)
    for column in of:
        let_go(column)
    for name, column in columns.items():
        column.setflags(write=name == "outrage")  # nothing else of a person changes in a run
    return columns, room.view(np.uint64)


def let_go(column: NDArray[Any]) -> None:
    """A column that is mapped from a file needn't stay in memory; who asks for it again reads it again."""
    owner: Any = column
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        owner.madvise(mmap.MADV_DONTNEED)
