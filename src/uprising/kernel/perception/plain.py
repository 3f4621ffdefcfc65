"""Perception in plain Python and numpy: what `beliefs`, `influence` and `news` compute, faster or step by step.

Axes: p and q places, g towns, t teams, w workplaces, b blocks. Shares are in [0, 1], forces in men.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprising.kernel.perception import beliefs
from uprising.kernel.perception.influence import N_ACQUAINTANCES, SMALLEST_TEAM
from uprising.state import DEMONSTRATING, FIGHTING, STRIKING, Counters, Groups

Floats = NDArray[np.float64]
SINGLE = np.float32


class Town(NamedTuple):
    """What people of a town see."""

    share_seen: float
    """how much of the town's streets people have seen"""
    risk: float
    """believed risk of going out"""
    risk_fight: float
    beaten: float
    curfew: float


def see_town(
    out: float, insurgents: float, expected: float, population: float, arms_loose: float, visible: float,
    storming: float, patrolling: float, readiness: float, parameters: Mapping[str, float],
) -> Town:
    """Return what people of a town make of its streets and of the forces that they see (men).

    Believed risk is readiness (1 - exp(-kappa F / (1 + A))): F the force, A those who are out or expected to be.
    """
    share = out / population
    others = max(out, expected)
    ready = 1.0 + insurgents + beliefs.ARMS_AT_HOME * arms_loose
    deterrence, advantage = parameters["deterrence"], parameters["ambush_advantage"]
    storm_balanced = beliefs.STORM_PER_INSURGENT * insurgents + beliefs.STORM_PER_DEMONSTRATOR * out
    return Town(
        share_seen=share / (share + beliefs.SEEN_BY_HALF),
        risk=min(1.0, readiness) * (1.0 - math.exp(-deterrence * visible / (1.0 + others))),
        risk_fight=1.0 - math.exp(-deterrence * visible / (advantage * ready)),
        beaten=storming / (storming + storm_balanced + 1.0),
        curfew=parameters["cost_curfew"] * patrolling / (patrolling + beliefs.CURFEW_HALF_SHARE * population),
    )


def next_belief(
    own: float, outer: float, town: Town, news: float, danger: float, defeat: float, learning: float, despair: float,
    fade: float,
) -> float:
    """Return what a place believes of its own after a step.

    Streets that go unpunished and news of others feed belief; defeat starves it. learning and despair are a step's,
    fade is what is left after a step, defeat that of the nation.
    """
    held = min(max(outer + own, 0.0), 1.0)
    unpunished = town.share_seen * (1.0 - town.risk) * (1.0 - danger)
    growth = learning * beliefs.LEARNING_SCALE * max(unpunished, beliefs.NEWS_TEACHES * news) * (1.0 - held)
    lost = despair * max(town.beaten, beliefs.DEFEAT_ELSEWHERE * defeat) * held
    return min(max((own + growth) * fade - lost, -outer), 1.0)


def next_news(share_seen: Floats, closeness: Floats, news: Floats, fade: float) -> Floats:
    """Return [p] news after a step: it moves toward the streets of other towns, weighted by closeness [p, q]."""
    heard = np.zeros(len(news))
    for q in range(len(news)):
        heard += closeness[:, q] * share_seen[q]
    return heard + (news - heard) * fade


def count_out(place_role: NDArray[Any], weight: float) -> Floats:
    """Return [p] people in the streets by home."""
    return np.asarray(place_role[:, :, DEMONSTRATING : FIGHTING + 1].sum(axis=(1, 2)) * weight)


def count_stopped(place_role: NDArray[Any], worker_roles: tuple[int, ...], weight: float) -> Floats:
    """Return [p] workers who are not at work."""
    return np.asarray(place_role[:, list(worker_roles), STRIKING : FIGHTING + 1].sum(axis=(1, 2)) * weight)


def pulls_of_teams(
    groups: Groups, counters: Counters, acquaintance: NDArray[np.int32], parameters: Mapping[str, float]
) -> NDArray[np.float32]:
    """Return [t, OUT or STOPPED] the pull of colleagues, workplace and acquaintances, in single precision.

    acquaintance [t, 3] are the teams that a team knows. A team of few pulls as one of SMALLEST_TEAM.
    """
    of_team, of_workplace = SINGLE(parameters["pull_team"]), SINGLE(parameters["pull_workplace"])
    of_acquaintance = SINGLE(parameters["pull_acquaintance"] / N_ACQUAINTANCES)
    per_member = (1.0 / np.maximum(groups.team_size, SMALLEST_TEAM)).astype(SINGLE)
    per_workmate = (1.0 / np.maximum(groups.workplace_size, 1)).astype(SINGLE)
    columns = []
    for team, workplace in (
        (counters.team_out, counters.workplace_out),
        (counters.team_stopped, counters.workplace_stopped),
    ):
        share = team.astype(SINGLE) * per_member
        at_work = (workplace.astype(SINGLE) * per_workmate)[groups.team_workplace]
        first, second, third = share[acquaintance].T
        columns.append(of_team * share + of_workplace * at_work + of_acquaintance * (first + second + third))
    return np.stack(columns, axis=1)


def pulls_of_blocks(groups: Groups, counters: Counters, pull_block: float) -> NDArray[np.float32]:
    """Return [b] the pull of neighbours who are in the streets, in single precision."""
    per_neighbour = (pull_block / np.maximum(groups.block_size, 1)).astype(SINGLE)
    return np.asarray(counters.block_out.astype(SINGLE) * per_neighbour)
