"""Epstein 2002, Model II: two groups, killing, cloning, ageing, and cops who arrest either side's killers.

Slots 0 .. n_cops - 1 are cops, the others agents or empty (site NOWHERE). One period: everybody who lives, once, in
random order; who is called ages and may die, moves, decides as in Model I, kills if active, and may clone.
"""

# numba code is written for the compiler
# mypy: ignore-errors

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from uprising.kernel.engine.draws import uniform
from uprising.kernel.engine.jit import compiled
from uprising.models.epstein.rules import decide
from uprising.models.lattice import nearest_free_site, random_free_site, shifted, shuffle
from uprising.models.own_rules import compiled_with, inlined
from uprising.models.purposes import (
    ARREST,
    CLONE,
    CLONE_SITE,
    CLONE_TRAITS,
    DEATH_AGE,
    KILL,
    MOVE,
    ORDER,
    TERM,
)

NOWHERE = -1
BLUE, GREEN, KILLS, ACTIVE, JAILED = range(5)


@compiled
def _chosen(
    chosen, person, side, dx, dy, site, occupant, first_agent, group, active, wants_active, other_group
):
    """The chosen-th agent in sight who is active, or of the other group; -1 - their number if chosen < 0."""
    x = site[person] % side
    y = site[person] // side
    seen = 0
    for w in range(len(dx)):
        other = occupant[shifted(x, y, dx[w], dy[w], side)]
        if other < first_agent:
            continue
        if wants_active:
            if not active[other]:
                continue
        elif group[other] != other_group:
            continue
        if seen == chosen:
            return other
        seen += 1
    return -1 - seen


@compiled
def history(
    seed, side, n_cops, cops_from, legitimacy, threshold, k, ratio, max_term, clone_probability, max_age,
    agent_dx, agent_dy, cop_dx, cop_dy, near_dx, near_dy,
    site, group, hardship, risk_aversion, age, death_age, until, active, occupant, recorded,
):  # fmt: skip
    """Fill recorded[period, 5]; returns the periods run: it stops when a group is gone.

    cops_from: the period in which cops come, at random free sites. Arrays have a slot for every site.
    """
    n = len(site)
    order = np.empty(n, np.int32)
    entry = np.empty(side * side, np.int32)
    for t in range(len(recorded)):
        if t == cops_from:
            shuffle(entry, seed, ORDER, 1 << 30)
            placed = 0
            for i in range(side * side):
                if placed < n_cops and occupant[entry[i]] < 0:
                    site[placed] = entry[i]
                    occupant[entry[i]] = placed
                    placed += 1
        shuffle(order, seed, ORDER, t)
        kills = 0
        for i in range(n):
            p = order[i]
            if p < n_cops:
                if t < cops_from or site[p] < 0:
                    continue
                there = random_free_site(seed, MOVE, p, t, site[p], cop_dx, cop_dy, occupant, side)
                if there >= 0:
                    occupant[site[p]] = -1
                    occupant[there] = p
                    site[p] = there
                seen = -1 - _chosen(
                    -1, p, side, cop_dx, cop_dy, site, occupant, n_cops, group, active, True, 0
                )
                if seen > 0:
                    nth = int(uniform(seed, ARREST, p, t) * seen)
                    other = _chosen(
                        nth, p, side, cop_dx, cop_dy, site, occupant, n_cops, group, active, True, 0
                    )
                    active[other] = 0
                    occupant[site[other]] = -1
                    site[other] = -2 - site[other]
                    until[other] = t + 1 + int(uniform(seed, TERM, other, t) * max_term)
                continue
            if site[p] == NOWHERE or age[p] < 0:
                continue
            age[p] += 1
            if age[p] > death_age[p]:
                if site[p] >= 0:
                    occupant[site[p]] = -1
                site[p] = NOWHERE
                active[p] = 0
                continue
            if site[p] < 0:
                if t < until[p]:
                    continue
                there = nearest_free_site(-2 - site[p], agent_dx, agent_dy, occupant, side)
                if there < 0:
                    continue
                site[p] = there
                occupant[there] = p
            there = random_free_site(seed, MOVE, p, t, site[p], agent_dx, agent_dy, occupant, side)
            if there >= 0:
                occupant[site[p]] = -1
                occupant[there] = p
                site[p] = there
            x = site[p] % side
            y = site[p] // side
            cops = 0
            actives = 1
            for w in range(len(agent_dx)):
                other = occupant[shifted(x, y, agent_dx[w], agent_dy[w], side)]
                if other >= 0:
                    if other < n_cops:
                        cops += 1
                    elif active[other]:
                        actives += 1
            grievance = hardship[p] * (1.0 - legitimacy)
            active[p] = 1 if decide(grievance, risk_aversion[p], cops, actives, threshold, k, ratio) else 0
            if active[p]:
                enemy = 1 - group[p]
                seen = -1 - _chosen(
                    -1, p, side, agent_dx, agent_dy, site, occupant, n_cops, group, active, False, enemy
                )
                if seen > 0:
                    nth = int(uniform(seed, KILL, p, t) * seen)
                    other = _chosen(
                        nth, p, side, agent_dx, agent_dy, site, occupant, n_cops, group, active, False, enemy
                    )
                    occupant[site[other]] = -1
                    site[other] = NOWHERE
                    active[other] = 0
                    kills += 1
            if uniform(seed, CLONE, p, t) < clone_probability:
                there = random_free_site(seed, CLONE_SITE, p, t, site[p], near_dx, near_dy, occupant, side)
                if there >= 0:
                    # the child takes an empty slot; it is called from the next period on
                    child = n_cops
                    while child < n and site[child] != NOWHERE:
                        child += 1
                    if child < n:
                        site[child] = there
                        occupant[there] = child
                        group[child] = group[p]
                        hardship[child] = hardship[p]
                        risk_aversion[child] = uniform(seed, CLONE_TRAITS, p, t)
                        age[child] = -1
                        death_age[child] = uniform(seed, DEATH_AGE, p + n, t) * max_age
                        until[child] = 0
                        active[child] = 0
        for quantity in range(5):
            recorded[t, quantity] = 0
        for p in range(n_cops, n):
            if site[p] == NOWHERE:
                continue
            if age[p] < 0:
                age[p] = 0
            recorded[t, group[p]] += 1
            if site[p] < 0:
                recorded[t, JAILED] += 1
            elif active[p]:
                recorded[t, ACTIVE] += 1
        recorded[t, KILLS] = kills
        if recorded[t, BLUE] == 0 or recorded[t, GREEN] == 0:
            return t + 1
    return len(recorded)


@functools.lru_cache(maxsize=16)
def history_with(rule: Callable[..., bool]) -> Any:
    """The history compiled with a user's own rule A in place of Epstein's `decide` (same arguments, see there)."""
    return compiled_with(history, decide=inlined(rule))
