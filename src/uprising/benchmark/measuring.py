"""What is measured: runs in this process, and the command line as a user meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import uprising
from uprising.benchmark.floors import Floors
from uprising.benchmark.stopwatch import Stage, Stopwatch, measured

TRIES = 5
MINUTES_A_DAY = 24 * 60
BEFORE_STEPS = ("case", "people", "preparation")
WRITING = ("record", "end")


class KernelTime(NamedTuple):
    """All calls of a kernel in a run on one thread, in seconds, bytes and draws."""

    kernel: str
    calls: int
    clock: float
    processor: float
    moved: float
    drawn: float
    floor: float


class RunTime(NamedTuple):
    """Where the time of a run went."""

    scale: float
    threads: int
    people: int
    stages: dict[str, Stage]
    kernels: list[KernelTime]
    busy: float
    """seconds by the clock in which a kernel was at work"""
    days: list[float]
    """processor time of each day's kernels, in order; on one thread only"""

    def steps(self) -> Stage:
        """All steps, without what comes before them."""
        chosen = [stage for name, stage in self.stages.items() if name not in (*BEFORE_STEPS, "end")]
        return Stage(*(sum(column) for column in zip(*chosen, strict=True)))

    def total(self) -> Stage:
        """The whole run."""
        return Stage(*(sum(column) for column in zip(*self.stages.values(), strict=True)))

    def writing(self) -> float:
        """Share of processor time that goes into recording and writing."""
        return sum(self.stages[name].processor for name in WRITING) / self.total().processor

    def kernel_seconds(self) -> float:
        """Processor time of kernels."""
        return sum(kernel.processor for kernel in self.kernels)

    def quiet(self) -> float:
        """What kernels take on the quietest day, as a share of the dearest."""
        return min(self.days) / max(self.days)

    def floor(self) -> float:
        """The least time in which so much can be moved and drawn, kernel by kernel."""
        return sum(kernel.floor for kernel in self.kernels)


def time_run(
    case: Any, *, scale: float, threads: int, floors: Floors, until: str | None, seed: int = 1956
) -> RunTime:
    """Run a case in this process, with a folder, and take its time; everything must be compiled before."""
    watch = Stopwatch(with_traffic=threads == 1)
    with tempfile.TemporaryDirectory(prefix="uprising-") as folder, measured(watch):
        result = uprising.run(
            case, seed=seed, scale=scale, until=until, threads=threads, out=Path(folder) / "run", lap=watch
        )
        people = int(result.summary["people"])
    days = _by_day(watch, MINUTES_A_DAY // case.settings.calendar.step_minutes)
    return RunTime(scale, threads, people, watch.stages, _by_kernel(watch, floors), watch.busy(), days)


def quickest_run(case: Any, scale: float, until: str | None, seed: int = 1956) -> Stage:
    """Time of a run on one thread in this process that is kept in memory, the best of a few."""
    tries = []
    for _ in range(TRIES):
        began, spent = time.perf_counter(), time.process_time()
        uprising.run(case, seed=seed, scale=scale, until=until, threads=1)
        tries.append(Stage(time.perf_counter() - began, time.process_time() - spent))
    return min(tries)


def other_benchmarks(folder: Path, peers: Path | None = None) -> list[list[str]]:
    """Commands of the benchmarks beside this one, in a checkout; each prints rows of the same form as JSON."""
    found = [["epstein.py"], ["ensemble.py", "--runs", "200"], ["copies.py"]]
    if peers is not None:
        found.append(["peers/compare.py", "--environments", str(peers)])
    return [[str(folder / name), *words, "--json"] for name, *words in found if (folder / name).is_file()]


def warm_up(case: Any, until: str | None) -> None:
    """Compile or load every kernel: a small run to its end."""
    uprising.run(case, seed=1956, scale=0.01, until=until, threads=1)


def _by_kernel(watch: Stopwatch, floors: Floors) -> list[KernelTime]:
    found: dict[str, KernelTime] = {}
    for call in watch.calls:
        known = found.get(call.kernel, KernelTime(call.kernel, 0, 0.0, 0.0, 0.0, 0.0, 0.0))
        found[call.kernel] = KernelTime(
            call.kernel,
            known.calls + 1,
            known.clock + call.ended - call.began,
            known.processor + call.processor,
            known.moved + call.moved,
            known.drawn + call.drawn,
            known.floor + floors.seconds(call.moved, call.drawn),
        )
    return sorted(found.values(), key=lambda kernel: -kernel.processor)


def _by_day(watch: Stopwatch, steps_a_day: int) -> list[float]:
    """Processor time of kernels by day, a step being counted from one sweep to the next.

    What is left of a day at the end is left out, unless the run is shorter than a day.
    """
    steps: list[float] = []
    for call in watch.calls:
        if call.kernel == "decision.sweep.sweep":
            steps.append(0.0)
        if steps:
            steps[-1] += call.processor
    n_days = max(len(steps) // steps_a_day, 1)
    return [sum(steps[day * steps_a_day : (day + 1) * steps_a_day]) for day in range(n_days)]


class Command(NamedTuple):
    """A command that was run to its end: seconds by the clock and of processor time, and what it printed."""

    clock: float
    processor: float
    out: str


def run_command(words: Sequence[str], **environment: str) -> Command:
    """Run this program's command line in a process of its own."""
    began, spent = time.perf_counter(), _children_seconds()
    done = subprocess.run(
        [sys.executable, *words],
        check=True,
        stdout=subprocess.PIPE,
        env=_environment() | environment,
        text=True,
    )
    return Command(time.perf_counter() - began, _children_seconds() - spent, done.stdout)


def _children_seconds() -> float:
    """Processor time of all processes started here that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _environment() -> dict[str, str]:
    """Of this process, with this very package in reach."""
    package = str(Path(uprising.__file__).resolve().parents[1])
    paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


def quickest(words: Sequence[str]) -> float:
    """Seconds of a command, best of a few."""
    return min(run_command(words).clock for _ in range(TRIES))


def whole_command(case: str, scale: float, until: str | None) -> tuple[Command, dict[str, Any]]:
    """From the command to the finished run folder, and the run's summary."""
    with tempfile.TemporaryDirectory(prefix="uprising-") as folder:
        words = ["-m", "uprising", "run", case, "--scale", str(scale), "--out", f"{folder}/run", "--json"]
        done = run_command([*words, *(["--until", until] if until else [])])
        summary: dict[str, Any] = json.loads(done.out)
    return done, summary


def first_start(case: Any, scale: float, keep: bool = False) -> Command:
    """The command until people are built, kernels compiled and the first step done, with nothing kept from before.

    With `keep` the user's own caches are used and filled, so that the next start finds all ready.
    """
    import numpy as np

    calendar = case.settings.calendar
    second = np.datetime64(calendar.start) + np.timedelta64(calendar.step_minutes, "m")
    moment = str(second.astype("datetime64[m]"))
    words = ["-m", "uprising", "run", str(case.folder), "--scale", str(scale), "--until", moment, "--json"]
    if keep:
        return run_command(words)
    with tempfile.TemporaryDirectory(prefix="uprising-") as caches:
        return run_command(words, UPRISING_CACHE=f"{caches}/people", NUMBA_CACHE_DIR=f"{caches}/kernels")
