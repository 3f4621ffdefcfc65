"""How far the runs of a job are, and how long the rest will take.

What is done once, compiling, says nothing of the runs to come: it is left out of the estimate. There is no estimate
before a run has got far enough to tell.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

PEOPLE, COMPILE, CRISIS = "people", "compile", "crisis"
"""stages of a run, in their order"""
LEAST_SHARE = 0.05


@dataclass
class Lap:
    """A run under way; times in seconds on any clock."""

    began: float
    stage: str = PEOPLE
    stage_began: float = 0.0
    compiling: float = 0.0
    share: float = 0.0


class Pace:
    """Times of a job's runs.

    Parameters
    ----------
    total : runs of the job
    lanes : how many are computed at once

    Examples
    --------
    >>> pace = Pace(total=4, lanes=2)
    >>> pace.begin("a", now=0.0)
    >>> pace.tell("a", "compile", 0.0, now=2.0)
    >>> pace.seconds_left(now=30.0) is None
    True
    >>> pace.tell("a", "crisis", 0.0, now=52.0)
    >>> pace.tell("a", "crisis", 0.5, now=56.0)
    >>> pace.seconds_left(now=56.0)
    17.5
    """

    def __init__(self, total: int, lanes: int) -> None:
        self.total, self.lanes = total, max(lanes, 1)
        self.under_way: dict[Hashable, Lap] = {}
        self.taken: list[float] = []
        """seconds of each run that was computed, without compiling"""
        self.done = 0

    def begin(self, run: Hashable, now: float) -> None:
        """A run begins."""
        self.under_way[run] = Lap(now, stage_began=now)

    def tell(self, run: Hashable, stage: str, share: float, now: float) -> None:
        """A run is in a stage, and a share of its steps is done."""
        lap = self.under_way.get(run)
        if lap is None:
            return
        if stage != lap.stage:
            if lap.stage == COMPILE:
                lap.compiling += now - lap.stage_began
            lap.stage, lap.stage_began = stage, now
        lap.share = share

    def end(self, run: Hashable, now: float) -> None:
        """A run is done; one that never began was taken from an earlier job."""
        lap = self.under_way.pop(run, None)
        if lap is not None:
            self.taken.append(now - lap.began - lap.compiling)
        self.done += 1

    def stop(self) -> None:
        """Nothing goes on."""
        self.under_way.clear()

    @property
    def share(self) -> float:
        """Share of the job that is done, runs under way counted by their steps."""
        return (self.done + sum(lap.share for lap in list(self.under_way.values()))) / self.total

    def stage(self, now: float) -> tuple[str | None, float]:
        """The stage of the run that is furthest, and for how many seconds it has been in it; none between runs."""
        order = (PEOPLE, COMPILE, CRISIS)
        laps = list(self.under_way.values())
        if not laps:
            return None, 0.0
        first = max(laps, key=lambda lap: order.index(lap.stage))
        return first.stage, max(now - first.stage_began, 0.0)

    def seconds_left(self, now: float) -> float | None:
        """Seconds that the rest will take if it goes on like this; None while nothing tells."""
        laps = list(self.under_way.values())
        known = list(self.taken) or [
            lap.stage_began - lap.began - lap.compiling + (now - lap.stage_began) / lap.share
            for lap in laps
            if lap.stage == CRISIS and lap.share >= LEAST_SHARE
        ]
        if not known:
            return None
        each = sum(known) / len(known)
        waiting = self.total - self.done - len(laps)
        work = each * (waiting + sum(1.0 - lap.share for lap in laps))
        longest = each * max((1.0 - lap.share for lap in laps), default=1.0 if waiting > 0 else 0.0)
        return max(work / min(self.lanes, max(waiting + len(laps), 1)), longest)
