"""An order of turns that several threads can run together with the same bits: blocks of the torus, in slices of time.

Everybody draws one of SLICES parts of the period. In each part the torus goes block by block, its blocks coloured
like a board of 2 x 2 colours: those of one colour lie so far apart that nobody in one sees or changes what somebody
in another changes, whoever is first. So they may run at the same time. Inside a block the order is random; the order
of the colours is drawn for each part, and where the blocks begin for each period.

This is another order than the random one of the paper, in which any two people are as likely to go first. Two of
different parts are so here too; only within a part do neighbours go one after the other.
"""

# numba code is written for the compiler
# mypy: ignore-errors

from __future__ import annotations

import numba
import numpy as np

from uprising.kernel.draws import uniform, words
from uprising.models.purposes import BLOCKS, COLOURS, ORDER, SLICE

SLICES = 4
# Somebody back from prison stands up to 7 sites from the arrest, moves 7 and sees 7; a cop moves 7 and arrests
# within 7. Two blocks of a colour are one block apart: more than 21 + 14 sites, and no word of 16 sites is shared.
SMALLEST_BLOCK = 48
PARTS = 16
_SHIFT = np.uint64(32)


@numba.njit(nogil=True, cache=True)
def blocks_along(side):
    """How many blocks lie along a side of the torus: an even number, or 1 where it is too small for two."""
    return max(1, 2 * (side // (2 * SMALLEST_BLOCK)))


@numba.njit(nogil=True, cache=True)
def count_sets(along):
    """How many sets of turns a period has: one for each slice and block."""
    return SLICES * along * along


@numba.njit(nogil=True, cache=True)
def lay_blocks(block_of, along, seed, axis, tick):
    """Fill block_of[side] with the number of the block that holds each column (axis 0) or row (axis 1)."""
    side = len(block_of)
    begin = int(uniform(seed, BLOCKS, axis, tick) * side)
    for i in range(side):
        block_of[(begin + i) % side] = i * along // side


@numba.njit(nogil=True, cache=True)
def draw_colours(place_of_colour, seed, tick):
    """Fill place_of_colour[SLICES, 4]: which one after the other each colour is in each slice."""
    for part in range(SLICES):
        drawn = words(seed, COLOURS, part, tick)
        for colour in range(4):
            j = np.int64((drawn[colour] * np.uint64(colour + 1)) >> _SHIFT)
            place_of_colour[part, colour] = place_of_colour[part, j]
            place_of_colour[part, j] = colour


@numba.njit(nogil=True, cache=True)
def shuffle_within(order, first, last, seed, tick):
    """Put order[first : last] into an order where every one is as likely (to one part in 2^32 / their number)."""
    for start in range(first // 4 * 4, last, 4):
        drawn = words(seed, ORDER, start >> 2, tick)
        for i in range(max(start, first), min(start + 4, last)):
            j = first + np.int64((drawn[i - start] * np.uint64(i - first + 1)) >> _SHIFT)
            order[i], order[j] = order[j], order[i]


def _call_in_blocks(order, bounds, site, side, along, seed, tick):
    """Fill order[n] with who is called, set by set; set s is order[bounds[s] : bounds[s + 1]].

    site[n] as in `rules`. In a row of sets that share a slice and a colour, (along / 2)^2 of them or one, no set
    touches another.
    """
    n = len(site)
    colours = 1 if along == 1 else 4
    half = max(along // 2, 1)
    n_sets = count_sets(along)
    columns = np.empty(side, np.int32)
    rows = np.empty(side, np.int32)
    lay_blocks(columns, along, seed, 0, tick)
    lay_blocks(rows, along, seed, 1, tick)
    place_of_colour = np.zeros((SLICES, 4), np.int32)
    if colours == 4:
        draw_colours(place_of_colour, seed, tick)
    set_of = np.empty(n, np.int32)
    counted = np.zeros((PARTS, n_sets), np.int32)
    each = (n // PARTS + 4) // 4 * 4
    for part in numba.prange(PARTS):
        for first in range(part * each, min((part + 1) * each, n), 4):
            drawn = words(seed, SLICE, first >> 2, tick)
            for p in range(first, min(first + 4, n)):
                where = np.int64(site[p])
                if where < 0:
                    where = max(-2 - where, 0)
                column = columns[where % side]
                row = rows[where // side]
                time = np.int64((drawn[p - first] * np.uint64(SLICES)) >> _SHIFT)
                turn = place_of_colour[time, 2 * (row & 1) + (column & 1)]
                belongs = ((time * colours + turn) * half + (row >> 1)) * half + (column >> 1)
                set_of[p] = belongs
                counted[part, belongs] += 1
    total = 0
    for belongs in range(n_sets):
        bounds[belongs] = total
        for part in range(PARTS):
            before = total
            total += counted[part, belongs]
            counted[part, belongs] = before
    bounds[n_sets] = total
    for part in numba.prange(PARTS):
        for p in range(part * each, min((part + 1) * each, n)):
            at = counted[part, set_of[p]]
            counted[part, set_of[p]] = at + 1
            order[at] = p
    for belongs in numba.prange(n_sets):
        shuffle_within(order, bounds[belongs], bounds[belongs + 1], seed, tick)


call_in_blocks = numba.njit(nogil=True, cache=True)(_call_in_blocks)
call_in_blocks_at_once = numba.njit(nogil=True, cache=True, parallel=True)(_call_in_blocks)
