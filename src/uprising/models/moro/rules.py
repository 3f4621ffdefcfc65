"""Moro 2016, reconstructed: citizens, an armed revolutionary organisation, and police, on a torus.

Persons: police first, then revolutionaries, then citizens. One period: everybody once in random order moves; then
citizens decide as in Epstein with their income at stake, revolutionaries attack where they outnumber, and police
shoot at attackers and arrest active citizens.
"""

# numba code is written for the compiler
# mypy: ignore-errors

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from uprising.kernel.engine.draws import uniform
from uprising.kernel.engine.jit import compiled
from uprising.models.lattice import random_free_site, shifted, shuffle
from uprising.models.own_rules import compiled_with, inlined
from uprising.models.purposes import ARREST, ATTACK, DEFENCE, MOVE, ORDER, TERM

POLICE_LEFT, REBELS_LEFT, ACTIVE, ACTIVE_INCOME = range(4)
DEAD = -1


@numba.njit(inline="always", nogil=True)
def decide(income, risk_aversion, police, actives, legitimacy, threshold, k):
    """Whether a citizen is active; `police` and `actives` are in sight.

    The poor have the most to complain of and the least to lose.
    """
    grievance = (1.0 - income) * (1.0 - legitimacy)
    arrest_probability = 1.0 - math.exp(-k * math.floor(police / (1.0 + actives)))
    risk = arrest_probability * (0.5 * risk_aversion + 0.5 * income)
    return grievance - risk > threshold


@numba.njit(inline="always", nogil=True)
def attack(rebels, police, favourable):
    """Whether a revolutionary attacks, with so many other revolutionaries and police in sight (at least one)."""
    return rebels + 1 >= favourable * police


@compiled
def history(
    seed, side, n_police, n_rebels, legitimacy, threshold, k, favourable, police_precision, rebel_precision, max_term,
    joining, dx, dy, income, risk_aversion, site, until, active, is_rebel, occupant, recorded,
):  # fmt: skip
    """Fill recorded[period, 4]; returns the periods run: it stops when police or revolutionaries are gone."""
    n = len(site)
    order = np.empty(n, np.int32)
    for t in range(len(recorded)):
        shuffle(order, seed, ORDER, t)
        for i in range(n):
            p = order[i]
            if site[p] == DEAD:
                continue
            if site[p] < 0:
                home = -2 - site[p]
                if t < until[p] or occupant[home] >= 0:
                    continue
                site[p] = home
                occupant[home] = p
            there = random_free_site(seed, MOVE, p, t, site[p], dx, dy, occupant, side)
            if there >= 0:
                occupant[site[p]] = -1
                occupant[there] = p
                site[p] = there
            x = site[p] % side
            y = site[p] // side
            police = 0
            rebels = 0
            actives = 0
            for w in range(len(dx)):
                other = occupant[shifted(x, y, dx[w], dy[w], side)]
                if other >= 0:
                    if other < n_police:
                        police += 1
                    elif active[other]:
                        actives += 1
                        if is_rebel[other]:
                            rebels += 1
                    elif is_rebel[other]:
                        rebels += 1
            if p < n_police:
                if actives == 0:
                    continue
                chosen = int(uniform(seed, ARREST, p, t) * actives)
                for w in range(len(dx)):
                    other = occupant[shifted(x, y, dx[w], dy[w], side)]
                    if other >= n_police and active[other]:
                        if chosen == 0:
                            if is_rebel[other]:
                                if uniform(seed, DEFENCE, p, t) < police_precision:
                                    occupant[site[other]] = -1
                                    site[other] = DEAD
                                    active[other] = 0
                            else:
                                active[other] = 0
                                occupant[site[other]] = -1
                                site[other] = -2 - site[other]
                                until[other] = t + 1 + int(uniform(seed, TERM, other, t) * max_term)
                            break
                        chosen -= 1
            elif is_rebel[p]:
                # hidden among citizens until numbers in sight are favourable
                active[p] = 0
                if police > 0 and attack(rebels, police, favourable):
                    active[p] = 1
                    chosen = int(uniform(seed, ATTACK, p, t) * police)
                    for w in range(len(dx)):
                        other = occupant[shifted(x, y, dx[w], dy[w], side)]
                        if other >= 0 and other < n_police:
                            if chosen == 0:
                                if uniform(seed, ATTACK, p + n, t) < rebel_precision:
                                    occupant[site[other]] = -1
                                    site[other] = DEAD
                                elif uniform(seed, DEFENCE, p + n, t) < police_precision:
                                    # an attack that misses gives its man away: fire is returned
                                    occupant[site[p]] = -1
                                    site[p] = DEAD
                                    active[p] = 0
                                break
                            chosen -= 1
            else:
                is_out = decide(income[p], risk_aversion[p], police, actives, legitimacy, threshold, k)
                active[p] = 1 if is_out else 0
                if active[p] and rebels > 0 and uniform(seed, ATTACK, p + 2 * n, t) < joining:
                    is_rebel[p] = 1
        alive = 0
        for p in range(n_police):
            if site[p] != DEAD:
                alive += 1
        rebels_left = 0
        n_active = 0
        income_of_active = 0.0
        for p in range(n_police, n):
            if is_rebel[p]:
                if site[p] != DEAD:
                    rebels_left += 1
            elif active[p]:
                n_active += 1
                income_of_active += income[p]
        recorded[t, POLICE_LEFT] = alive
        recorded[t, REBELS_LEFT] = rebels_left
        recorded[t, ACTIVE] = n_active
        recorded[t, ACTIVE_INCOME] = income_of_active / n_active if n_active > 0 else np.nan
        if alive == 0 or rebels_left == 0:
            return t + 1
    return len(recorded)


@functools.lru_cache(maxsize=16)
def history_with(decide: Callable[..., bool], attack: Callable[..., bool]) -> Any:
    """The history compiled with a user's own rules in place of these (same arguments, see there)."""
    return compiled_with(history, decide=inlined(decide), attack=inlined(attack))
