"""How people lie in memory during a run: what is asked of a person at once lies side by side."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.kernel.traits import lay_side_by_side
from uprising.state import People

LINE = 64
"""bytes that memory hands out at once"""
Spread = Callable[[Callable[[int, int, int], None], int], None]
WORDS = ("household", "team", "block", "hardship", "risk_aversion", "threshold", "outrage")
WITHIN_LAST = ("role", "age", "sex")
"""columns in the order of kernel.traits, a word each and then a byte each"""


def side_by_side(
    people: People, household_size: NDArray[np.uint8], spread: Spread
) -> tuple[dict[str, NDArray[Any]], NDArray[np.float32]]:
    """Columns of people, so copied that those of a person lie in half a line; and that as `traits` (kernel.traits).

    Few people are looked at in a step, and those far from each other: a line for each column would be asked for.
    `spread(work, length)` calls work(worker, first, last) for ranges of rows that together are all.
    """
    names = (*WORDS, *WITHIN_LAST)
    given = [getattr(people, name) for name in names]
    # the lowest byte of a word is its first on most machines, its last on others
    last = 4 * len(WORDS)
    bytes_of_last = range(last, last + 4) if sys.byteorder == "little" else range(last + 3, last - 1, -1)
    fields = np.dtype({
        "names": names, "formats": [column.dtype for column in given],
        "offsets": [*range(0, last, 4), *bytes_of_last[: len(WITHIN_LAST)]], "itemsize": LINE // 2,
    })  # fmt: skip
    room = np.empty(people.n_rows * fields.itemsize + LINE, np.uint8)
    begin = -room.ctypes.data % LINE
    room = room[begin : begin + people.n_rows * fields.itemsize]
    traits, table = room.view(np.float32), room.view(fields)

    def copy(_: int, first: int, last: int) -> None:
        lay_side_by_side(first, last, *given, household_size, traits, traits.view(np.int32))

    spread(copy, people.n_rows)
    columns = {}
    for name, column in zip(names, given, strict=True):
        let_go(column)
        columns[name] = table[name]
        columns[name].setflags(write=name == "outrage")  # nothing else of a person changes in a run
    return columns, traits


def let_go(column: NDArray[Any]) -> None:
    """A column that is mapped from a file needn't stay in memory; who asks for it again reads it again."""
    owner: Any = column
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        owner.madvise(mmap.MADV_DONTNEED)
