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

from uprising.kernel.draws import fill_words, uniform, words
from uprising.models.purposes import BLOCKS, COLOURS, ORDER, SLICE

SLICES = 4
# Somebody back from prison stands up to 7 sites from the arrest, moves 7 and sees 7; a cop moves 7 and arrests
# within 7. Two blocks of a colour are one block apart: more than 21 + 14 sites, and no word of 16 sites is shared.
SMALLEST_BLOCK = 48
PARTS = 16
QUARTER = 64
CHUNK = 4 * QUARTER
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
def first_sets(along, seed, tick):
    """The number of the first set of each slice and colour [SLICES * 4], colours in an order drawn for each slice."""
    together = max(along // 2, 1) ** 2
    first = np.zeros(4 * SLICES, np.int32)
    for part in range(SLICES):
        if along == 1:
            first[4 * part] = part
            continue
        drawn = words(seed, COLOURS, part, tick)
        turn_of = np.zeros(4, np.int32)
        for colour in range(4):
            j = np.int64((drawn[colour] * np.uint64(colour + 1)) >> _SHIFT)
            turn_of[colour] = turn_of[j]
            turn_of[j] = colour
        for colour in range(4):
            first[4 * part + colour] = (4 * part + turn_of[colour]) * together
    return first


@numba.njit(nogil=True, cache=True)
def shuffle_within(order, first, last, seed, tick):
    """Put order[first : last] into an order where every one is as likely (to one part in 2^32 / their number)."""
    drawn = np.empty((4, QUARTER), np.uint32)
    for start in range(first // 4 * 4, last, 4 * QUARTER):
        end = min(start + 4 * QUARTER, last)
        fill_words(drawn, start >> 2, (end + 3) >> 2, seed, ORDER, tick)
        for i in range(max(start, first), end):
            word = np.uint64(drawn[np.uintp((i - start) & 3), np.uintp((i - start) >> 2)])
            j = np.uintp(first + np.int64((word * np.uint64(i - first + 1)) >> _SHIFT))
            swapped = order[j]
            order[j] = order[np.uintp(i)]
            order[np.uintp(i)] = swapped


def _call_in_blocks(order, bounds, place, side, along, seed, tick):
    """Fill order[n] with who is called, set by set; set s is order[bounds[s] : bounds[s + 1]].

    place[n] is (y << 16) + x. In a row of sets that share a slice and a colour, (along / 2)^2 of them or one, no set
    touches another.
    """
    n = len(place)
    half = max(along // 2, 1)
    n_sets = count_sets(along)
    columns = np.empty(side, np.int32)
    rows = np.empty(side, np.int32)
    lay_blocks(columns, along, seed, 0, tick)
    lay_blocks(rows, along, seed, 1, tick)
    first_set = first_sets(along, seed, tick)
    set_of = np.empty(n, np.int32)
    counted = np.zeros((PARTS, n_sets), np.int32)
    each = (n // PARTS + CHUNK) // CHUNK * CHUNK
    for part in numba.prange(PARTS):
        drawn = np.empty((4, QUARTER), np.uint32)
        for start in range(part * each, min((part + 1) * each, n), CHUNK):
            fill_words(drawn, start >> 2, (start + CHUNK) >> 2, seed, SLICE, tick)
            for i in range(min(CHUNK, n - start)):
                at = np.uintp(place[np.uintp(start + i)])
                column = np.int64(columns[at & np.uintp(65535)])
                row = np.int64(rows[at >> np.uintp(16)])
                word = np.uint64(drawn[np.uintp(i & 3), np.uintp(i >> 2)])
                time = np.int64((word * np.uint64(SLICES)) >> _SHIFT)
                first = np.int64(first_set[np.uintp(4 * time + 2 * (row & 1) + (column & 1))])
                belongs = first + (row >> 1) * half + (column >> 1)
                set_of[np.uintp(start + i)] = belongs
                counted[np.uintp(part), np.uintp(belongs)] += 1
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
            belongs = np.uintp(set_of[np.uintp(p)])
            at = counted[np.uintp(part), belongs]
            counted[np.uintp(part), belongs] = at + 1
            order[np.uintp(at)] = p
    for belongs in numba.prange(n_sets):
        shuffle_within(order, bounds[belongs], bounds[belongs + 1], seed, tick)


call_in_blocks = numba.njit(nogil=True, cache=True)(_call_in_blocks)
call_in_blocks_at_once = numba.njit(nogil=True, cache=True, parallel=True)(_call_in_blocks)
