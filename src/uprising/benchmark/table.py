"""The table of targets: what is wanted, what this machine reaches, and where the time goes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from uprising.benchmark.floors import Floors, measure_floors
from uprising.benchmark.measuring import (
    Command,
    RunTime,
    first_start,
    other_benchmarks,
    quickest,
    quickest_run,
    run_command,
    time_run,
    warm_up,
    whole_command,
)
from uprising.errors import UserError

SMALL, MIDDLE, WHOLE = 0.01, 0.1, 1.0
MOST_KERNELS = 12
AT_MOST, AT_LEAST = "at most", "at least"
AS_TOLD = ("target", "measured", "unit", "goal", "sense", "note")
"""what a row that another benchmark printed holds, in the order of `Row`"""


class Row(NamedTuple):
    """A line of the table; `goal` and `sense` are None for what is only told."""

    target: str
    measured: float
    unit: str
    goal: float | None = None
    sense: str | None = None
    note: str = ""
    details: dict[str, float] = {}  # noqa: RUF012 - never changed
    again: float | None = None
    """measured a second time"""

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        if self.goal is None:
            return None
        return bool(self.measured <= self.goal if self.sense == AT_MOST else self.measured >= self.goal)

    @property
    def apart(self) -> float:
        """How far the two measurements are from each other, as a share of the smaller."""
        if self.again is None:
            return 0.0
        small, large = sorted((self.measured, self.again))
        return float((large - small) / small) if small else 0.0

    def as_json(self) -> dict[str, Any]:
        """For `uprising bench --json`."""
        return {
            "target": self.target,
            "measured": float(f"{self.measured:.4g}"),
            "goal": self.goal,
            "sense": self.sense,
            "unit": self.unit,
            "pass": self.is_met,
            "note": self.note,
            **({} if self.again is None else {"again": float(f"{self.again:.4g}")}),
            **{name: float(f"{value:.4g}") for name, value in self.details.items()},
        }


def figure(measured: float, unit: str) -> str:
    """A figure to read, with its unit.

    Examples
    --------
    >>> figure(2617.4, "runs"), figure(0.0291, "s")
    ('2,617 runs', '0.0291 s')
    """
    digits = f"{measured:,.0f}" if abs(measured) >= 1000.0 else f"{measured:.3g}"
    return f"{digits} {unit}".rstrip()


Tell = Callable[[str], None]


def bench(
    case: str = "hungary-1956", *, quick: bool = False, until: str | None = None, tell: Tell | None = None
) -> list[Row]:
    """Measure speed and memory on this machine.

    Parameters
    ----------
    case
        Name or folder of the case.
    quick
        Leave out everything at the scale of 1 and the first start with empty caches.
    until
        Last day of the runs; the targets hold for the whole crisis.
    tell
        Called with what is measured next.

    Returns
    -------
    list of Row
        First the targets, then the machine, stages and kernels.
    """
    import uprising

    tell = tell or (lambda words: None)
    world = uprising.load_case(case)
    tell("what memory and processor can do")
    floors = measure_floors()
    tell("start-up")
    rows = start_up()
    tell("first run of all: compiling where that is needed")
    warm_up(world, until)
    times = []
    for scale in (SMALL, MIDDLE) if quick else (SMALL, MIDDLE, WHOLE):
        tell(f"scale {scale:g} on one thread")
        if scale == WHOLE:
            # people are built and kept here, not where time is taken
            uprising.run(world, scale=WHOLE, until=_first_steps(world))
        times.append(time_run(world, scale=scale, threads=1, floors=floors, until=until))
    rows += small(world, until)
    if not quick:
        rows += growth(times)
        tell("the whole country on two threads")
        pair = time_run(world, scale=WHOLE, threads=2, floors=floors, until=until)
        tell("the whole country, from the command to the finished folder")
        command, summary = whole_command(str(world.folder), WHOLE, until)
        rows += whole(times[-1], pair, command, summary)
        tell("first start: nothing compiled, no people kept")
        start = first_start(world, WHOLE)
        name = "first start: people built, kernels compiled"
        rows.append(Row(name, start.clock, "s", 40.0, AT_MOST, _processor(start.processor)))
    rows += limits(times[-1])
    rows += machine(floors)
    return [*rows, *stages(times[-1]), *kernels(times[-1])]


def beside(folder: Path, tell: Tell | None = None, peers: Path | None = None) -> list[Row]:
    """Run the other benchmarks of a checkout: Epstein's model, ensembles, more people; peers where asked for.

    Parameters
    ----------
    folder
        The checkout's `benchmarks`.
    tell
        Called with what is run next.
    peers
        Folder that holds the environments of other frameworks; without it they are left out.

    Raises
    ------
    UserError
        There are none here: they belong to a checkout of the project; or one of them failed.
    """
    commands = other_benchmarks(folder, peers)
    if not commands:
        raise UserError(
            f"there are no benchmarks in {folder.resolve()}; --all is for a checkout of the project"
        )
    found = []
    for words in commands:
        if tell is not None:
            tell(" ".join(words))
        try:
            told = json.loads(run_command(words).out)
        except subprocess.CalledProcessError as error:
            raise UserError(f"{words[0]} failed; above it says why") from error
        found += [Row(*(row[name] for name in AS_TOLD)) for row in told]
    return found


def start_up() -> list[Row]:
    """How long a user waits for an answer that needs no work."""
    return [
        Row("uprising --help", quickest(["-m", "uprising", "--help"]), "s", 0.3, AT_MOST),
        Row("import uprising", quickest(["-c", "import uprising"]), "s", 0.3, AT_MOST),
        Row("python alone", quickest(["-c", "pass"]), "s"),
    ]


def small(case: Any, until: str | None) -> list[Row]:
    """The run of which calibration needs thousands, as an ensemble does it: without a stopwatch or a folder."""
    name, best = f"a run at {SMALL:.0%}, after start-up", quickest_run(case, SMALL, until)
    return [Row(name, best.clock, "s", 0.25, AT_MOST, _processor(best.processor))]


def growth(times: list[RunTime]) -> list[Row]:
    """Processor time of kernels by people, against the smallest run."""
    first, found = times[0], []
    for run in times[1:]:
        factor = (run.kernel_seconds() / first.kernel_seconds()) / (run.people / first.people)
        found.append(
            Row(
                f"kernels from {first.scale:.0%} to {run.scale:.0%} of the people, against linear",
                factor,
                "times",
                1.2,
                AT_MOST,
                f"{first.kernel_seconds():.2f} s to {run.kernel_seconds():.2f} s",
            )
        )
    return found


def whole(one: RunTime, two: RunTime, command: Command, summary: dict[str, Any]) -> list[Row]:
    """The country person by person."""
    ratio = one.steps().clock / two.steps().clock
    return [
        Row("whole country: command to finished folder", command.clock, "s", 8.0, AT_MOST,
            _processor(command.processor)),
        Row("whole country: kernels, two threads", two.busy, "s", 6.0, AT_MOST),
        Row("whole country: kernels, one thread", one.kernel_seconds(), "s", None, None, "processor time"),
        Row("whole country: peak memory", (summary["peak_bytes"] or 0) / 1e9, "GB", 1.0, AT_MOST),
        Row("whole country: two threads against one, kernels", one.busy / two.busy, "times", 1.7, AT_LEAST),
        Row("whole country: two threads against one, all steps", ratio, "times"),
    ]  # fmt: skip


def limits(run: RunTime) -> list[Row]:
    """How near a run is to what the machine can do, and what writing costs."""
    name = f"scale {run.scale:g}, one thread"
    total = run.total().processor
    return [
        Row(f"{name}: whole run against its floor", total / run.floor(), "times", 3.0, AT_MOST,
            f"{total:.2f} s, floor {run.floor():.2f} s"),
        Row(f"{name}: kernels against their floor", run.kernel_seconds() / run.floor(), "times"),
        Row(f"{name}: kernels on the quietest day against the dearest", 100.0 * run.quiet(), "%", None, None,
            f"the quietest costs {1e9 * min(run.days) / run.people:.3g} ns a person"),
        Row(f"{name}: recording and writing", 100.0 * run.writing(), "%", 10.0, AT_MOST),
    ]  # fmt: skip


def machine(floors: Floors) -> list[Row]:
    """What the figures stand on; a load above the benchmark's own makes them worse."""
    rows = []
    for name, unit, size, one, two in (
        ("memory read", "GB/s", 1e9, floors.bytes_per_second, floors.bytes_per_second_of_two),
        ("random draws", "million/s", 1e6, floors.draws_per_second, floors.draws_per_second_of_two),
        (
            "far-apart lines fetched",
            "million/s",
            1e6,
            floors.lines_per_second,
            floors.lines_per_second_of_two,
        ),
    ):
        rows.append(Row(f"{name} by one thread", one / size, unit))
        rows.append(Row(f"{name} by two threads", two / size, unit, note=f"{two / one:.2f} times one"))
    if hasattr(os, "getloadavg"):
        cores = f"{os.cpu_count()} cores"
        rows.append(Row("processes that want a core, of late", os.getloadavg()[0], "", note=cores))
    return rows


def stages(run: RunTime) -> list[Row]:
    """Where the time of a run goes."""
    total = run.total().processor
    return [
        Row(f"stage: {name}", stage.processor, "s", details={"share": stage.processor / total})
        for name, stage in run.stages.items()
    ]


def kernels(run: RunTime) -> list[Row]:
    """Kernels by processor time, each with what it moved and drew and how far it is from the least time for that."""
    return [
        Row(
            f"kernel: {kernel.kernel}",
            kernel.processor,
            "s",
            details={
                "calls": kernel.calls,
                "bytes_moved": kernel.moved,
                "draws": kernel.drawn,
                "floor_seconds": kernel.floor,
            },
        )
        for kernel in run.kernels[:MOST_KERNELS]
    ]


def _processor(seconds: float) -> str:
    """Said beside times by the clock, which other work on the machine makes longer."""
    return f"{seconds:.3g} s of processor time"


def _first_steps(case: Any) -> str:
    import numpy as np

    calendar = case.settings.calendar
    moment = np.datetime64(calendar.start) + np.timedelta64(2 * calendar.step_minutes, "m")
    return str(moment.astype("datetime64[m]"))
