"""Epstein 2002, Model I, in the form that runs fast: the same draws, the same order, the same bits as `rules`.

What differs from the clear form:
- Who stands where is held in bit planes (`kernel.planes`): sites taken, cops, actives. What somebody sees is four
  words of a plane; counting is counting bits, and the n-th free site in sight the n-th bit. Nothing is kept up to
  date but the bits of those who move.
- A person is 8 bytes: (y << 16) + (active << 15) + x, or its bits turned in prison; and the critical ratio below.
- Each agent's rule A is turned round once per legitimacy: active if C < critical A, in whole numbers
  (critical in 1 / 65536). Within a hair of equality the rule itself decides, so that nothing is approximated.
- The draws of 256 turns are made together, which the compiler turns into vector instructions.
- A look ahead at the next turns asks for their memory; it decides nothing.
For windows of at most REACH sites each way.
"""

# numba code is written for the compiler
# mypy: ignore-errors

from __future__ import annotations

import functools
import math
import types
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from uprising.kernel.draws import uniform, words
from uprising.kernel.lanes import fetch
from uprising.kernel.lattice import around
from uprising.kernel.planes import (
    REACH,
    clear_in_sight,
    empty_plane,
    fetch_window,
    has,
    how_many,
    is_set,
    nth,
    set_in_sight,
    sight,
    turn,
)
from uprising.models.epstein.rules import (
    ACTIVES,
    EVERYBODY,
    FOR_LIFE,
    JAILED,
    NOBODY,
    RANDOM,
    ROUND,
    TENSION,
    WITHDRAWN,
    call_in_order,
    decide,
)
from uprising.models.purposes import ARREST, MOVE, ORDER, TERM

CHUNK = 256
ALWAYS = 2**30
NEVER = -(2**30)
UNSURE = -(2**31)
PLACE, CRITICAL = range(2)
AGENT, COP = range(2)
# turns from which a person, and then the window around it, is asked for
PERSON_AHEAD, WINDOW_AHEAD = 20, 10
LARGE = 1_000_000
_SHIFT = np.uint64(32)
_ROW = 16
_IS_ACTIVE = 1 << 15
_COLUMN = _IS_ACTIVE - 1


@numba.njit(nogil=True, cache=True)
def draw_moves(draws, start, seed, tick):
    """Fill draws[4, CHUNK / 4] with the words that choose the free sites of the turns from start on."""
    first = start >> 2
    for i in range(CHUNK // 4):
        drawn = words(seed, MOVE, first + i, tick)
        draws[0, i] = drawn[0]
        draws[1, i] = drawn[1]
        draws[2, i] = drawn[2]
        draws[3, i] = drawn[3]


@numba.njit(nogil=True, cache=True)
def shuffle(order, draws, seed, step):
    """`lattice.shuffle` with its draws made CHUNK at a time."""
    n = len(order)
    for start in range(0, n, CHUNK):
        m = min(CHUNK, n - start)
        for i in range(m):
            draws[i] = uniform(seed, ORDER, start + i, step)
        for i in range(start, start + m):
            j = int(draws[i - start] * (i + 1))
            order[i] = order[j]
            order[j] = i


@numba.njit(nogil=True, cache=True)
def critical_ratios(person, n_cops, legitimacy, threshold, k, ratio, hardship, risk_aversion):
    """The ratio C/A below which each agent is active, in 1 / 65536; ALWAYS, NEVER, or UNSURE: ask the rule."""
    for p in range(n_cops, len(person)):
        spare = hardship[p] * (1.0 - legitimacy) - threshold
        if spare <= 0.0:
            person[p, CRITICAL] = NEVER
            continue
        if spare > risk_aversion[p] * (1.0 + 1e-9):
            person[p, CRITICAL] = ALWAYS
            continue
        share = spare / risk_aversion[p]
        if share > 1.0 - 1e-6:
            person[p, CRITICAL] = UNSURE
            continue
        value = -math.log1p(-share) / k
        if ratio != 0:
            value = math.ceil(value)
            # rounded: C/A up to half a step below the next whole number
            if ratio == ROUND:
                value -= 0.5
        person[p, CRITICAL] = int(value * 65536.0) if value < 16000.0 else UNSURE


@numba.njit(nogil=True, cache=True)
def ask_the_rule(person, n_cops, legitimacy, threshold, k, ratio, hardship, risk_aversion):
    """No critical ratios: every agent's rule is asked every time."""
    for p in range(n_cops, len(person)):
        person[p, CRITICAL] = UNSURE


@numba.njit(nogil=True, cache=True)
def nearest_place(x, y, dx, dy, taken, sights, side):
    """`lattice.nearest_free_site`; the place as (y << 16) + x, or -1."""
    if not is_set(taken, x, y, side):
        return (y << _ROW) + x
    free = clear_in_sight(taken, x, y, sights, AGENT, side)
    best = -1
    best_distance = 1 << 30
    for w in range(len(dx)):
        distance = dx[w] * dx[w] + dy[w] * dy[w]
        if distance < best_distance and has(free, 16 * (dy[w] + REACH) + dx[w] + REACH):
            best = (around(y + dy[w], side) << _ROW) + around(x + dx[w], side)
            best_distance = distance
    return best


@numba.njit(forceinline=True, nogil=True)
def destination(x, y, drawn, taken, sights, which, side):
    """The free site in sight that a word of draws chooses, as (y << 16) + x; where none is free the same site."""
    free = clear_in_sight(taken, x, y, sights, which, side)
    n_free = how_many(free)
    if n_free == 0:
        return (y << _ROW) + x
    bit = nth(free, np.int64((np.uint64(drawn) * np.uint64(n_free)) >> _SHIFT))
    return (around(y + (bit >> 4) - REACH, side) << _ROW) + around(x + (bit & 15) - REACH, side)


def _period(
    tick, seed, order, side, n_cops, n_cops_now, legitimacy, threshold, k, ratio, max_term, moves,
    agent_dx, agent_dy, sights, hardship, risk_aversion,
    person, until, taken, cops, actives, active_at, draws,
):  # fmt: skip
    """One period. taken, cops and actives are bit planes; active_at[site]: which agent is active there."""
    n = len(order)
    last = n - 1
    for start in range(0, n, CHUNK):
        m = min(CHUNK, n - start)
        if moves != NOBODY:
            draw_moves(draws, start, seed, tick)
        for i in range(m):
            fetch(person, 2 * np.int64(order[np.uintp(min(start + i + PERSON_AHEAD, last))]))
            if n > LARGE:
                place = np.int64(
                    person[np.uintp(order[np.uintp(min(start + i + WINDOW_AHEAD, last))]), PLACE]
                )
                place ^= place >> 63
                fetch_window(taken, place & _COLUMN, (place >> _ROW) & _COLUMN, side)
                fetch_window(cops, place & _COLUMN, (place >> _ROW) & _COLUMN, side)
                fetch_window(actives, place & _COLUMN, (place >> _ROW) & _COLUMN, side)
            p = np.int64(order[np.uintp(start + i)])
            here = np.int64(person[np.uintp(p), PLACE])
            is_cop = p < n_cops
            which = COP if is_cop else AGENT

            if here < 0:
                if is_cop or tick < until[p]:
                    continue
                here = nearest_place(~here & _COLUMN, ~here >> _ROW, agent_dx, agent_dy, taken, sights, side)
                if here < 0:
                    continue
                turn(taken, here & _COLUMN, here >> _ROW, side)
            x = here & _COLUMN
            y = (here >> _ROW) & _COLUMN
            was_active = (here & _IS_ACTIVE) != 0
            if is_cop and p >= n_cops_now:
                turn(taken, x, y, side)
                turn(cops, x, y, side)
                person[np.uintp(p), PLACE] = WITHDRAWN
                continue

            from_x = x
            from_y = y
            has_moved = False
            if moves == EVERYBODY or (is_cop and moves != NOBODY):
                to = destination(x, y, draws[np.uintp(i & 3), np.uintp(i >> 2)], taken, sights, which, side)
                x = to & _COLUMN
                y = to >> _ROW
                has_moved = x != from_x or y != from_y
                if has_moved:
                    turn(taken, from_x, from_y, side)
                    turn(taken, x, y, side)

            if is_cop:
                if has_moved:
                    turn(cops, from_x, from_y, side)
                    turn(cops, x, y, side)
                    person[np.uintp(p), PLACE] = (y << _ROW) + x
                in_sight = set_in_sight(actives, x, y, sights, COP, side)
                seen = how_many(in_sight)
                if seen > 0:
                    bit = nth(in_sight, np.int64(uniform(seed, ARREST, start + i, tick) * seen))
                    x = around(x + (bit & 15) - REACH, side)
                    y = around(y + (bit >> 4) - REACH, side)
                    prisoner = active_at[y * side + x]
                    turn(taken, x, y, side)
                    turn(actives, x, y, side)
                    person[prisoner, PLACE] = ~((y << _ROW) + x)
                    if max_term == math.inf:
                        until[prisoner] = FOR_LIFE
                    else:
                        until[prisoner] = tick + 1 + int(uniform(seed, TERM, prisoner, tick) * max_term)
                continue

            if was_active and has_moved:
                turn(actives, from_x, from_y, side)
                was_active = False
            n_cops_seen = how_many(set_in_sight(cops, x, y, sights, AGENT, side))
            n_actives = how_many(set_in_sight(actives, x, y, sights, AGENT, side)) + 1
            limit = np.int64(person[np.uintp(p), CRITICAL])
            is_active = (n_cops_seen << 16) < (limit - 2) * n_actives
            if limit == UNSURE or (not is_active and (n_cops_seen << 16) <= (limit + 2) * n_actives):
                grievance = hardship[p] * (1.0 - legitimacy)
                is_active = decide(grievance, risk_aversion[p], n_cops_seen, n_actives, threshold, k, ratio)
            if is_active != was_active:
                turn(actives, x, y, side)
            if is_active:
                active_at[y * side + x] = p
            person[np.uintp(p), PLACE] = (y << _ROW) + (np.int64(is_active) << 15) + x


period = numba.njit(nogil=True, cache=True)(_period)


@numba.njit(nogil=True, cache=True)
def unpack(person, n_cops, side, site, active):
    """Write site[n] and active[n] as `rules` holds them."""
    for p in range(len(person)):
        place = np.int64(person[p, PLACE])
        active[p] = 0
        if p < n_cops and place == WITHDRAWN:
            site[p] = WITHDRAWN
        elif place < 0:
            site[p] = -2 - ((~place >> _ROW) * side + (~place & _COLUMN))
        else:
            site[p] = (place >> _ROW) * side + (place & _COLUMN)
            active[p] = 1 if place & _IS_ACTIVE else 0


@numba.njit(nogil=True, cache=True)
def record_packed(row, n_cops, legitimacy, hardship, risk_aversion, person):
    """`rules.record`, on packed persons; adding 0 for those who don't count changes no bit of a sum."""
    actives = 0
    jailed = 0
    quiet = 0
    hardships = 0.0
    risks = 0.0
    for p in range(n_cops, len(person)):
        place = person[p, PLACE]
        is_jailed = np.int64(place < 0)
        is_active = (place >> 15) & 1 & ~is_jailed
        is_quiet = 1 - is_jailed - is_active
        jailed += is_jailed
        actives += is_active
        quiet += is_quiet
        hardships += hardship[p] * is_quiet
        risks += risk_aversion[p] * is_quiet
    row[ACTIVES] = actives
    row[JAILED] = jailed
    row[TENSION] = (
        hardships * (1.0 - legitimacy) * quiet / (risks * (len(person) - n_cops)) if risks > 0.0 else 0.0
    )


def _periods(
    first_tick, seed, side, n_cops, cops_path, legitimacy_path, activation, threshold, k, ratio, max_term, moves,
    agent_dx, agent_dy, sights, hardship, risk_aversion, site, until, active, recorded,
    taken, cops, actives, person, order, active_at,
):  # fmt: skip
    n = len(site)
    draws = np.empty((4, CHUNK // 4), np.uint32)
    order_draws = np.empty(CHUNK)
    for p in range(n):
        if site[p] == WITHDRAWN:
            person[p, PLACE] = WITHDRAWN
            continue
        where = -2 - site[p] if site[p] < 0 else site[p]
        x = where % side
        y = where // side
        if site[p] < 0:
            person[p, PLACE] = ~((y << _ROW) + x)
            continue
        person[p, PLACE] = (y << _ROW) + x
        turn(taken, x, y, side)
        if p < n_cops:
            turn(cops, x, y, side)
        elif active[p]:
            person[p, PLACE] = (y << _ROW) + _IS_ACTIVE + x
            turn(actives, x, y, side)
            active_at[where] = p

    for t in range(len(recorded)):
        tick = first_tick + t
        if activation == RANDOM:
            shuffle(order, order_draws, seed, tick)
        else:
            call_in_order(order, n_cops, activation, seed, tick)
        if t == 0 or legitimacy_path[t] != legitimacy_path[t - 1]:
            critical_ratios(person, n_cops, legitimacy_path[t], threshold, k, ratio, hardship, risk_aversion)
        period(
            tick, seed, order, side, n_cops, cops_path[t], legitimacy_path[t], threshold, k, ratio, max_term, moves,
            agent_dx, agent_dy, sights, hardship, risk_aversion,
            person, until, taken, cops, actives, active_at, draws,
        )  # fmt: skip
        record_packed(recorded[t], n_cops, legitimacy_path[t], hardship, risk_aversion, person)
    unpack(person, n_cops, side, site, active)


periods = numba.njit(nogil=True, cache=True)(_periods)


def history(
    first_tick, seed, side, n_cops, cops_path, legitimacy_path, activation, threshold, k, ratio, max_term, moves,
    agent_dx, agent_dy, cop_dx, cop_dy, hardship, risk_aversion, site, until, active, recorded, compiled=periods,
):  # fmt: skip
    """The same as `rules.history`, bit for bit. Offsets of at most REACH, sides 2 HALO to 32767."""
    n = len(site)
    # numpy asks for large pages, which compiled code wouldn't
    compiled(
        first_tick, seed, side, n_cops, cops_path, legitimacy_path, activation, threshold, k, ratio, max_term, moves,
        agent_dx, agent_dy, np.array([sight(agent_dx, agent_dy), sight(cop_dx, cop_dy)]), hardship, risk_aversion,
        site, until, active, recorded, empty_plane(side), empty_plane(side), empty_plane(side),
        np.zeros((n, 2), np.int32), np.empty(n, np.int32), np.empty(side * side, np.int32),
    )  # fmt: skip


@functools.lru_cache(maxsize=16)
def history_with(rule: Callable[..., bool]) -> Any:
    """The history compiled with a user's own rule A in place of `rules.decide` (same arguments, see there)."""
    own = numba.njit(forceinline=True, nogil=True)(rule)
    scope = {**_period.__globals__, "decide": own}
    own_period = numba.njit(nogil=True)(types.FunctionType(_period.__code__, scope, "_period"))
    scope = {**_periods.__globals__, "period": own_period, "critical_ratios": ask_the_rule}
    own_periods = numba.njit(nogil=True)(types.FunctionType(_periods.__code__, scope, "_periods"))
    return functools.partial(history, compiled=own_periods)
