"""Work spread over threads: all of it is done, phase after phase, and what went wrong is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from uprising.clocks.threads import spread

LENGTH = 1000


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
    """Not one of those who waited for it; every time, whichever thread it was."""

    def work(worker: int, first: int, last: int) -> None:
        if first == 0:
            raise ValueError("a fault in the work")

    with ThreadPoolExecutor(threads) as pool:
        for _ in range(50):
            with pytest.raises(ValueError, match="a fault in the work"):
                spread(pool, threads, (work, LENGTH), (work, LENGTH))
