"""How fast this machine reads memory and draws random numbers: what no kernel can beat."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

ARRAY_BYTES = 256 * 1024**2
"""far more than any cache"""
N_DRAWS = 4_000_000
REPEATS = 8


class Floors(NamedTuple):
    """Bytes read a second on one and on two threads, draws a second on one."""

    bytes_per_second: float
    bytes_per_second_of_two: float
    draws_per_second: float

    def seconds(self, moved: float, drawn: float) -> float:
        """The least time on one thread in which so much can be moved and drawn, both at once."""
        return max(moved / self.bytes_per_second, drawn / self.draws_per_second)


def measure_floors() -> Floors:
    """Measure them, best of a few."""
    read, draw = _kernels()
    values = np.ones(ARRAY_BYTES // 8, np.int64)
    halves = np.split(values, 2)
    read(values[:8])
    draw(8)
    one = _best(lambda: read(values))
    with ThreadPoolExecutor(2) as pool:
        two = _best(lambda: list(pool.map(read, halves)))
    drawing = _best(lambda: draw(N_DRAWS))
    return Floors(ARRAY_BYTES / one, ARRAY_BYTES / two, N_DRAWS / drawing)


def _best(work: Callable[[], Any]) -> float:
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def _kernels() -> tuple[Any, Any]:
    import numba

    from uprising.kernel.draws import words

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

    return read, draw
