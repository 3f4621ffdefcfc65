"""Bit planes of a torus: one bit a site, kept so that a window of 15 x 15 sites is four words away.

A plane is cut into strips of 16 columns. A strip has a 16-bit word for each row, so that the rows of a window lie
one after the other in memory, in two strips at most. Sites within HALO of an edge are held again beyond the other
edge, so that looking needs no test for the edge of the torus.

A window is a tuple of four 64-bit words with 16 bits a row: bit 16 (dy + REACH) + dx + REACH is the site (dx, dy).
"""

# numba code is written for the compiler
# mypy: ignore-errors

from __future__ import annotations

import numba
import numpy as np

from uprising.kernel.engine.intrinsics import LANES, fetch, nth_one, ones, sixteen_rows

REACH = 7
HALO = 8
SMALLEST = 2 * HALO
_ONE = np.uint64(1)


def empty_plane(side: int) -> np.ndarray:
    """A plane of a torus of this side with no bit set."""
    strips = (side + 2 * HALO) // 16 + 2
    return np.zeros(strips * (side + 2 * HALO) + LANES, np.uint16)


def sight(dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """The window of these offsets (at most REACH each way) as a mask, [16] uint16."""
    rows = np.zeros(LANES, np.uint16)
    np.bitwise_or.at(rows, dy + REACH, (1 << (dx + REACH)).astype(np.uint16))
    return rows


@numba.njit(forceinline=True, nogil=True)
def _turn_word(plane, x, y, height):
    plane[np.uintp((x >> 4) * height + y)] ^= np.uint16(1 << (x & 15))


@numba.njit(forceinline=True, nogil=True)
def turn_inside(plane, x, y, side):
    """`turn` for a site at least HALO away from every edge."""
    _turn_word(plane, x + HALO, y + HALO, side + 2 * HALO)


@numba.njit(nogil=True)
def _turn_beyond(plane, x, y, side):
    height = side + 2 * HALO
    is_beside = x < HALO or x >= side - HALO
    across = x + HALO + (side if x < HALO else -side)
    if is_beside:
        _turn_word(plane, across, y + HALO, height)
    if y < HALO or y >= side - HALO:
        beyond = y + HALO + (side if y < HALO else -side)
        _turn_word(plane, x + HALO, beyond, height)
        if is_beside:
            _turn_word(plane, across, beyond, height)


@numba.njit(forceinline=True, nogil=True)
def turn(plane, x, y, side):
    """Set the bit of site (x, y) if it isn't set, else clear it."""
    _turn_word(plane, x + HALO, y + HALO, side + 2 * HALO)
    if min(x, y) < HALO or max(x, y) >= side - HALO:
        _turn_beyond(plane, x, y, side)


@numba.njit(forceinline=True, nogil=True)
def is_set(plane, x, y, side):
    """Whether the bit of a site is set; x and y may be up to HALO - 1 off the torus."""
    at = ((x + HALO) >> 4) * (side + 2 * HALO) + y + HALO
    return (plane[np.uintp(at)] >> np.uint16((x + HALO) & 15)) & np.uint16(1) != 0


@numba.njit(forceinline=True, nogil=True)
def set_in_sight(plane, x, y, sights, which, side):
    """The window around (x, y): the sites in sights[which] whose bit is set."""
    first = x + HALO - REACH
    at = (first >> 4) * (side + 2 * HALO) + y + HALO - REACH
    return sixteen_rows(plane, at, at + side + 2 * HALO, first & 15, sights, which, 0)


@numba.njit(forceinline=True, nogil=True)
def clear_in_sight(plane, x, y, sights, which, side):
    """The window around (x, y): the sites in sights[which] whose bit is not set."""
    first = x + HALO - REACH
    at = (first >> 4) * (side + 2 * HALO) + y + HALO - REACH
    return sixteen_rows(plane, at, at + side + 2 * HALO, first & 15, sights, which, 65535)


@numba.njit(forceinline=True, nogil=True)
def fetch_window(plane, x, y, side):
    """Ask for the memory that holds the window around (x, y)."""
    at = ((x + HALO - REACH) >> 4) * (side + 2 * HALO) + y + HALO - REACH
    fetch(plane, at)
    fetch(plane, at + side + 2 * HALO)


@numba.njit(forceinline=True, nogil=True)
def how_many(window):
    """How many sites a window holds."""
    return ones(window[0]) + ones(window[1]) + ones(window[2]) + ones(window[3])


@numba.njit(forceinline=True, nogil=True)
def nth(window, n):
    """The bit of the n-th site of a window, row by row from 0; there must be more than n.

    Finds the word without a branch that could be mispredicted.
    """
    first = ones(window[0])
    second = first + ones(window[1])
    third = second + ones(window[2])
    # all bits set where the site lies beyond
    beyond_first = -np.int64(n >= first)
    beyond_second = -np.int64(n >= second)
    beyond_third = -np.int64(n >= third)
    word = window[0]
    word ^= (window[0] ^ window[1]) & np.uint64(beyond_first)
    word ^= (window[1] ^ window[2]) & np.uint64(beyond_second)
    word ^= (window[2] ^ window[3]) & np.uint64(beyond_third)
    place = -64 * (beyond_first + beyond_second + beyond_third)
    n -= (first & beyond_first) + ((second - first) & beyond_second) + ((third - second) & beyond_third)
    return place + nth_one(word, n)


@numba.njit(forceinline=True, nogil=True)
def has(window, bit):
    """Whether a window holds the site of this bit."""
    word = window[0]
    if bit >= 192:
        word = window[3]
    elif bit >= 128:
        word = window[2]
    elif bit >= 64:
        word = window[1]
    return (word >> np.uint64(bit & 63)) & _ONE != np.uint64(0)
