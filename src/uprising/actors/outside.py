"""The outside world and the bloc (ODD: outside): attention is a budget shared with other crises.

Dated inputs (the case's `events`) act on belief, fear, legitimacy, the hegemon's alarm and on attention,
each with its half-life; what powers and neighbours then do is an output.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprising.kernel.engine import elementary
from uprising.schema import constant
from uprising.state import ROLES

NEIGHBOUR_FEAR_RELIEF = constant("neighbour_fear_relief")


@dataclass
class OutsideEvents:
    """The case's dated events as arrays [e]: hours since the start of the run, effects, half-life."""

    hours: NDArray[np.float64]
    half_life_hours: NDArray[np.float64]
    belief: NDArray[np.float64]
    fear: NDArray[np.float64]
    legitimacy: NDArray[np.float64]
    hegemon_alarm: NDArray[np.float64]
    attention: NDArray[np.float64]
    """[power, e]: 0 where an event does not concern a power"""
    loss: NDArray[np.float64]
    """[role, e] share of a role's income that an event takes"""


def read_events(
    rows: list[dict[str, Any]], powers: list[dict[str, Any]], start: np.datetime64
) -> OutsideEvents:
    """Arrays of the `events` table relative to the start of the crisis clock."""

    def numbers(name: str) -> NDArray[np.float64]:
        return np.array([float(row[name]) for row in rows], np.float64)

    days = numbers("days")
    concerned = [[row["power"] in ("", None, power["id"]) for row in rows] for power in powers]
    losers = [[row["role"] in (None, role) for row in rows] for role in ROLES]
    losses = np.array([row["loss"] or 0.0 for row in rows], np.float64)
    hours = [(np.datetime64(row["time"]) - start) / np.timedelta64(1, "h") for row in rows]
    return OutsideEvents(
        hours=np.array(hours, np.float64),
        half_life_hours=np.where(days > 0.0, days * 24.0, np.inf),
        belief=numbers("belief"),
        fear=numbers("fear"),
        legitimacy=numbers("legitimacy"),
        hegemon_alarm=numbers("hegemon_alarm"),
        attention=np.array(concerned, np.float64).reshape(len(powers), len(rows)) * numbers("attention"),
        loss=np.array(losers, np.float64).reshape(len(ROLES), len(rows)) * losses,
    )


def events_by_step(events: OutsideEvents, step_hours: float) -> dict[int, list[int]]:
    """Events e by the step in which they happen."""
    found: dict[int, list[int]] = {}
    for e, hour in enumerate(events.hours.tolist()):
        found.setdefault(math.floor(round(hour / step_hours, 9)), []).append(e)
    return found


class Felt(NamedTuple):
    """How events are felt in each of some steps, t."""

    strength: NDArray[np.float64]
    """[t, e]"""
    belief: list[float]
    fear: list[float]
    legitimacy: list[float]
    losses: list[NDArray[np.float64]] | None
    """[role] of each step; None where no event takes anything"""
    answers: list[tuple[float, float]]
    """free attention and likely answer of the powers, at every `interval`-th step"""


def nothing_felt() -> Felt:
    """Return how events are felt in no steps at all."""
    return Felt(np.zeros((0, 0)), [], [], [], None, [])


def strength(
    events: OutsideEvents, hour: float | NDArray[np.float64], news_hours: float
) -> NDArray[np.float64]:
    """[e] how much of each event is felt now: news spreads, then the effect fades with its half-life.

    With hours [t, 1] it is [t, e].
    """
    if len(events.hours) == 0:
        return np.zeros((*np.shape(hour)[:1], 0))
    since = np.maximum(hour - events.hours, 0.0)
    heard = 1.0 - elementary.exp(-since / news_hours)
    return np.asarray(heard * elementary.power(0.5, since / events.half_life_hours))


def total(effect: NDArray[np.float64], felt: NDArray[np.float64]) -> float:
    """Sum of effects as felt, rounded once: an event that is not felt yet can't change a bit of it."""
    return math.fsum((effect * felt).tolist())


def totals(effect: NDArray[np.float64], felt: NDArray[np.float64]) -> list[float]:
    """`total` of each step of felt[t, e]; what has no effect adds nothing to a sum that is rounded once."""
    acts = np.flatnonzero(effect)
    return [math.fsum(products) for products in (effect[acts] * felt[:, acts]).tolist()]


def foresee(
    events: OutsideEvents, powers: list[dict[str, Any]], hours: NDArray[np.float64], interval: int, news_hours: float
) -> Felt:
    """How events will be felt at these hours: nothing of it depends on what happens until then."""
    felt = strength(events, hours[:, None], news_hours)
    belief, fear, legitimacy = (
        totals(effect, felt) for effect in (events.belief, events.fear, events.legitimacy)
    )
    return Felt(
        felt,
        belief,
        fear,
        legitimacy,
        [losses(events, now) for now in felt] if events.loss.any() else None,
        likely_answers(powers, events, felt[::interval]),
    )


def losses(events: OutsideEvents, felt: NDArray[np.float64]) -> NDArray[np.float64]:
    """[role] share of its income that a role has lost, as felt now."""
    if not events.loss.any():
        return np.zeros(len(events.loss))
    return np.array([total(row, felt) for row in events.loss])


def likely_answers(
    powers: list[dict[str, Any]], events: OutsideEvents, felt: NDArray[np.float64]
) -> list[tuple[float, float]]:
    """(free attention, strongest likely answer) of each step of felt[t, e], by power.

    An answer is commitment x attention x (1 - fear of war).
    """
    if not powers:
        return [(0.0, 0.0)] * len(felt)
    own, commitment, fear_of_war = (
        np.array([float(row[name]) for row in powers])[:, None]
        for name in ("attention", "commitment", "fear_of_war")
    )
    drawn = np.array([totals(effect, felt) for effect in events.attention]).reshape(len(powers), len(felt))
    attention = np.clip(own + drawn, 0.0, 1.0)
    answer = (commitment * attention * (1.0 - fear_of_war)).max(axis=0, initial=0.0)
    # a power after the other lies side by side: summed as any list of them
    free = np.add.reduce(np.ascontiguousarray(attention.T), axis=1) / len(powers)
    return list(zip(free.tolist(), answer.tolist(), strict=True))


def spread_to_neighbours(neighbours: list[dict[str, Any]], success: float) -> list[float]:
    """[n] hazard of protest among neighbours: discontent against fear, raised by the uprising's success."""
    return [
        float(row["discontent"]) * (1.0 - float(row["fear"]) * (1.0 - NEIGHBOUR_FEAR_RELIEF * success))
        * float(row["closeness"]) * success
        for row in neighbours
    ]  # fmt: skip
