"""What a call of a kernel moves and draws at least, estimated from its arguments after the call.

Bytes are those of the values that are read and written, each once, not of the cache lines that hold them: a floor.
Each estimate takes arguments of the kernel by their names, and its answer. A kernel without one is taken to read
its small arrays once (by place, site, unit); people's columns are never counted without an estimate.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

SMALL = 1 << 16
"""arrays of at most as many values are by place, site or unit, not by person or group"""


class Traffic(NamedTuple):
    """Bytes moved and random numbers drawn."""

    moved: float
    drawn: float = 0.0


def _sweep(
    chunk_start: Any, tick: Any, is_waking: Any, looked: Any, n_watched: Any, n_changed: Any
) -> Traffic:
    """Stale lists are made (22 bytes a person or an entry of the longer list), lists followed (34 or 12 bytes)."""
    rows = np.diff(chunk_start)
    n_wide, n_narrow, n_held = n_watched
    is_made = looked == tick
    made = rows[is_made[0]].sum() + n_wide[is_made[1]].sum()
    followed = n_narrow.sum() * 34 + n_held.sum() * 12 if is_waking else 0
    return Traffic(float(made * 22 + followed + n_changed.sum() * 5))


def _take_arms(n_changed: Any) -> Traffic:
    return Traffic(float(n_changed.sum()))


def _act(first_chunk: Any, last_chunk: Any, n_changed: Any) -> Traffic:
    """Row, wish, act, site and arrival of who changes, and what is listed; a site and room there are drawn."""
    n = float(n_changed[first_chunk:last_chunk].sum())
    return Traffic(n * 60.0, n * 2.0)


def _act_and_count(n_changed: Any) -> Traffic:
    """The row of who changes and the counts of its groups; a site and room there are drawn."""
    n = float(n_changed.sum())
    return Traffic(n * 65, n * 2)


def _count(first: Any, last: Any) -> Traffic:
    """Where each of the changes is counted, and the counts."""
    return Traffic(float((last - first).sum()) * 20.0)


def _join(first: Any, last: Any, n_out: Any) -> Traffic:
    """Row, slot and arrival of the changes and of those in the streets, who are written too."""
    return Traffic(float((last - first).sum()) * 11.0 + float(n_out) * 20.0)


def _walk_on(first: Any, last: Any, is_due: Any) -> Traffic:
    """Row and slot of everybody in the streets; one draw for those whose turn it is."""
    n = float((last - first).sum())
    return Traffic(n * 8.0, n * float(is_due.mean()))


def _bear_losses(sites: Any, outcome: Any, weight: Any, n_out: Any) -> Traffic:
    """Slots are read twice, rows once; the row of each of those struck, and the counts of its groups, a draw each."""
    struck = float(outcome[sites, : outcome.shape[1] - 2].sum()) / weight
    return Traffic(float(n_out.sum()) * 12.0 + struck * 60.0, struck)


def _look_at_blocks(n_out: Any) -> Traffic:
    return Traffic(len(n_out) / 8)


def _look_at_teams(team_out: Any, answer: Any) -> Traffic:
    """A bit of each team; pulls that are made anew are made from five shares each."""
    return Traffic(len(team_out) / 8 + answer * 80.0)


def _note_stale(first: Any, last: Any) -> Traffic:
    """A bit of each team."""
    return Traffic(float(last - first) / 8)


def _renew_pulls(answer: Any) -> Traffic:
    """Pulls that are made anew are made from five shares each."""
    return Traffic(float(answer) * 80.0)


def _renew_most(largest: Any) -> Traffic:
    return Traffic(largest.nbytes * 2.0)


def _leave(answer: Any) -> Traffic:
    return Traffic(answer * 60.0)


def _want_to_flee(first_place: Any, last_place: Any, first_head: Any, hazard: Any) -> Traffic:
    """The number of every household where anybody could leave, and one draw each."""
    households = np.diff(first_head[first_place : last_place + 1])
    n = float(households[hazard[first_place:last_place] > 0.0].sum())
    return Traffic(n * 4.0, n)


ESTIMATES: dict[str, Callable[..., Traffic]] = {
    "decision.sweep.sweep": _sweep,
    "movement.travel.take_arms": _take_arms,
    "movement.travel.act": _act,
    "movement.travel.count_at_home": _count,
    "movement.travel.count_at_work": _count,
    "movement.travel.join": _join,
    "movement.travel.act_and_count": _act_and_count,
    "movement.travel.walk_on": _walk_on,
    "confrontation.casualties.bear_losses": _bear_losses,
    "flight.leave": _leave,
    "perception.influence.look_at_blocks": _look_at_blocks,
    "perception.influence.look_at_teams": _look_at_teams,
    "perception.influence.note_stale": _note_stale,
    "perception.influence.renew_pulls": _renew_pulls,
    "perception.influence.renew_most": _renew_most,
    "flight.want_to_flee": _want_to_flee,
}
DRAWS = {f"engine.draws.{kind}": 1.0 for kind in ("uniform", "normal", "poisson", "rounded")}
"""kernels that are a draw"""


def traffic_of(name: str, kernel: Callable[..., Any], given: tuple[Any, ...], answer: Any) -> Traffic:
    """What a call has moved and drawn."""
    if name in DRAWS:
        return Traffic(0.0, DRAWS[name])
    estimate = ESTIMATES.get(name)
    if estimate is None:
        return Traffic(sum(float(v.nbytes) for v in given if isinstance(v, np.ndarray) and v.size <= SMALL))
    named = {**dict(zip(names_of(kernel), given, strict=True)), "answer": answer}
    return estimate(**{name: named[name] for name in names_of(estimate)})


@cache
def names_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """Names of a function's or kernel's arguments."""
    return tuple(inspect.signature(getattr(function, "py_func", function)).parameters)
