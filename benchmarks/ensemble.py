"""Runs an hour of an ensemble against the ideal: time of one run alone x runs / workers.

    python benchmarks/ensemble.py [--runs 20] [--workers 2] [--scale 0.01] [--until DATE] [--threads] [--json]

The ideal leaves out what an ensemble adds: preparing, starting workers, writing, merging. Two shares of it are given.
By the clock: true on a machine that does nothing else. By processor time, which others on the machine hardly disturb:
what the ensemble would take were the machine its own, that is the driver's time before and after the runs, when other
cores wait, and in between the time of driver and workers over the number of workers. One run alone is timed before
and after the ensemble, because a busy machine makes every run slower, alone or not.

`--threads` runs the same in threads of one process; there only the clock counts, since threads that wait for Python's
global lock use no processor. Memory is that of all processes together (pages that they share counted once), looked at
whenever a run is done.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import uprising
from uprising.benchmark.table import AT_LEAST, AT_MOST, Row

GOAL = 0.9
RUNS_PER_HOUR = 10_000
MOST_BYTES = 2e9
SCALE = 0.01
ALONE = 3


class Moment(NamedTuple):
    """Seconds by the clock, and processor time of this process and of its children that have ended."""

    clock: float
    own: float
    children: float


def now() -> Moment:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return Moment(time.perf_counter(), own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime)


def alone(case: Any, scale: float, until: str | None) -> Iterator[tuple[float, float]]:
    """Seconds by the clock and of processor time that runs take on one thread when all is compiled."""
    for seed in range(1956, 1956 + ALONE):
        before = now()
        uprising.run(case, seed=seed, scale=scale, until=until, threads=1)
        after = now()
        yield after.clock - before.clock, after.own - before.own


class Ensemble(NamedTuple):
    """What an ensemble took."""

    clock: float
    undisturbed: float
    """seconds by the clock were the machine its own, estimated from processor time"""
    processor: float
    memory: int


def together(
    case: Any, scale: float, until: str | None, runs: int, workers: int, executor: Executor | None
) -> Ensemble:
    moments: list[Moment] = []
    memory = [0]

    def note(stage: str, done: int, *_: Any) -> None:
        if stage == "runs":
            moments.append(now())
            memory.append(memory_of_all())

    with tempfile.TemporaryDirectory() as folder:
        began = now()
        uprising.ensemble(
            case,
            runs=runs,
            scale=scale,
            until=until,
            workers=workers,
            executor=executor,
            out=Path(folder) / "e",
            progress=note,
        )
        ended = now()
    first, last = moments[0], moments[-1]
    children = ended.children - began.children
    undisturbed = (
        (first.own - began.own) + (last.own - first.own + children) / workers + (ended.own - last.own)
    )
    return Ensemble(ended.clock - began.clock, undisturbed, ended.own - began.own + children, max(memory))


def memory_of_all() -> int:
    """Bytes of this process and its children, each page's share by who uses it; 0 where the system can't tell."""
    total = 0
    for process in ["self", *children()]:
        try:
            text = Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        total += int(re.findall(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)[0]) * 1024
    return total


def children() -> list[str]:
    """Ids of this process' children."""
    found = []
    for entry in Path("/proc/self/task").glob("*/children"):
        found += entry.read_text().split()
    return found


def targets(row: dict[str, Any], is_whole: bool) -> list[Row]:
    """The figures in the form of `uprising bench --json`; goals are those of whole runs at 1 %."""
    name = f"{row['runs']} runs at {row['scale']:g} in {row['way']} on {row['workers']} cores"
    clock, undisturbed = row["share_of_ideal_clock"], row["share_of_ideal_undisturbed"]
    rate, share, memory = (RUNS_PER_HOUR, 100 * GOAL, MOST_BYTES / 1e9) if is_whole else (None, None, None)
    return [
        Row(f"{name}: runs per hour", row["runs_per_hour"], "", rate, AT_LEAST,
            f"one alone {row['seconds_alone']:g} s, {row['processor_seconds_alone']:g} s of processor time"),
        Row(f"{name}: share of the ideal rate", 100 * (undisturbed or clock), "%", share, AT_LEAST,
            f"{clock:.0%} by the clock"),
        Row(f"{name}: memory", row["memory_bytes"] / 1e9, "GB", memory, AT_MOST),
    ]  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--case", default="hungary-1956")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--scale", type=float, default=SCALE)
    parser.add_argument("--until")
    parser.add_argument("--threads", action="store_true", help="the same in threads of one process, too")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    case = uprising.load_case(asked.case)
    uprising.run(case, seed=1, scale=asked.scale, until=asked.until, threads=1)
    ways: list[tuple[str, Executor | None]] = [("processes", None)]
    if asked.threads:
        ways.append(("threads", ThreadPoolExecutor(asked.workers)))
    rows = []
    singles = list(alone(case, asked.scale, asked.until))
    for way, executor in ways:
        found = together(case, asked.scale, asked.until, asked.runs, asked.workers, executor)
        after = list(alone(case, asked.scale, asked.until))
        clock, processor = (statistics.median(column) for column in zip(*singles, *after, strict=True))
        singles = after
        ideal = asked.runs / asked.workers
        rows.append(
            {
                "way": way,
                "runs": asked.runs,
                "workers": asked.workers,
                "scale": asked.scale,
                "seconds_alone": round(clock, 3),
                "processor_seconds_alone": round(processor, 3),
                "seconds": round(found.clock, 3),
                "processor_seconds": round(found.processor, 3),
                "runs_per_hour": round(3600 * asked.runs / found.clock, 1),
                "share_of_ideal_clock": round(clock * ideal / found.clock, 3),
                "share_of_ideal_undisturbed": (
                    round(processor * ideal / found.undisturbed, 3) if executor is None else None
                ),
                "goal": GOAL,
                "memory_bytes": found.memory,
                "memory_goal": MOST_BYTES,
                "load": [round(load, 2) for load in os.getloadavg()],
            }
        )
    if asked.json:
        is_whole = asked.scale == SCALE and asked.until is None
        print(json.dumps([each.as_json() for row in rows for each in targets(row, is_whole)], indent=2))
        return
    for row in rows:
        share = row["share_of_ideal_undisturbed"]
        print(
            f"{row['way']}: {row['runs']} runs on {row['workers']} workers in {row['seconds']} s, "
            f"{row['runs_per_hour']} an hour; one alone {row['seconds_alone']} s; "
            f"{row['share_of_ideal_clock']:.0%} of the ideal by the clock"
            + (f", {share:.0%} by processor time" if share is not None else "")
            + f" (goal {GOAL:.0%}); memory {row['memory_bytes'] / 1e9:.2f} GB (goal {MOST_BYTES / 1e9:g}); "
            f"load of the machine {row['load'][0]}",
            file=sys.stdout,
        )


if __name__ == "__main__":
    main()
