"""Progress of a run on standard error: simulated date, people per second, time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

STAGES = {"people": "synthesising the people", "compile": "compiling", "crisis": "crisis"}
REDRAW_SECONDS = 0.1


@contextmanager
def showing(quiet: bool) -> Iterator[Callable[[str, int, int, Any, int], None] | None]:
    """Show progress while the block runs; nothing when quiet or when standard error is no terminal.

    Yields
    ------
    callable or None
        To be called as progress(stage, done, total, simulated time, person-steps).
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[simulated]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        console=Console(stderr=True),
        transient=True,
    )
    tasks: dict[str, Any] = {}
    begun: dict[str, tuple[float, int]] = {}
    drawn = 0.0

    def progress(stage: str, done: int, total: int, simulated: Any, person_steps: int) -> None:
        nonlocal drawn
        moment = time.monotonic()
        if stage not in tasks:
            tasks[stage] = bars.add_task(STAGES.get(stage, stage), total=total, simulated="", rate="")
            begun[stage] = (moment, person_steps)
        if done < total and moment - drawn < REDRAW_SECONDS:
            return
        drawn = moment
        since, before = begun[stage]
        seconds = moment - since
        rate = (
            f"{(person_steps - before) / seconds / 1e6:,.1f} million people/s"
            if person_steps and seconds > 0
            else ""
        )
        date = str(simulated)[:16].replace("T", " ") if simulated is not None else ""
        bars.update(tasks[stage], completed=done, total=total, simulated=date, rate=rate)
        if done >= total:
            bars.update(tasks[stage], visible=stage == "crisis")

    with bars:
        yield progress
