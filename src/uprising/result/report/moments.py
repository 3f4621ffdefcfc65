"""The moments at which a run is shown on maps: chosen from what happened in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from uprising.result.report.facts import Facts

MOST = 6
APART_HOURS = 6.0
LETTERS = "ABCDEFGH"


class Moment(NamedTuple):
    """A moment of a run."""

    letter: str
    step: int
    time: np.datetime64
    title: str


def choose_moments(facts: Facts) -> list[Moment]:
    """At most six moments in the order of time, hours apart; the important ones are taken first."""
    last = len(facts.times) - 1
    wanted: list[tuple[int, str]] = [
        *_at_event(facts, "shots", "First shots"),
        *_at_peak(facts, "crowd", "Most people in the streets"),
        *_at_event(facts, "intervention", "Half a day into the first intervention", 12.0),
        *_at_event(facts, "assault", "A day into the assault", 24.0),
        *_at_peak(facts, "fighting", "Most insurgents under arms"),
        (last, "End"),
        *_at_event(facts, "withdrawal", "Withdrawal"),
        *_at_event(facts, "truce", "Cease-fire"),
        *_at_peak(facts, "striking", "Most workers on strike"),
        *_at_event(facts, "mass_protest", "First mass protest"),
        (last // 2, "Half-way"),
        (0, "Beginning"),
    ]
    step_hours = float((facts.times[1] - facts.times[0]) / np.timedelta64(1, "h")) if last else 1.0
    apart = min(APART_HOURS / step_hours, max(last, 1) / (2.0 * MOST))
    chosen: list[tuple[int, str]] = []
    for step, title in wanted:
        near = [k for k, (other, _) in enumerate(chosen) if abs(other - step) < apart]
        if near:
            if not title.startswith(("Half", "Begin")):
                other, heading = chosen[near[0]]
                chosen[near[0]] = (other, _joined(heading, title))
        elif len(chosen) < MOST:
            chosen.append((step, title))
    return [
        Moment(LETTERS[k], step, facts.times[step], title) for k, (step, title) in enumerate(sorted(chosen))
    ]


def _joined(heading: str, title: str) -> str:
    """Two headings of the same hours as one."""
    return heading if len(heading) + len(title) > 60 else f"{heading}; {title[0].lower()}{title[1:]}"


def _at_event(facts: Facts, kind: str, title: str, hours_later: float = 0.0) -> list[tuple[int, str]]:
    """The first event of a kind, or so much later that its effect is seen."""
    first = next((row["time"] for row in facts.events if row["kind"] == kind), None)
    if first is None:
        return []
    time = np.datetime64(first, "m") + np.timedelta64(int(hours_later * 60), "m")
    # where the run stops before, what can be seen is its end
    return [(facts.index_of(time), title)] if time <= facts.times[-1] else []


def _at_peak(facts: Facts, variable: str, title: str) -> list[tuple[int, str]]:
    if not facts.has(variable):
        return []
    total = facts.total(variable)
    return [(int(total.argmax()), title)] if total.max() > 0 else []
