"""How people lie in memory during a run: what is asked of a person at once lies side by side."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.kernel.traits import WITHIN_WHO
from uprising.state import People

LINE = 64
"""bytes that memory hands out at once"""
AT_ONCE = 8192
"""rows that are copied at once: they stay in the cache from the first column to the last"""
Spread = Callable[[Callable[[int, int, int], None], int], None]
WORDS = ("household", "team", "block", "hardship", "risk_aversion", "threshold", "outrage")
"""in the order of kernel.traits; the word after them is WITHIN_WHO"""
RELATIVES = "relatives"
"""how many others there are in the household"""


def side_by_side(
    people: People, household_size: NDArray[np.uint8], spread: Spread
) -> tuple[dict[str, NDArray[Any]], NDArray[np.float32]]:
    """Columns of people, so copied that those of a person lie in half a line; and that as `numbers` (kernel.traits).

    Few people are looked at in a step, and those far from each other: a line for each column would be asked for.
    `spread(work, length)` calls work(worker, first, last) for ranges of rows that together are all.
    """
    # the lowest byte of a word is its first on most machines, its last on others
    names = (*WORDS, *(WITHIN_WHO if sys.byteorder == "little" else WITHIN_WHO[::-1]))
    given = [name for name in names if name != RELATIVES]
    of = {name: getattr(people, name).dtype for name in given} | {RELATIVES: household_size.dtype}
    fields = np.dtype([(name, of[name]) for name in names])
    room = np.empty(people.n_rows * fields.itemsize + LINE, np.uint8)
    first = -room.ctypes.data % LINE
    room = room[first : first + people.n_rows * fields.itemsize]
    table = room.view(fields)
    columns = {name: table[name] for name in names}

    def copy(_: int, first: int, last: int) -> None:
        for start in range(first, last, AT_ONCE):
            rows = slice(start, min(start + AT_ONCE, last))
            columns[RELATIVES][rows] = household_size[people.household[rows]] - 1
            for name in given:
                columns[name][rows] = getattr(people, name)[rows]

    spread(copy, people.n_rows)
    for name in given:
        let_go(getattr(people, name))
    for name, column in columns.items():
        column.setflags(write=name == "outrage")  # nothing else of a person changes in a run
    return columns, room.view(np.float32)


def let_go(column: NDArray[Any]) -> None:
    """A column that is mapped from a file needn't stay in memory; who asks for it again reads it again."""
    owner: Any = column
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        owner.madvise(mmap.MADV_DONTNEED)
