"""What is known of a person lies side by side: eight words, half a line of memory.

`traits` are numbers of single precision, `traits_whole` the same memory as whole numbers of 32 bits: traits[WORDS x
row + HARDSHIP], traits_whole[WORDS x row + TEAM]. One base and fixed distances: with a column each, a loop over people
would spend more time on where things are than on what they are. Names of words are numbers without a sign, so that no
index has to be asked whether it counts from the end.
"""

from __future__ import annotations

import mmap
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.kernel.engine.bind import bind
from uprising.kernel.engine.jit import compiled
from uprising.state import People

HOUSEHOLD, TEAM, BLOCK, HARDSHIP, RISK_AVERSION, THRESHOLD, OUTRAGE, WHO = np.arange(8, dtype=np.uintp)
"""the words of a person; WHO holds role, age, sex and the others in the household, a byte each from the lowest on"""
WORDS = np.uintp(8)
ROLE = 0xFF
"""who & ROLE is the role"""
AGE_AT, AGE_AND_SEX = 8, 0x1FF
"""(who >> AGE_AT) & AGE_AND_SEX is age + AGES x sex"""
AGES = 256
RELATIVES_AT, RELATIVES = 24, 0xFF
"""(who >> RELATIVES_AT) & RELATIVES are the others in the household"""
LINE = 64
"""bytes that memory hands out at once"""
Spread = Callable[[Callable[[int, int, int], None], int], None]
COLUMNS = ("household", "team", "block", "hardship", "risk_aversion", "threshold", "outrage")
BYTES_OF_WHO = ("role", "age", "sex")
"""columns of people in the order of a record: a word each, then a byte each of the last word"""


@compiled
def lay_side_by_side(
    first, last, household, team, block, hardship, risk_aversion, threshold, outrage, role, age, sex, household_size,
    traits, traits_whole,
):
    """Fill the words of the rows first ... last - 1 from columns; household_size[h] counts all of a household."""
    for i in range(first, last):
        at = WORDS * np.uintp(i)
        traits_whole[at + HOUSEHOLD], traits_whole[at + TEAM] = household[i], team[i]
        traits_whole[at + BLOCK] = block[i]
        traits[at + HARDSHIP], traits[at + RISK_AVERSION] = hardship[i], risk_aversion[i]
        traits[at + THRESHOLD], traits[at + OUTRAGE] = threshold[i], outrage[i]
        relatives = np.int64(household_size[household[i]]) - 1
        of_age = np.int64(age[i]) + AGES * np.int64(sex[i])
        traits_whole[at + WHO] = np.int64(role[i]) | (of_age << AGE_AT) | (relatives << RELATIVES_AT)


def side_by_side(
    people: People, household_size: NDArray[np.uint8], spread: Spread
) -> tuple[dict[str, NDArray[Any]], NDArray[np.float32]]:
    """Columns of people, so copied that those of a person lie in half a line; and that as `traits` (see the module).

    Few people are looked at in a step, and those far from each other: a line for each column would be asked for.
    `spread(work, length)` calls work(worker, first, last) for ranges of rows that together are all.
    """
    names = (*COLUMNS, *BYTES_OF_WHO)
    given = [getattr(people, name) for name in names]
    # the lowest byte of a word is its first on most machines, its last on others
    last = 4 * len(COLUMNS)
    bytes_of_last = range(last, last + 4) if sys.byteorder == "little" else range(last + 3, last - 1, -1)
    fields = np.dtype({
        "names": names, "formats": [column.dtype for column in given],
        "offsets": [*range(0, last, 4), *bytes_of_last[: len(BYTES_OF_WHO)]], "itemsize": LINE // 2,
    })
    room = np.empty(people.n_rows * fields.itemsize + LINE, np.uint8)
    begin = -room.ctypes.data % LINE
    room = room[begin : begin + people.n_rows * fields.itemsize]
    traits, table = room.view(np.float32), room.view(fields)

    lay = bind(
        lay_side_by_side, "first", "last", among=dict(zip(names, given, strict=True)), household_size=household_size,
        traits=traits, traits_whole=traits.view(np.int32),
    )

    def copy(_: int, first: int, last: int) -> None:
        lay(first=first, last=last)

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
