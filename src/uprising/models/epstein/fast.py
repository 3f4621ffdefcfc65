"""Epstein 2002, Model I, in the form that runs fast: the same draws, the same order, the same bits as `rules`.

What differs from the clear form:
- The lattice has a margin of HALO sites that repeats the other side of the torus, so that looking needs no test
  for the edge; whoever writes near the edge writes twice.
- A person is 8 bytes: (y << 16) + (active << 15) + x, or -2 minus that in prison; and the critical ratio below.
- near[site] holds what somebody there sees, 256 x cops + actives, kept up to date when a cop or an active comes or
  goes. Few are either, so adding a window now and then is cheaper than counting one for everybody.
- Each agent's rule A is turned round once per legitimacy: active if C < critical A, in whole numbers
  (critical in 1 / 65536). Within a hair of equality the rule itself decides, so that nothing is approximated.
- The draws of 256 turns are made together, which the compiler turns into vector instructions.
- On lattices that outgrow the cache a look ahead at the next turns asks for their memory; it decides nothing.
Bytes per turn: 12 of the person and the order, 16 of the tries, 8 sites tried, 2 of near.
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
from uprising.kernel.lanes import LANES, add_lanes, fetch
from uprising.kernel.lattice import TRY_BLOCKS, around
from uprising.models.epstein.rules import (
    ACTIVES,
    EVERYBODY,
    FOR_LIFE,
    JAILED,
    NOBODY,
    RANDOM,
    REPLACEMENT,
    ROUND,
    TENSION,
    WITHDRAWN,
    call_in_order,
    decide,
)
from uprising.models.purposes import ARREST, MOVE, ORDER, TERM

CHUNK = 256
REACH = 7
HALO = 8
COP = 256
FREE, TAKEN, ACTIVE = 0, 1, 3
ALWAYS = 2**30
NEVER = -(2**30)
UNSURE = -(2**31)
PLACE, CRITICAL = range(2)
LARGE = 150_000
_SHIFT = np.uint64(32)
_ROW = 16
_IS_ACTIVE = 1 << 15
_COLUMN = _IS_ACTIVE - 1


@numba.njit(nogil=True, cache=True)
def draw_tries(tries, askers, m, size, seed, tick):
    """Fill tries[8, m] with the offsets' numbers (below size) of the first two blocks of tries of each asker."""
    n = np.uint64(size)
    for i in range(m):
        drawn = words(seed, MOVE, askers[i] * 8, tick)
        tries[0, i] = (drawn[0] * n) >> _SHIFT
        tries[1, i] = (drawn[1] * n) >> _SHIFT
        tries[2, i] = (drawn[2] * n) >> _SHIFT
        tries[3, i] = (drawn[3] * n) >> _SHIFT
    for i in range(m):
        drawn = words(seed, MOVE, askers[i] * 8 + 1, tick)
        tries[4, i] = (drawn[0] * n) >> _SHIFT
        tries[5, i] = (drawn[1] * n) >> _SHIFT
        tries[6, i] = (drawn[2] * n) >> _SHIFT
        tries[7, i] = (drawn[3] * n) >> _SHIFT


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
def add(near, x, y, amount, mask, side):
    """Add amount to near at every site from which (x, y) is seen, and at (x, y) itself.

    mask[2 REACH + 1, LANES] is the window, all bits set where it sees. Columns beyond the edge are added in the
    margin; `seen_from` puts the two together.
    """
    column = x + HALO - REACH
    for row in range(2 * REACH + 1):
        add_lanes(
            near, (around(y + row - REACH, side) + HALO) * (side + 2 * HALO) + column, amount, mask, row
        )


@numba.njit(nogil=True, cache=True)
def seen_from(near, at, x, side):
    """near at (x, y), at its place in the lattice with margins: 256 x cops + actives."""
    seen = np.int64(near[at])
    if x < HALO:
        seen += np.int64(near[at + side])
    if x >= side - HALO:
        seen += np.int64(near[at - side])
    return seen


@numba.njit(nogil=True, cache=True)
def put(cells, x, y, value, side):
    """Write a site and its copies in the margin."""
    stride = side + 2 * HALO
    at = (y + HALO) * stride + x + HALO
    cells[at] = value
    if x < HALO or x >= side - HALO or y < HALO or y >= side - HALO:
        beside = side if x < HALO else (-side if x >= side - HALO else 0)
        below = side * stride if y < HALO else (-side * stride if y >= side - HALO else 0)
        cells[at + beside] = value
        cells[at + below] = value
        cells[at + beside + below] = value


@numba.njit(nogil=True, cache=True)
def free_offset(first_block, seed, asker, tick, at, offsets, cells):
    """`lattice.random_free_site` from block first_block on: the number of the offset, or -1."""
    n = np.uint64(len(offsets))
    for block in range(first_block, TRY_BLOCKS):
        tries = words(seed, MOVE, asker * 8 + block, tick)
        for word in range(4):
            w = np.int64((tries[word] * n) >> _SHIFT)
            if cells[at + offsets[w]] == FREE:
                return w
    free = 0
    for w in range(len(offsets)):
        if cells[at + offsets[w]] == FREE:
            free += 1
    if free == 0:
        return -1
    chosen = int(uniform(seed, MOVE, asker * 8 + TRY_BLOCKS, tick) * free)
    for w in range(len(offsets)):
        if cells[at + offsets[w]] == FREE:
            if chosen == 0:
                return w
            chosen -= 1
    return -1


@numba.njit(nogil=True, cache=True)
def nearest_place(x, y, dx, dy, cells, side):
    """`lattice.nearest_free_site`; the place as (y << 16) + x, or -1."""
    stride = side + 2 * HALO
    at = (y + HALO) * stride + x + HALO
    if cells[at] == FREE:
        return (y << _ROW) + x
    best = -1
    best_distance = 1 << 30
    for w in range(len(dx)):
        distance = dx[w] * dx[w] + dy[w] * dy[w]
        if cells[at + dy[w] * stride + dx[w]] == FREE and distance < best_distance:
            best = (around(y + dy[w], side) << _ROW) + around(x + dx[w], side)
            best_distance = distance
    return best


@numba.njit(nogil=True, cache=True)
def active_in_sight(chosen, at, offsets, cells):
    """The number of the offset of the chosen-th active of the window."""
    for w in range(len(offsets)):
        if cells[at + offsets[w]] == ACTIVE:
            if chosen == 0:
                return w
            chosen -= 1
    return -1


@numba.njit(nogil=True, cache=True)
def actives_in_sight(at, offsets, cells):
    """How many actives the window holds."""
    seen = 0
    for w in range(len(offsets)):
        if cells[at + offsets[w]] == ACTIVE:
            seen += 1
    return seen


@numba.njit(nogil=True, cache=True)
def first_free(tries, i, at, corner, offsets, cells):
    """The first of the eight tries that is free, -1 if none: all are looked at, so that nothing is mispredicted.

    offsets count from the corner of the window, so that no index is negative and none needs a test.
    """
    turn = np.uintp(i)
    start = np.uintp(at - corner)
    bits = 0
    for word in range(8):
        there = start + offsets[tries[np.uintp(word), turn]]
        bits |= (cells[there] == FREE) << word
    if bits == 0:
        return -1
    bits &= -bits
    lowest = (1 if bits & 0xAA else 0) + (2 if bits & 0xCC else 0) + (4 if bits & 0xF0 else 0)
    return np.int64(tries[np.uintp(lowest), turn])


@numba.njit(nogil=True, cache=True)
def look_ahead(start, m, order, person, tries, offsets, stride, cells, near):
    """Ask for the memory of turns start .. start + m - 1: persons, the sites they try, what is seen from there."""
    for i in range(start, start + m):
        fetch(person, np.int64(order[i]) * 2)
    for i in range(m):
        here = np.int64(person[order[start + i], PLACE])
        if here >= 0:
            at = ((here >> _ROW) + HALO) * stride + (here & _COLUMN) + HALO
            fetch(cells, at)
            for word in range(4):
                fetch(cells, at + offsets[tries[word, i]])
    for i in range(m):
        here = np.int64(person[order[start + i], PLACE])
        if here >= 0:
            at = ((here >> _ROW) + HALO) * stride + (here & _COLUMN) + HALO
            for word in range(4):
                there = at + offsets[tries[word, i]]
                if cells[there] == FREE:
                    fetch(near, there)
                    break


def _period(
    tick, seed, order, side, n_cops, n_cops_now, legitimacy, activation, threshold, k, ratio, max_term, moves,
    agent_dx, agent_dy, cop_dx, cop_dy, agent_offsets, cop_offsets, from_corner, mask, same_window, hardship,
    risk_aversion,
    person, until, cells, near, active_at, tries, askers,
):  # fmt: skip
    """One period. cells[site with margins]: FREE, TAKEN or ACTIVE; active_at[site]: which agent is active there."""
    n = len(order)
    stride = side + 2 * HALO
    corner = REACH * stride + REACH
    for start in range(0, n, CHUNK):
        m = min(CHUNK, n - start)
        if moves != NOBODY:
            for i in range(m):
                askers[i] = start + i if activation == REPLACEMENT else order[start + i]
            draw_tries(tries, askers, m, len(agent_offsets), seed, tick)
            if n > LARGE:
                look_ahead(start, m, order, person, tries, agent_offsets, stride, cells, near)
        for i in range(m):
            p = order[start + i]
            asker = start + i if activation == REPLACEMENT else p
            here = np.int64(person[p, PLACE])

            if p < n_cops:
                if here == WITHDRAWN:
                    continue
                x = here & _COLUMN
                y = here >> _ROW
                at = (y + HALO) * stride + x + HALO
                if p >= n_cops_now:
                    put(cells, x, y, FREE, side)
                    person[p, PLACE] = WITHDRAWN
                    add(near, x, y, -COP, mask, side)
                    continue
                if moves != NOBODY:
                    chosen = first_free(tries, i, at, corner, from_corner, cells) if same_window else -1
                    if chosen < 0:
                        chosen = free_offset(
                            2 if same_window else 0, seed, asker, tick, at, cop_offsets, cells
                        )
                    if chosen >= 0:
                        put(cells, x, y, FREE, side)
                        add(near, x, y, -COP, mask, side)
                        x = around(x + cop_dx[chosen], side)
                        y = around(y + cop_dy[chosen], side)
                        at = (y + HALO) * stride + x + HALO
                        put(cells, x, y, TAKEN, side)
                        add(near, x, y, COP, mask, side)
                        person[p, PLACE] = (y << _ROW) + x
                if same_window:
                    seen = seen_from(near, at, x, side) & 255
                else:
                    seen = actives_in_sight(at, cop_offsets, cells)
                if seen > 0:
                    w = active_in_sight(
                        int(uniform(seed, ARREST, asker, tick) * seen), at, cop_offsets, cells
                    )
                    x = around(x + cop_dx[w], side)
                    y = around(y + cop_dy[w], side)
                    prisoner = active_at[y * side + x]
                    put(cells, x, y, FREE, side)
                    add(near, x, y, -1, mask, side)
                    person[prisoner, PLACE] = -2 - ((y << _ROW) + x)
                    if max_term == math.inf:
                        until[prisoner] = FOR_LIFE
                    else:
                        until[prisoner] = tick + 1 + int(uniform(seed, TERM, prisoner, tick) * max_term)
                continue

            if here < 0:
                if tick < until[p]:
                    continue
                here = nearest_place(
                    (-2 - here) & _COLUMN, (-2 - here) >> _ROW, agent_dx, agent_dy, cells, side
                )
                if here < 0:
                    continue
                put(cells, here & _COLUMN, here >> _ROW, TAKEN, side)
            x = here & _COLUMN
            y = (here >> _ROW) & _COLUMN
            at = (y + HALO) * stride + x + HALO
            was_active = (here & _IS_ACTIVE) != 0
            if moves == EVERYBODY:
                chosen = first_free(tries, i, at, corner, from_corner, cells)
                if chosen < 0:
                    chosen = free_offset(2, seed, asker, tick, at, agent_offsets, cells)
                if chosen >= 0:
                    put(cells, x, y, FREE, side)
                    if was_active:
                        add(near, x, y, -1, mask, side)
                        was_active = False
                    x = around(x + agent_dx[chosen], side)
                    y = around(y + agent_dy[chosen], side)
                    at = (y + HALO) * stride + x + HALO
                    put(cells, x, y, TAKEN, side)

            limit = np.int64(person[p, CRITICAL])
            is_active = False
            if limit != NEVER:
                seen = seen_from(near, at, x, side)
                cops = seen >> 8
                actives = (seen & 255) + (0 if was_active else 1)
                if limit == ALWAYS or (limit != UNSURE and (cops << 16) < (limit - 2) * actives):
                    is_active = True
                elif limit == UNSURE or (cops << 16) <= (limit + 2) * actives:
                    grievance = hardship[p] * (1.0 - legitimacy)
                    is_active = decide(grievance, risk_aversion[p], cops, actives, threshold, k, ratio)
            if is_active:
                if not was_active:
                    add(near, x, y, 1, mask, side)
                    put(cells, x, y, ACTIVE, side)
                    active_at[y * side + x] = p
                person[p, PLACE] = (y << _ROW) + _IS_ACTIVE + x
            else:
                if was_active:
                    add(near, x, y, -1, mask, side)
                    put(cells, x, y, TAKEN, side)
                person[p, PLACE] = (y << _ROW) + x


period = numba.njit(nogil=True, cache=True)(_period)


@numba.njit(nogil=True, cache=True)
def unpack(person, side, site, active):
    """Write site[n] and active[n] as `rules` holds them."""
    for p in range(len(person)):
        place = np.int64(person[p, PLACE])
        active[p] = 0
        if place == WITHDRAWN:
            site[p] = WITHDRAWN
        elif place < 0:
            site[p] = -2 - (((-2 - place) >> _ROW) * side + ((-2 - place) & _COLUMN))
        else:
            site[p] = (place >> _ROW) * side + (place & _COLUMN)
            active[p] = 1 if place & _IS_ACTIVE else 0


@numba.njit(nogil=True, cache=True)
def record_packed(row, n_cops, legitimacy, hardship, risk_aversion, person):
    """`rules.record`, on packed persons."""
    actives = 0
    jailed = 0
    quiet = 0
    hardships = 0.0
    risks = 0.0
    for p in range(n_cops, len(person)):
        place = person[p, PLACE]
        if place < 0:
            jailed += 1
        elif place & _IS_ACTIVE:
            actives += 1
        else:
            quiet += 1
            hardships += hardship[p]
            risks += risk_aversion[p]
    row[ACTIVES] = actives
    row[JAILED] = jailed
    row[TENSION] = (
        hardships * (1.0 - legitimacy) * quiet / (risks * (len(person) - n_cops)) if risks > 0.0 else 0.0
    )


def _history(
    first_tick, seed, side, n_cops, cops_path, legitimacy_path, activation, threshold, k, ratio, max_term, moves,
    agent_dx, agent_dy, cop_dx, cop_dy, hardship, risk_aversion, site, until, active, recorded,
):  # fmt: skip
    """The same as `rules.history`, bit for bit. Offsets of at most REACH, sides 2 HALO to 32767."""
    n = len(site)
    stride = side + 2 * HALO
    cells = np.zeros(stride * stride, np.uint8)
    near = np.zeros(stride * stride + LANES, np.uint16)
    active_at = np.full(side * side, -1, np.int32)
    person = np.zeros((n, 2), np.int32)
    order = np.empty(n, np.int32)
    tries = np.empty((8, CHUNK), np.uint8)
    askers = np.empty(CHUNK, np.int64)
    order_draws = np.empty(CHUNK)
    agent_offsets = agent_dy.astype(np.int64) * stride + agent_dx
    cop_offsets = cop_dy.astype(np.int64) * stride + cop_dx
    from_corner = (agent_offsets + REACH * stride + REACH).astype(np.uintp)
    mask = np.zeros((2 * REACH + 1, LANES), np.uint16)
    mask[REACH, REACH] = 65535
    for w in range(len(agent_dx)):
        mask[REACH + agent_dy[w], REACH + agent_dx[w]] = 65535
    same_window = len(agent_dx) == len(cop_dx)
    if same_window:
        for w in range(len(agent_dx)):
            if agent_dx[w] != cop_dx[w] or agent_dy[w] != cop_dy[w]:
                same_window = False

    for p in range(n):
        if site[p] == WITHDRAWN:
            person[p, PLACE] = WITHDRAWN
            continue
        where = -2 - site[p] if site[p] < 0 else site[p]
        x = where % side
        y = where // side
        if site[p] < 0:
            person[p, PLACE] = -2 - ((y << _ROW) + x)
            continue
        person[p, PLACE] = (y << _ROW) + x
        put(cells, x, y, TAKEN, side)
        if p < n_cops:
            add(near, x, y, COP, mask, side)
        elif active[p]:
            person[p, PLACE] = (y << _ROW) + _IS_ACTIVE + x
            put(cells, x, y, ACTIVE, side)
            active_at[where] = p
            add(near, x, y, 1, mask, side)

    for t in range(len(recorded)):
        tick = first_tick + t
        if activation == RANDOM:
            shuffle(order, order_draws, seed, tick)
        else:
            call_in_order(order, n_cops, activation, seed, tick)
        if t == 0 or legitimacy_path[t] != legitimacy_path[t - 1]:
            critical_ratios(person, n_cops, legitimacy_path[t], threshold, k, ratio, hardship, risk_aversion)
        period(
            tick, seed, order, side, n_cops, cops_path[t], legitimacy_path[t], activation, threshold, k, ratio,
            max_term, moves, agent_dx, agent_dy, cop_dx, cop_dy, agent_offsets, cop_offsets, from_corner,
            mask, same_window,
            hardship, risk_aversion, person, until, cells, near, active_at, tries, askers,
        )  # fmt: skip
        record_packed(recorded[t], n_cops, legitimacy_path[t], hardship, risk_aversion, person)
    unpack(person, side, site, active)


history = numba.njit(nogil=True, cache=True)(_history)


@functools.lru_cache(maxsize=16)
def history_with(rule: Callable[..., bool]) -> Any:
    """The history compiled with a user's own rule A in place of `rules.decide` (same arguments, see there)."""
    own = numba.njit(inline="always", nogil=True)(rule)
    scope = {**_period.__globals__, "decide": own}
    own_period = numba.njit(nogil=True)(types.FunctionType(_period.__code__, scope, "_period"))
    scope = {**_history.__globals__, "period": own_period, "critical_ratios": ask_the_rule}
    return numba.njit(nogil=True)(types.FunctionType(_history.__code__, scope, "_history"))
