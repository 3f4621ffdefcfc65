"""Epstein 2002, Model I, as clearly as it can be said: the reference for every faster form.

Persons 0 .. n_cops - 1 are cops, the rest agents. site[p] is where somebody stands; a prisoner's is -2 minus the
site of the arrest, a withdrawn cop's -1. One period: everybody once, in `order`; who is called moves (rule M),
then an agent decides (rule A) and a cop arrests (rule C), on what is so at that moment.
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

from uprising.kernel.engine.draws import uniform, words
from uprising.kernel.engine.jit import compiled
from uprising.models.epstein.blocks import (
    N_COLOURS,
    SLICES,
    begin_part,
    block_of_colour,
    blocks_along,
    draw_colours,
    lay_blocks,
    shuffle_block,
)
from uprising.models.lattice import nearest_free_site, nth_free_site, shifted, shuffle
from uprising.models.own_rules import compiled_with, inlined
from uprising.models.purposes import ARREST, MOVE, ORDER, TERM

REAL, FLOOR, ROUND = range(3)
RANDOM, REPLACEMENT, FIXED, AGENTS_FIRST, BLOCKS = range(5)
NOBODY, COPS_ONLY, EVERYBODY = range(3)
ACTIVES, JAILED, TENSION = range(3)
FOR_LIFE = 2**31 - 1
WITHDRAWN = -1
WHOLE = 2.0**31


@numba.njit(inline="always", nogil=True)
def decide(grievance, risk_aversion, cops, actives, threshold, k, ratio):
    """Rule A: whether to be active. `actives` counts the one who decides, so it is at least 1.

    P = 1 - exp(-k C/A) with C/A as it is, rounded down, or rounded; active if G - R P > T.
    """
    outnumbered = cops / actives
    if ratio == FLOOR:
        outnumbered = math.floor(outnumbered)
    elif ratio == ROUND:
        outnumbered = np.rint(outnumbered)
    arrest_probability = 1.0 - math.exp(-k * outnumbered)
    return grievance - risk_aversion * arrest_probability > threshold


@compiled
def call_in_order(order, n_cops, activation, seed, tick):
    """Fill order[n] with who is called in this period."""
    n = len(order)
    if activation == REPLACEMENT:
        for i in range(n):
            order[i] = int(uniform(seed, ORDER, i, tick) * n)
        return
    if activation == FIXED:
        for i in range(n):
            order[i] = i
        return
    shuffle(order, seed, ORDER, tick)
    if activation == AGENTS_FIRST:
        before = order.copy()
        placed = 0
        for i in range(n):
            if before[i] >= n_cops:
                order[placed] = before[i]
                placed += 1
        for i in range(n):
            if before[i] < n_cops:
                order[placed] = before[i]
                placed += 1


@compiled
def call_in_blocks(order, sets, arranged, side, seed, tick, site, until):
    """Fill order with who is called, block by block, and sets[sets, 2] with the turns that follow one another.

    arranged[n] holds everybody by block, those of a block who are in prison for the whole period or withdrawn behind
    the others; otherwise as they were in the period before.
    """
    n_blocks = len(sets) // SLICES
    columns = np.empty(side, np.int32)
    rows = np.empty(side, np.int32)
    lay_blocks(columns, rows, seed, tick)
    key = np.empty(len(site), np.int32)
    for p in range(len(site)):
        is_away = site[p] == WITHDRAWN or (site[p] < 0 and tick < until[p])
        # a prisoner belongs where the arrest was, a withdrawn cop anywhere
        there = site[p] if site[p] >= 0 else max(-2 - site[p], 0)
        key[p] = 2 * (columns[there % side] + rows[there // side]) + is_away
    arranged[:] = arranged[np.argsort(key[arranged], kind="mergesort")]
    # those of key i are arranged[bounds[i] : bounds[i + 1]]
    bounds = np.zeros(2 * n_blocks + 1, np.int32)
    bounds[1:] = np.cumsum(np.bincount(key, minlength=2 * n_blocks))
    for block in range(n_blocks):
        shuffle_block(order, bounds[2 * block], bounds[2 * block + 1], seed, tick)
        for i in range(bounds[2 * block], bounds[2 * block + 1]):
            order[i] = arranged[order[i]]
    colours = np.empty(N_COLOURS, np.int32)
    together = n_blocks // N_COLOURS
    for part in range(SLICES):
        draw_colours(colours, seed, part, tick)
        for i in range(n_blocks):
            block = block_of_colour(colours[i // together], i % together, side)
            sets[part * n_blocks + i, 0] = begin_part(bounds, block, part)
            sets[part * n_blocks + i, 1] = begin_part(bounds, block, part + 1)


@numba.njit(inline="always", nogil=True)
def move_draw(seed, turn, tick):
    """The 32-bit word that chooses the free site of a turn: four turns share a block of draws."""
    return words(seed, MOVE, turn >> 2, tick)[turn & 3]


@compiled
def arrest(prisoner, seed, tick, max_term, site, until, active, occupant):
    """Take an agent off the lattice for 1 .. max_term periods, each as likely, or for life."""
    active[prisoner] = 0
    if max_term == math.inf:
        until[prisoner] = FOR_LIFE
    else:
        until[prisoner] = tick + 1 + int(uniform(seed, TERM, prisoner, tick) * max_term)
    occupant[site[prisoner]] = -1
    site[prisoner] = -2 - site[prisoner]


@compiled
def tension(hardships, risks, quiet, n_agents, legitimacy):
    """Mean G x share quiet / mean R from the sums over the quiet and free."""
    return hardships * (1.0 - legitimacy) * quiet / (risks * float(n_agents)) if risks > 0 else 0.0


@compiled
def record(row, n_cops, legitimacy, hardship, risk_aversion, site, active):
    """Fill row with the actives, the jailed and the tension: mean G x share quiet / mean R, of the quiet and free.

    Hardships and risk aversions are added up in whole numbers of 1 / WHOLE, so that it doesn't matter in which order.
    """
    actives = 0
    jailed = 0
    quiet = 0
    hardships = 0
    risks = 0
    for p in range(n_cops, len(site)):
        if site[p] < 0:
            jailed += 1
        elif active[p]:
            actives += 1
        else:
            quiet += 1
            hardships += int(hardship[p] * WHOLE)
            risks += int(risk_aversion[p] * WHOLE)
    row[ACTIVES] = actives
    row[JAILED] = jailed
    row[TENSION] = tension(hardships, risks, quiet, len(site) - n_cops, legitimacy)


def _period(
    first, last, tick, seed, order, side, n_cops, n_cops_now, legitimacy, threshold, k, ratio, max_term, moves,
    agent_dx, agent_dy, cop_dx, cop_dy, hardship, risk_aversion, site, until, active, occupant,
):  # fmt: skip
    """The turns first .. last - 1 of one period.

    occupant[site] is the person there or -1; moves: for whom rule M is on. Draws ask by turn, the place in the order;
    a term asks by prisoner.
    """
    for i in range(first, last):
        p = order[i]
        if p < n_cops:
            if site[p] == WITHDRAWN:
                continue
            if p >= n_cops_now:
                occupant[site[p]] = -1
                site[p] = WITHDRAWN
                continue
            if moves != NOBODY:
                there = nth_free_site(move_draw(seed, i, tick), site[p], cop_dx, cop_dy, occupant, side)
                if there >= 0:
                    occupant[site[p]] = -1
                    occupant[there] = p
                    site[p] = there
            x = site[p] % side
            y = site[p] // side
            seen = 0
            for w in range(len(cop_dx)):
                other = occupant[shifted(x, y, cop_dx[w], cop_dy[w], side)]
                if other >= n_cops and active[other]:
                    seen += 1
            if seen == 0:
                continue
            chosen = int(uniform(seed, ARREST, i, tick) * seen)
            for w in range(len(cop_dx)):
                other = occupant[shifted(x, y, cop_dx[w], cop_dy[w], side)]
                if other >= n_cops and active[other]:
                    if chosen == 0:
                        arrest(other, seed, tick, max_term, site, until, active, occupant)
                        break
                    chosen -= 1
            continue

        if site[p] < 0:
            if tick < until[p]:
                continue
            there = nearest_free_site(-2 - site[p], agent_dx, agent_dy, occupant, side)
            if there < 0:
                continue
            site[p] = there
            occupant[there] = p
        if moves == EVERYBODY:
            there = nth_free_site(move_draw(seed, i, tick), site[p], agent_dx, agent_dy, occupant, side)
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


period = compiled(_period)


def _history(
    first_tick, seed, side, n_cops, cops_path, legitimacy_path, activation, threshold, k, ratio, max_term, moves,
    agent_dx, agent_dy, cop_dx, cop_dy, hardship, risk_aversion, site, until, active, recorded,
):  # fmt: skip
    """Periods first_tick .. first_tick + len(recorded) - 1; recorded[tick, 3] after each.

    legitimacy_path and cops_path hold each period's legitimacy and number of cops. Changes site, until, active.
    """
    occupant = np.full(side * side, -1, np.int32)
    for p in range(len(site)):
        if site[p] >= 0:
            occupant[site[p]] = p
    order = np.empty(len(site), np.int32)
    arranged = np.arange(len(site)).astype(np.int32)
    n_blocks = blocks_along(side) ** 2
    # turns sets[s, 0] .. sets[s, 1] - 1 follow one another, set by set
    sets = np.zeros((SLICES * n_blocks if activation == BLOCKS else 1, 2), np.int32)
    sets[0, 1] = len(site)
    for t in range(len(recorded)):
        tick = first_tick + t
        if activation == BLOCKS:
            call_in_blocks(order, sets, arranged, side, seed, tick, site, until)
        else:
            call_in_order(order, n_cops, activation, seed, tick)
        for first, last in sets:
            period(
                first, last, tick, seed, order, side, n_cops, cops_path[t], legitimacy_path[t], threshold, k, ratio,
                max_term, moves,
                agent_dx, agent_dy, cop_dx, cop_dy, hardship, risk_aversion, site, until, active, occupant,
            )  # fmt: skip
        record(recorded[t], n_cops, legitimacy_path[t], hardship, risk_aversion, site, active)


history = compiled(_history)


@functools.lru_cache(maxsize=16)
def history_with(rule: Callable[..., bool]) -> Any:
    """The history compiled with a user's own rule A in place of `decide` (same arguments, see there)."""
    return compiled_with(_history, period=compiled_with(_period, decide=inlined(rule)))
