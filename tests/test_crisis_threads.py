"""Work spread over threads: all of it is done, phase after phase, and what went wrong is told."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest

from patience import HANGS_SECONDS
from uprising.crisis.threads import spread
from uprising.kernel.engine.intrinsics import take

LENGTH = 1000
MANY = 2_000_000


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_phase_begins_when_the_one_before_is_over(threads: int) -> None:
    done = np.zeros(LENGTH, np.int64)
    seen: list[int] = []

    def work(_: int, first: int, last: int) -> None:
        done[first:last] += 1

    def look(_: int, first: int, last: int) -> None:
        seen.append(int(done.sum()))

    with ThreadPoolExecutor(threads) as pool:
        spread(pool if threads > 1 else None, threads, (work, LENGTH), (look, LENGTH))
    assert (done == 1).all()
    assert set(seen) == {LENGTH}


@pytest.mark.parametrize("threads", [2, 3, 4])
def test_the_thread_that_failed_says_why(threads: int) -> None:
    """The last one fails when all others wait for it: they have nothing to say."""
    all_work = threading.Barrier(threads)
    has_begun = [False] * threads

    def work(worker: int, first: int, last: int) -> None:
        if not has_begun[worker]:
            has_begun[worker] = True
            all_work.wait(HANGS_SECONDS)
        if worker == threads - 1:
            time.sleep(0.05)
            raise ValueError("a fault in the work")

    with ThreadPoolExecutor(threads) as pool, pytest.raises(ValueError, match="a fault in the work"):
        spread(pool, threads, (work, LENGTH), (work, LENGTH))


@numba.njit(nogil=True)
def mark(counter, n, marks):
    """Mark what is taken, one at a time."""
    k = take(counter, 1)
    while k < n:
        marks[k] += 1
        k = take(counter, 1)


def test_no_two_threads_take_the_same() -> None:
    mark(np.zeros(1, np.int64), 1, np.zeros(1, np.uint8))  # compiled before
    counter, marks = np.zeros(1, np.int64), np.zeros(MANY, np.uint8)
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(mark, counter, MANY, marks) for _ in range(4)]:
            done.result()
    assert (marks == 1).all()
    assert counter[0] == MANY + 4, "each thread found once that none is left"
