"""An order of turns that several threads can run together with the same bits: blocks of the torus, in parts of time.

The torus is cut into blocks, whose people are put into a random order; a period has SLICES parts, and a block's people
take their turns in equal shares of it. In each part the torus goes block by block, its blocks coloured like a board of
2 x 2 colours: those of one colour lie so far apart that nobody in one sees or changes what somebody in another
changes, whoever is first. So they may run at the same time. The order of the colours is drawn for each part, and
where the blocks begin for each period. Who is in prison for the whole period isn't called.

This is another order than the random one of the paper, in which any two people are as likely to go first. Two of
different parts are so here too; only within a part do neighbours go one after the other.

People are arranged by block, row by row of blocks, those of a block who aren't called behind the others: what lies
together on the torus lies together in memory, and threads that share the blocks share the memory. A turn's number is
its place in this arrangement.
"""

# numba code is written for the compiler
# mypy: ignore-errors

from __future__ import annotations

import numpy as np

from uprising.kernel.engine.draws import fill_words, uniform, words
from uprising.kernel.engine.intrinsics import fetch
from uprising.kernel.engine.jit import compiled
from uprising.models.purposes import BLOCKS, COLOURS, ORDER

SLICES = 4
N_COLOURS = 4
# Somebody back from prison stands up to 7 sites from the arrest, moves 7 and sees 7; a cop moves 7 and arrests
# within 7. Two blocks of a colour are one block apart: more than 21 + 14 sites, and no word of 16 sites is shared.
SMALLEST_BLOCK = 48
# In larger blocks one turn seldom looks at what another has only just written, which takes time. But many threads
# need many blocks.
GOOD_BLOCK = 128
MANY = 4
QUARTER = 64
# numbers in a line of memory
LINE = 16
CHUNK = 4 * QUARTER
_SHIFT = np.uint64(32)


@compiled
def blocks_of_a_colour(side):
    """How many blocks of each colour lie along a side of the torus; 0 where it is too small: then it is one block."""
    return min(side // (2 * SMALLEST_BLOCK), max(MANY, side // (2 * GOOD_BLOCK)))


@compiled
def blocks_along(side):
    """How many blocks lie along a side; all but one of them may be empty."""
    return 2 * max(blocks_of_a_colour(side), 1)


@compiled
def lay_blocks(columns, rows, seed, tick):
    """Fill columns[side] and rows[side]: the site (x, y) lies in block columns[x] + rows[y], row by row of blocks.

    Returns the column and the row where block 0 begins. It is drawn within the width of a block: to begin a block
    further on would only exchange the colours, whose order is drawn too.
    """
    side = len(columns)
    n = 2 * blocks_of_a_colour(side)
    width = side // max(n, 1)
    left = int(uniform(seed, BLOCKS, 0, tick) * width)
    top = int(uniform(seed, BLOCKS, 1, tick) * width)
    for i in range(side):
        columns[(left + i) % side] = n * i // side
        rows[(top + i) % side] = n * i // side * blocks_along(side)
    return left, top


@compiled
def block_of_colour(colour, number, side):
    """Which block the number-th of a colour is, numbered row by row as the blocks are."""
    along = blocks_along(side)
    row = 2 * (number // (along // 2)) + (colour >> 1)
    return row * along + 2 * (number % (along // 2)) + (colour & 1)


@compiled
def fetch_block(values, block, left, top, side):
    """Ask for the memory of values[site] of a block: faster row by row than where turns come upon it."""
    n = 2 * blocks_of_a_colour(side)
    if n == 0:
        # one block, the whole torus
        return
    row, column = divmod(block, n)
    for y in range(row * side // n, (row + 1) * side // n):
        here = (top + y) % side * side
        for x in range(column * side // n, (column + 1) * side // n, LINE):
            fetch(values, np.int64(here + (left + x) % side))


@compiled
def draw_colours(colours, seed, part, tick):
    """Fill colours[N_COLOURS] with the order of the colours in this part of the period."""
    drawn = words(seed, COLOURS, part, tick)
    for colour in range(N_COLOURS):
        j = np.int64((drawn[colour] * np.uint64(colour + 1)) >> _SHIFT)
        colours[colour] = colours[j]
        colours[j] = colour


@compiled
def shuffle_block(order, first, last, seed, tick):
    """Fill order[first : last] with these numbers, every order as likely (to one part in 2^32 / their number)."""
    drawn = np.empty((4, QUARTER), np.uint32)
    for start in range(first // 4 * 4, last, CHUNK):
        end = min(start + CHUNK, last)
        fill_words(drawn, start >> 2, (end + 3) >> 2, seed, ORDER, tick)
        for i in range(max(start, first), end):
            word = np.uint64(drawn[np.uintp((i - start) & 3), np.uintp((i - start) >> 2)])
            j = np.uintp(first + np.int64((word * np.uint64(i - first + 1)) >> _SHIFT))
            order[np.uintp(i)] = order[j]
            order[j] = i


@compiled
def begin_part(bounds, block, part):
    """The first turn of a block in a part of the period; its turns are bounds[2 block] .. bounds[2 block + 1] - 1."""
    return bounds[2 * block] + (bounds[2 * block + 1] - bounds[2 * block]) * part // SLICES
