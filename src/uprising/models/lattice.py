"""A torus of square sites with at most one person a site: windows of vision, order of turns, free sites.

Sites are numbered row by row, site = y * side + x. A window is the list of offsets (dx, dy) that somebody sees,
their own site left out. Every draw is a function of (seed, purpose, who, step), see `draws`.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from uprising.kernel.engine.draws import two_uniforms, uniform, words
from uprising.kernel.engine.jit import compiled

SHAPES = ("moore", "disc", "von_neumann", "cross")
"""Sites seen at vision v: |dx|, |dy| <= v; dx^2 + dy^2 <= v^2; |dx| + |dy| <= v; along the four arms alone."""

TRY_BLOCKS = 4
_SHIFT = np.uint64(32)


def window(shape: str, vision: float) -> tuple[np.ndarray, np.ndarray]:
    """The offsets (dx, dy) [n], int32, that somebody with this vision sees, row by row, own site left out.

    Raises
    ------
    ValueError
        No such shape.
    """
    if shape not in SHAPES:
        raise ValueError(f"shape {shape!r}: expected one of {', '.join(SHAPES)}")
    reach = math.floor(vision)
    offsets = np.arange(-reach, reach + 1)
    dy, dx = (each.ravel() for each in np.meshgrid(offsets, offsets, indexing="ij"))
    if shape == "disc":
        seen = dx * dx + dy * dy <= vision * vision + 1e-9
    elif shape == "von_neumann":
        seen = abs(dx) + abs(dy) <= reach
    elif shape == "cross":
        seen = (dx == 0) | (dy == 0)
    else:
        seen = np.ones(len(dx), dtype=bool)
    seen &= (dx != 0) | (dy != 0)
    return dx[seen].astype(np.int32), dy[seen].astype(np.int32)


def half_widths(shape: str, vision: float) -> np.ndarray:
    """How far the window reaches to both sides in each of its rows, dy = -v .. v; own site included."""
    dx, dy = window(shape, vision)
    reach = math.floor(vision)
    widths = np.zeros(2 * reach + 1, dtype=np.int64)
    np.maximum.at(widths, dy + reach, dx)
    return widths


@compiled
def shuffle(order, seed, purpose, step):
    """Fill order[n] with the numbers 0 .. n - 1 in an order where every one is as likely (Fisher and Yates).

    Two neighbours share a question.
    """
    n = len(order)
    for first in range(0, n, 2):
        drawn = two_uniforms(seed, purpose, first >> 1, step)
        for i in range(first, min(first + 2, n)):
            j = int(drawn[i - first] * (i + 1))
            order[i] = order[j]
            order[j] = i


@numba.njit(inline="always", nogil=True)
def around(value, side):
    """A coordinate brought back onto the torus, from at most one side off it."""
    if value < 0:
        value += side
    if value >= side:
        value -= side
    return value


@numba.njit(inline="always", nogil=True)
def shifted(x, y, dx, dy, side):
    """The site dx to the right of (x, y) and dy down, around the torus; |dx|, |dy| at most the side."""
    return around(y + dy, side) * side + around(x + dx, side)


@compiled
def random_free_site(seed, purpose, person, step, site, dx, dy, occupant, side):
    """A free site of the window around `site`, each as likely, or -1 where none is free.

    Sites are tried at random 4 * TRY_BLOCKS times; then the free ones are counted and one is drawn. Either
    way each free site is as likely. The block's number is in the low bits of who: who = 8 person + block.
    """
    x = site % side
    y = site // side
    n = np.uint64(len(dx))
    for block in range(TRY_BLOCKS):
        tries = words(seed, purpose, person * 8 + block, step)
        for word in range(4):
            k = (tries[word] * n) >> _SHIFT
            there = shifted(x, y, dx[k], dy[k], side)
            if occupant[there] < 0:
                return there
    free = 0
    for k in range(len(dx)):
        if occupant[shifted(x, y, dx[k], dy[k], side)] < 0:
            free += 1
    if free == 0:
        return -1
    chosen = int(uniform(seed, purpose, person * 8 + TRY_BLOCKS, step) * free)
    for k in range(len(dx)):
        there = shifted(x, y, dx[k], dy[k], side)
        if occupant[there] < 0:
            if chosen == 0:
                return there
            chosen -= 1
    return -1


@compiled
def nth_free_site(word, site, dx, dy, occupant, side):
    """The free site of the window around `site` that a 32-bit word of draws chooses, or -1 where none is free.

    Of n free sites, in the order of the offsets, number n word / 2^32: each as likely to one part in 2^32 / n.
    """
    x = site % side
    y = site // side
    free = 0
    for k in range(len(dx)):
        if occupant[shifted(x, y, dx[k], dy[k], side)] < 0:
            free += 1
    if free == 0:
        return -1
    chosen = int((word * np.uint64(free)) >> _SHIFT)
    for k in range(len(dx)):
        there = shifted(x, y, dx[k], dy[k], side)
        if occupant[there] < 0:
            if chosen == 0:
                return there
            chosen -= 1
    return -1


@compiled
def nearest_free_site(site, dx, dy, occupant, side):
    """The site itself if free, else the nearest free one of its window (first of those as near); else -1."""
    if occupant[site] < 0:
        return site
    x = site % side
    y = site // side
    best = -1
    best_distance = 1 << 30
    for k in range(len(dx)):
        there = shifted(x, y, dx[k], dy[k], side)
        distance = dx[k] * dx[k] + dy[k] * dy[k]
        if occupant[there] < 0 and distance < best_distance:
            best = there
            best_distance = distance
    return best
