"""NetLogo Rebellion (Wilensky 2004), written from its published rules: Epstein's Model I with five differences.

Cops and agents are called in one random order. C/A is rounded down; an agent that is active already counts itself
twice; a cop steps onto the site of its arrest; prisoners stay on their site and don't block it, so that after
their release two may share it; terms are 0 .. J - 1 and fall by one at the end of each tick.
"""

# numba code is written for the compiler
# mypy: ignore-errors

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from uprising.kernel.engine.draws import uniform
from uprising.kernel.engine.jit import compiled
from uprising.models.epstein.rules import decide
from uprising.models.lattice import random_free_site, shifted, shuffle
from uprising.models.own_rules import compiled_with, inlined
from uprising.models.purposes import ARREST, MOVE, ORDER, TERM

COP = 4096


@numba.njit(inline="always", nogil=True)
def may_act(grievance, threshold):
    """Whether anything in sight could make somebody act: under rule A grievance alone must pass the threshold."""
    return grievance > threshold


@numba.njit(inline="always", nogil=True)
def may_always_act(grievance, threshold):
    """A rule of a user's own may ask for anything in sight."""
    return True


@compiled
def counted_actives(in_sight, is_active, counts_itself_twice):
    """A: one for the agent itself, and the actives in sight, with itself among them if it counts itself twice."""
    return 1 + in_sight if counts_itself_twice else 1 + in_sight - is_active


@compiled
def term(seed, prisoner, tick, max_term):
    """A jail term, a whole number 0 .. max_term - 1, each as likely."""
    return int(uniform(seed, TERM, prisoner, tick) * max_term)


@compiled
def is_in_sight(a, b, side, reach_squared):
    """Whether site b is in the disc around site a on the torus."""
    dx = abs(a % side - b % side)
    dy = abs(a // side - b // side)
    dx = min(dx, side - dx)
    dy = min(dy, side - dy)
    return dx * dx + dy * dy <= reach_squared


@compiled
def history(
    seed, side, n_cops, legitimacy, threshold, k, ratio, counts_itself_twice, max_term, agents_move, vision,
    dx, dy, hardship, risk_aversion, site, jail, active, recorded,
):  # fmt: skip
    """Fill recorded[tick, 2] with actives and jailed. dx, dy: the disc without its centre."""
    n = len(site)
    order = np.empty(n, np.int32)
    # how many cops and free agents stand on a site, less one: below 0 is free
    occupant = np.full(side * side, -1, np.int16)
    # 4096 x cops + actives on a site, so that one look counts both
    seen_at = np.zeros(side * side, np.int32)
    for p in range(n):
        occupant[site[p]] += 1
        if p < n_cops:
            seen_at[site[p]] += COP
    reach_squared = vision * vision + 1e-9
    for tick in range(len(recorded)):
        shuffle(order, seed, ORDER, tick)
        for i in range(n):
            p = order[i]
            is_cop = p < n_cops
            if jail[p] > 0:
                continue
            if is_cop or agents_move:
                there = random_free_site(seed, MOVE, p, tick, site[p], dx, dy, occupant, side)
                if there >= 0:
                    occupant[site[p]] -= 1
                    occupant[there] += 1
                    if is_cop:
                        seen_at[site[p]] -= COP
                        seen_at[there] += COP
                    elif active[p]:
                        seen_at[site[p]] -= 1
                        seen_at[there] += 1
                    site[p] = there
            here = site[p]
            x = here % side
            y = here // side
            grievance = hardship[p] * (1.0 - legitimacy)
            seen = np.int64(seen_at[here])
            # where grievance alone doesn't pass the threshold, nothing in sight can make it
            if is_cop or may_act(grievance, threshold):
                for w in range(len(dx)):
                    seen += seen_at[shifted(x, y, dx[w], dy[w], side)]
            actives = seen % COP
            cops = seen // COP
            if is_cop:
                if actives == 0:
                    continue
                chosen = int(uniform(seed, ARREST, p, tick) * actives)
                for prisoner in range(n_cops, n):
                    if active[prisoner] and is_in_sight(here, site[prisoner], side, reach_squared):
                        if chosen == 0:
                            active[prisoner] = 0
                            jail[prisoner] = term(seed, prisoner, tick, max_term)
                            there = site[prisoner]
                            seen_at[there] -= 1
                            # with a term of 0 the arrest only makes the agent quiet: it stands there still
                            if jail[prisoner] > 0:
                                occupant[there] -= 1
                            occupant[here] -= 1
                            seen_at[here] -= COP
                            occupant[there] += 1
                            seen_at[there] += COP
                            site[p] = there
                            break
                        chosen -= 1
                continue
            actives = counted_actives(actives, np.int64(active[p]), counts_itself_twice)
            now = 1 if decide(grievance, risk_aversion[p], cops, actives, threshold, k, ratio) else 0
            seen_at[here] += now - np.int64(active[p])
            active[p] = now
        n_active = 0
        n_jailed = 0
        for p in range(n_cops, n):
            if jail[p] > 0:
                jail[p] -= 1
                if jail[p] == 0:
                    occupant[site[p]] += 1
            if jail[p] > 0:
                n_jailed += 1
            n_active += active[p]
        recorded[tick, 0] = n_active
        recorded[tick, 1] = n_jailed


@functools.lru_cache(maxsize=16)
def history_with(rule: Callable[..., bool]) -> Any:
    """The history compiled with a user's own rule A in place of Epstein's `decide` (same arguments, see there)."""
    return compiled_with(history, decide=inlined(rule), may_act=may_always_act)
