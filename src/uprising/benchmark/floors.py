"""How fast this machine reads memory, draws random numbers and fetches what lies far apart."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

ARRAY_BYTES = 256 * 1024**2
"""far more than any cache"""
LINE_BYTES = 64
N_LINES = 2_000_000
N_DRAWS = 4_000_000
REPEATS = 8


class Floors(NamedTuple):
    """Bytes read, numbers drawn and far-apart lines of memory fetched a second, on one thread and on two.

    No kernel on one thread beats bytes and draws. Draws are arithmetic in registers: they tell what a second thread
    gains where nothing waits for memory. Lines are asked for side by side, none waits for another.
    """

    bytes_per_second: float
    bytes_per_second_of_two: float
    draws_per_second: float
    draws_per_second_of_two: float
    lines_per_second: float
    lines_per_second_of_two: float

    def seconds(self, moved: float, drawn: float) -> float:
        """The least time on one thread in which so much can be moved and drawn, both at once."""
        return max(moved / self.bytes_per_second, drawn / self.draws_per_second)


def measure_floors() -> Floors:
    """Measure them, best of a few."""
    read, draw, fetch = _kernels()
    values = np.ones(ARRAY_BYTES // 8, np.int64)
    in_a_line = LINE_BYTES // values.itemsize
    lines = np.random.default_rng(1956).integers(0, len(values) // in_a_line, N_LINES, np.int32) * in_a_line
    read(values[:8])
    draw(8)
    fetch(values, lines[:8])
    halves, lines_of = np.split(values, 2), np.split(lines, 2)
    with ThreadPoolExecutor(2) as pool:
        return Floors(
            ARRAY_BYTES / _best(lambda: read(values)),
            ARRAY_BYTES / _best(lambda: list(pool.map(read, halves))),
            N_DRAWS / _best(lambda: draw(N_DRAWS)),
            N_DRAWS / _best(lambda: list(pool.map(draw, [N_DRAWS // 2] * 2))),
            N_LINES / _best(lambda: fetch(values, lines)),
            N_LINES / _best(lambda: list(pool.map(fetch, [values] * 2, lines_of))),
        )


def _best(work: Callable[[], Any]) -> float:
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def _kernels() -> tuple[Any, Any, Any]:
    import numba

    from uprising.kernel.engine.draws import words

    @numba.njit(nogil=True)
    def read(values):  # type: ignore[no-untyped-def]
        """Whole numbers, so that the compiler may add them in any order and in vectors."""
        total = 0
        for i in range(len(values)):
            total += values[i]
        return total

    @numba.njit(nogil=True)
    def draw(n):  # type: ignore[no-untyped-def]
        """Two words of each draw in whole numbers: loops over these become vectors, too."""
        total = np.uint64(0)
        for i in range(n):
            first, second, _, _ = words(1956, 1, i, 7)
            total ^= first + second
        return total

    @numba.njit(nogil=True)
    def fetch(values, places):  # type: ignore[no-untyped-def]
        """One value of a line each, known beforehand which: as many lines are on their way as the processor allows."""
        total = 0
        for i in range(len(places)):
            total += values[places[i]]
        return total

    return read, draw, fetch
