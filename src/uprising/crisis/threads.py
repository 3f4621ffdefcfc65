"""Work of a step spread over threads."""

from __future__ import annotations

import contextlib
import math
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PIECES = 8
"""ranges of work for each thread: so many that none waits long for the last"""
LEAST = 4
"""pieces of work that a thread takes at least, where it takes ranges of them by itself"""
Phase = tuple[Callable[[int, int, int], None], int]
"""work, and over how many pieces it may be spread: work(worker, first, last) does a range of them"""


CONTROL_GROUPS = Path("/sys/fs/cgroup")
"""where Linux shows how much processor time a container or a job of a scheduler may take"""
OWN_GROUP = Path("/proc/self/cgroup")


def available_cores() -> int:
    """Count the cores that this process may use: at least 1, and no more than its container's quota allows."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = processor_quota()
    return cores if quota is None else max(1, min(cores, math.floor(quota)))


def processor_quota() -> float | None:
    """Read how many cores' time the control groups of this process grant (Linux); None where nothing limits it.

    The group itself and all above it count, the smallest first: version 2 writes "quota period" into cpu.max,
    version 1 two files, in microseconds.
    """
    try:
        lines = OWN_GROUP.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    granted = []
    for line in lines:
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers == "":
            root, read = CONTROL_GROUPS, _quota_of_version_2
        elif "cpu" in controllers.split(","):
            root, read = CONTROL_GROUPS / "cpu", _quota_of_version_1
        else:
            continue
        group = root / path.strip("/")
        # in a container the path may be that of the machine outside: then only the root of what is seen is there
        for folder in (group, *group.parents):
            if folder != root and root not in folder.parents:
                break
            with contextlib.suppress(OSError, ValueError, ZeroDivisionError):
                granted.append(read(folder))
    smallest = min(granted, default=math.inf)
    return None if smallest == math.inf else smallest


def _quota_of_version_2(folder: Path) -> float:
    quota, period = (folder / "cpu.max").read_text(encoding="utf-8").split()
    return math.inf if quota == "max" else int(quota) / int(period)


def _quota_of_version_1(folder: Path) -> float:
    quota, period = (
        int((folder / f"cpu.cfs_{name}_us").read_text(encoding="utf-8")) for name in ("quota", "period")
    )
    return math.inf if quota < 0 else quota / period


def ranges_for(length: int, threads: int) -> NDArray[np.int64]:
    """[r + 1] edges of the ranges of 0..length that threads take one after the other.

    Long at first, since what follows each other in memory is asked for ahead, and short in the end, so that none
    waits long for the last (Polychronopoulos and Kuck 1987, doi:10.1109/TC.1987.5009495).
    """
    edges = [0]
    while edges[-1] < length:
        left = length - edges[-1]
        edges.append(edges[-1] + (left if threads == 1 else min(left, max(LEAST, left // (4 * threads)))))
    return np.array(edges, np.int64)


def spread(executor: Executor | None, threads: int, *phases: Phase) -> None:
    """For each (work, length), one after the other, run work(worker, first, last) on ranges of 0..length.

    Ranges of a phase go across threads, where there are any: each thread, this one among them, takes the next
    range when it is done with one. What one phase needs of another is there: it begins when that one is over.
    """
    if executor is None:
        for work, length in phases:
            work(0, 0, length)
        return
    left = []
    for _, length in phases:
        edges = np.linspace(0, length, PIECES * threads + 1).astype(np.int64).tolist()
        left.append(deque((a, b) for a, b in pairwise(edges) if b > a))
    over = threading.Barrier(threads)

    def take(worker: int) -> None:
        try:
            for n, (work, _) in enumerate(phases):
                if n > 0:
                    over.wait()
                while left[n]:
                    try:
                        first, last = left[n].popleft()
                    except IndexError:  # another thread was faster
                        break
                    work(worker, first, last)
        except BaseException:
            over.abort()
            raise

    others = [executor.submit(take, worker) for worker in range(1, threads)]
    with contextlib.suppress(threading.BrokenBarrierError):  # the thread that failed says why, below
        take(0)
    failed = [error for error in (other.exception() for other in others) if error is not None]
    # who only waited for another has nothing to say of what went wrong
    failed.sort(key=lambda error: isinstance(error, threading.BrokenBarrierError))
    if failed:
        raise failed[0]
