"""Runs an hour of an ensemble against the ideal: time of one run alone x runs / workers.

    python benchmarks/ensemble.py [--runs 20] [--workers 2] [--scale 0.01] [--until DATE] [--threads] [--json]

The ideal leaves out what an ensemble adds: starting workers, compiling, writing, merging. Two rates are
given: by the clock, which others on the machine disturb, and by processor time, which they hardly do.
`--threads` runs the same ensemble in threads of one process as well.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import uprising

GOAL = 0.9
MOST_BYTES = 2e9


def processor_seconds() -> float:
    """Processor time of this process and its children that have ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def alone(case: Any, scale: float, until: str | None) -> tuple[float, float]:
    """Seconds by the clock and of processor time that one run takes on one thread when all is compiled."""
    uprising.run(case, seed=1, scale=scale, until=until, threads=1)
    found = []
    for seed in (1956, 1957, 1958):
        began, spent = time.perf_counter(), processor_seconds()
        uprising.run(case, seed=seed, scale=scale, until=until, threads=1)
        found.append((time.perf_counter() - began, processor_seconds() - spent))
    return min(t for t, _ in found), min(c for _, c in found)


def together(case: Any, scale: float, until: str | None, runs: int, workers: int, executor: Executor | None):  # type: ignore[no-untyped-def]
    """Seconds by the clock and of processor time of an ensemble, and the most memory of its processes."""
    with tempfile.TemporaryDirectory() as folder:
        began, spent = time.perf_counter(), processor_seconds()
        study = uprising.ensemble(
            case,
            runs=runs,
            scale=scale,
            until=until,
            workers=workers,
            executor=executor,
            out=Path(folder) / "e",
        )
        clock, processor = time.perf_counter() - began, processor_seconds() - spent
        peaks = study.runs["peak_bytes"]
        return clock, processor, int(peaks.max())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--case", default="hungary-1956")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--scale", type=float, default=0.01)
    parser.add_argument("--until")
    parser.add_argument("--threads", action="store_true", help="the same in threads of one process, too")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    case = uprising.load_case(asked.case)
    one_clock, one_processor = alone(case, asked.scale, asked.until)
    ways: list[tuple[str, Executor | None]] = [("processes", None)]
    if asked.threads:
        ways.append(("threads", ThreadPoolExecutor(asked.workers)))
    rows = []
    for way, executor in ways:
        clock, processor, peak = together(case, asked.scale, asked.until, asked.runs, asked.workers, executor)
        # the driver of processes holds about as much as a worker
        memory = peak if executor is not None else peak * (asked.workers + 1)
        rows.append(
            {
                "way": way,
                "runs": asked.runs,
                "workers": asked.workers,
                "scale": asked.scale,
                "seconds_alone": round(one_clock, 3),
                "seconds": round(clock, 3),
                "runs_per_hour": round(3600 * asked.runs / clock, 1),
                "share_of_ideal_clock": round(one_clock * asked.runs / asked.workers / clock, 3),
                "share_of_ideal_processor": round(one_processor * asked.runs / processor, 3),
                "goal": GOAL,
                "memory_bytes_at_most": memory,
                "memory_goal": MOST_BYTES,
            }
        )
    if asked.json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print(
            f"{row['way']}: {row['runs']} runs on {row['workers']} workers in {row['seconds']} s, "
            f"{row['runs_per_hour']} an hour; one alone {row['seconds_alone']} s; "
            f"{row['share_of_ideal_clock']:.0%} of the ideal by the clock, "
            f"{row['share_of_ideal_processor']:.0%} by processor time (goal {GOAL:.0%}); "
            f"memory at most {row['memory_bytes_at_most'] / 1e9:.2f} GB",
            file=sys.stdout,
        )


if __name__ == "__main__":
    main()
