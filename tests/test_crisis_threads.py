"""Work spread over threads: all of it is done, phase after phase, and what went wrong is told."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
import pytest

from patience import HANGS_SECONDS
from uprising.crisis import threads
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


QUOTAS = {
    "version 2": ("0::/job/step\n", {"job/step/cpu.max": "250000 100000\n", "cpu.max": "max 100000\n"}, 2.5),
    "version 2, above": ("0::/job/step\n", {"job/step/cpu.max": "max 100000\n", "job/cpu.max": "50000 100000\n"}, 0.5),
    "version 2, seen from inside": ("0::/../of/the/machine\n", {"cpu.max": "300000 100000\n"}, 3.0),
    "version 1": (
        "5:memory:/a\n4:cpu,cpuacct:/a\n",
        {"cpu/a/cpu.cfs_quota_us": "150000\n", "cpu/a/cpu.cfs_period_us": "100000\n"},
        1.5,
    ),
    "version 1, no limit": (
        "4:cpu,cpuacct:/a\n",
        {"cpu/a/cpu.cfs_quota_us": "-1\n", "cpu/a/cpu.cfs_period_us": "100000\n"},
        None,
    ),
    "no limit": ("0::/\n", {"cpu.max": "max 100000\n"}, None),
    "no such files": ("0::/\n", {}, None),
    "nonsense": ("what\n", {"cpu.max": "many\n"}, None),
    "nonsense in the file": ("0::/\n", {"cpu.max": "5 0\n"}, None),
}


@pytest.mark.parametrize("name", QUOTAS)
def test_a_containers_quota_of_processor_time_is_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, files, expected = QUOTAS[name]
    monkeypatch.setattr(threads, "OWN_GROUP", tmp_path / "own")
    monkeypatch.setattr(threads, "CONTROL_GROUPS", tmp_path / "groups")
    (tmp_path / "own").write_text(own)
    for file, text in files.items():
        (tmp_path / "groups" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "groups" / file).write_text(text)
    assert threads.processor_quota() == expected
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert threads.available_cores() == (cores if expected is None else max(1, min(cores or 1, int(expected))))
