"""Epstein 2002, Model I, in the form that runs fast: the same draws, the same order, the same bits as `rules`.

What differs from the clear form:
- Who stands where is held in bit planes (`models.bitplanes`): sites taken, cops, actives. What somebody sees is four
  words of a plane; counting is counting bits, and the n-th free site in sight the n-th bit. Nothing is kept up to
  date but the bits of those who move.
- A person is one word: in its low half (y << 16) + (active << 15) + x, or these bits turned over in prison; in its
  high half the critical ratio below, or IS_COP. In blocks people change places in memory every period (`arrange`), so
  that those of a block lie side by side; who[p] is their number in the clear form.
- Each agent's rule A is turned round once per legitimacy: active if C < critical A, in whole numbers
  (critical in 1 / 65536). Within a hair of equality the rule itself decides, so that nothing is approximated; where
  C/A is rounded down the critical ratio is a whole number and needs no hair. Who is quiet, or active, whatever
  they see doesn't count.
- The nearest free site is the first one of a list in order of distance.
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

from uprising.kernel.engine.draws import fill_words, two_uniforms, uniform
from uprising.kernel.engine.intrinsics import fetch
from uprising.kernel.engine.jit import compiled
from uprising.models.bitplanes import (
    HALO,
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
    turn_inside,
)
from uprising.models.epstein.blocks import (
    CHUNK,
    N_COLOURS,
    QUARTER,
    SLICES,
    begin_part,
    block_of_colour,
    blocks_along,
    draw_colours,
    fetch_block,
    lay_blocks,
    shuffle_block,
)
from uprising.models.epstein.rules import (
    ACTIVES,
    BLOCKS,
    EVERYBODY,
    FLOOR,
    FOR_LIFE,
    JAILED,
    NOBODY,
    RANDOM,
    REAL,
    ROUND,
    TENSION,
    WHOLE,
    WITHDRAWN,
    call_in_order,
    decide,
    tension,
)
from uprising.models.lattice import around
from uprising.models.purposes import ARREST, MOVE, ORDER, TERM

ALWAYS = 2**30
NEVER = -(2**30)
UNSURE = -(2**31)
IS_COP = UNSURE + 1
AGENT, COP = range(2)
# turns from which a person, and then the window around it, is asked for
PERSON_AHEAD, WINDOW_AHEAD = 20, 10
# where bit planes and prison terms no longer stay in the nearer caches
LARGE = 200_000
SHUFFLE_LARGE = 30_000
# people are arranged in so many parts at once
PARTS = 16
_SHIFT = np.uint64(32)
_ROW = 16
_IS_ACTIVE = 1 << 15
_COLUMN = _IS_ACTIVE - 1
_LOW_HALF = (1 << 32) - 1


@numba.njit(forceinline=True, nogil=True)
def place_of(person, p):
    """The low half of a person's word, with its sign."""
    return np.int64(np.int32(person[np.uintp(p)]))


@numba.njit(forceinline=True, nogil=True)
def put(person, p, critical, place):
    """Write both halves of a person's word."""
    person[np.uintp(p)] = (np.int64(critical) << 32) | (np.int64(place) & _LOW_HALF)


@compiled
def shuffle(order, seed, step):
    """`lattice.shuffle` with its draws made CHUNK at a time."""
    n = len(order)
    chosen = np.empty(CHUNK, np.int32)
    for start in range(0, n, CHUNK):
        m = min(CHUNK, n - start)
        for i in range(CHUNK // 2):
            first, second = two_uniforms(seed, ORDER, (start >> 1) + i, step)
            chosen[2 * i] = np.int32(first * (start + 2 * i + 1))
            chosen[2 * i + 1] = np.int32(second * (start + 2 * i + 2))
        if n > SHUFFLE_LARGE:
            for i in range(m):
                fetch(order, np.int64(chosen[i]))
        for i in range(m):
            j = np.uintp(chosen[i])
            order[np.uintp(start + i)] = order[j]
            order[j] = start + i


@compiled
def critical_ratios(person, who, legitimacy, threshold, k, ratio, hardship, risk_aversion):
    """The ratio C/A below which each agent is active, in 1 / 65536; ALWAYS, NEVER, or UNSURE: ask the rule."""
    for p in range(len(person)):
        if person[p] >> 32 == IS_COP:
            continue
        place = place_of(person, p)
        grievance = hardship[who[p]] * (1.0 - legitimacy)
        risk = risk_aversion[who[p]]
        spare = grievance - threshold
        if spare <= 0.0:
            put(person, p, NEVER, place)
            continue
        if spare > risk * (1.0 + 1e-9):
            put(person, p, ALWAYS, place)
            continue
        share = spare / risk
        if share > 1.0 - 1e-6:
            put(person, p, UNSURE, place)
            continue
        value = -math.log1p(-share) / k
        if ratio != REAL:
            value = math.ceil(value)
        if ratio == FLOOR:
            # the whole number at which the rule itself says no, and still says yes one below
            no = decide(grievance, risk, value, 1, threshold, k, ratio)
            yes = decide(grievance, risk, value - 1, 1, threshold, k, ratio)
            if no or not yes:
                value = math.inf
        elif ratio == ROUND:
            # up to half a step below the next whole number
            value -= 0.5
        put(person, p, np.int64(value * 65536.0) if value < 16000.0 else UNSURE, place)


@compiled
def ask_the_rule(person, who, legitimacy, threshold, k, ratio, hardship, risk_aversion):
    """No critical ratios: every agent's rule is asked every time."""
    for p in range(len(person)):
        if person[p] >> 32 != IS_COP:
            put(person, p, UNSURE, place_of(person, p))


@compiled
def nearest_place(x, y, dx, dy, taken, sights, side):
    """`lattice.nearest_free_site`, offsets nearest first; the place as (y << 16) + x, or -1."""
    if not is_set(taken, x, y, side):
        return (y << _ROW) + x
    free = clear_in_sight(taken, x, y, sights, AGENT, side)
    for w in range(len(dx)):
        if has(free, 16 * (dy[w] + REACH) + dx[w] + REACH):
            return (around(y + dy[w], side) << _ROW) + around(x + dx[w], side)
    return -1


def _period(
    first, last, tick, seed, order, side, n_cops_now, legitimacy, threshold, k, ratio, max_term, moves,
    agent_dx, agent_dy, sights, hardship, risk_aversion,
    person, until, who, taken, cops, actives, active_at, draws, is_far,
):  # fmt: skip
    """The turns first .. last - 1 of one period; order has PERSON_AHEAD entries more.

    taken, cops and actives are bit planes; active_at[site]: which agent is active there; is_far: whether those called
    one after the other stand so far apart that the memory of their windows must be asked for.
    """
    hair = 0 if ratio == FLOOR else 3
    inner = np.uint64(max(side - 2 * (REACH + HALO), 0))
    for start in range(first // CHUNK * CHUNK, last, CHUNK):
        begin = max(first - start, 0)
        end = min(CHUNK, last - start)
        if moves != NOBODY:
            fill_words(draws, (start + begin) >> 2, (start + end + 3) >> 2, seed, MOVE, tick)
            first_question = begin >> 2
        for i in range(begin, end):
            fetch(person, np.int64(order[np.uintp(start + i + PERSON_AHEAD)]))
            if is_far:
                following = np.int64(order[np.uintp(start + i + WINDOW_AHEAD)])
                fetch(until, following)
                place = place_of(person, following)
                place ^= place >> 63
                fetch_window(taken, place & _COLUMN, (place >> _ROW) & _COLUMN, side)
                fetch_window(cops, place & _COLUMN, (place >> _ROW) & _COLUMN, side)
                fetch_window(actives, place & _COLUMN, (place >> _ROW) & _COLUMN, side)
            p = np.int64(order[np.uintp(start + i)])
            here = place_of(person, p)
            limit = person[np.uintp(p)] >> 32
            is_cop = limit == IS_COP
            which = COP if is_cop else AGENT

            if here < 0:
                if is_cop or tick < until[np.uintp(p)]:
                    continue
                here = nearest_place(~here & _COLUMN, ~here >> _ROW, agent_dx, agent_dy, taken, sights, side)
                if here < 0:
                    continue
                turn(taken, here & _COLUMN, here >> _ROW, side)
            x = here & _COLUMN
            y = (here >> _ROW) & _COLUMN
            was_active = (here & _IS_ACTIVE) != 0
            if is_cop and who[np.uintp(p)] >= n_cops_now:
                turn(taken, x, y, side)
                turn(cops, x, y, side)
                put(person, p, IS_COP, WITHDRAWN)
                continue

            from_x = x
            from_y = y
            if moves == EVERYBODY or (is_cop and moves != NOBODY):
                free = clear_in_sight(taken, x, y, sights, which, side)
                n_free = how_many(free)
                if n_free != 0:
                    drawn = np.uint64(draws[np.uintp(i & 3), np.uintp((i >> 2) - first_question)])
                    bit = nth(free, np.int64((drawn * np.uint64(n_free)) >> _SHIFT))
                    x += (bit & 15) - REACH
                    y += (bit >> 4) - REACH
                    # a difference below 0 is a very large unsigned one
                    if np.uint64(from_x - REACH - HALO) < inner and np.uint64(from_y - REACH - HALO) < inner:
                        turn_inside(taken, from_x, from_y, side)
                        turn_inside(taken, x, y, side)
                    else:
                        x = around(x, side)
                        y = around(y, side)
                        turn(taken, from_x, from_y, side)
                        turn(taken, x, y, side)

            if is_cop:
                if x != from_x or y != from_y:
                    turn(cops, from_x, from_y, side)
                    turn(cops, x, y, side)
                    put(person, p, IS_COP, (y << _ROW) + x)
                in_sight = set_in_sight(actives, x, y, sights, COP, side)
                seen = how_many(in_sight)
                if seen > 0:
                    bit = nth(in_sight, np.int64(uniform(seed, ARREST, start + i, tick) * seen))
                    x = around(x + (bit & 15) - REACH, side)
                    y = around(y + (bit >> 4) - REACH, side)
                    prisoner = np.int64(active_at[np.uintp(y * side + x)])
                    turn(taken, x, y, side)
                    turn(actives, x, y, side)
                    put(person, prisoner, person[np.uintp(prisoner)] >> 32, ~((y << _ROW) + x))
                    if max_term == math.inf:
                        until[np.uintp(prisoner)] = FOR_LIFE
                    else:
                        term = 1 + int(uniform(seed, TERM, who[np.uintp(prisoner)], tick) * max_term)
                        until[np.uintp(prisoner)] = tick + term
                continue

            if was_active and (x != from_x or y != from_y):
                turn(actives, from_x, from_y, side)
                was_active = False
            is_active = False
            if limit != NEVER:
                n_cops_seen = how_many(set_in_sight(cops, x, y, sights, AGENT, side))
                n_actives = how_many(set_in_sight(actives, x, y, sights, AGENT, side)) + 1
                # true of ALWAYS, false of UNSURE whatever is seen
                is_active = (n_cops_seen << 16) < (limit - hair) * n_actives
                if hair != 0 or limit == UNSURE:
                    is_near = not is_active and (n_cops_seen << 16) < (limit + hair) * n_actives
                    if is_near or limit == UNSURE:
                        grievance = hardship[who[p]] * (1.0 - legitimacy)
                        is_active = decide(
                            grievance, risk_aversion[who[p]], n_cops_seen, n_actives, threshold, k, ratio
                        )
            if is_active != was_active:
                turn(actives, x, y, side)
            if is_active:
                active_at[np.uintp(y * side + x)] = p
            put(person, p, limit, (y << _ROW) + (np.int64(is_active) << 15) + x)


period = compiled(_period)


@compiled
def unpack(person, who, side, site, active):
    """Write site[n] and active[n] as `rules` holds them."""
    for at in range(len(person)):
        place = place_of(person, at)
        p = who[at]
        active[p] = 0
        if person[at] >> 32 == IS_COP and place == WITHDRAWN:
            site[p] = WITHDRAWN
        elif place < 0:
            site[p] = -2 - ((~place >> _ROW) * side + (~place & _COLUMN))
        else:
            site[p] = (place >> _ROW) * side + (place & _COLUMN)
            active[p] = 1 if place & _IS_ACTIVE else 0


def traits_of(hardship, risk_aversion):
    """Hardship (upper half) and risk aversion (lower half) in whole numbers of 1 / WHOLE, [n] int64."""
    return ((hardship * WHOLE).astype(np.int64) << 32) | (risk_aversion * WHOLE).astype(np.int64)


@compiled
def count_packed(sums, person, traits):
    """Fill sums[5] with the actives, the jailed, the quiet and free, and their hardships and risk aversions."""
    actives = 0
    jailed = 0
    quiet = 0
    hardships = 0
    risks = 0
    for p in range(len(person)):
        place = np.int32(person[p])
        is_agent = np.int64(person[p] >> 32 != IS_COP)
        is_jailed = np.int64(place < 0) & is_agent
        is_active = (place >> 15) & 1 & is_agent & ~is_jailed
        is_quiet = is_agent - is_jailed - is_active
        jailed += is_jailed
        actives += is_active
        quiet += is_quiet
        hardships += (traits[p] >> 32) & -is_quiet
        risks += traits[p] & _LOW_HALF & -is_quiet
    sums[0], sums[1], sums[2], sums[3], sums[4] = actives, jailed, quiet, hardships, risks


@compiled
def record_sums(row, n_agents, legitimacy, sums):
    """`rules.record` from the sums of all or of each part of the people, sums[parts, 5]."""
    row[ACTIVES] = sums[:, 0].sum()
    row[JAILED] = sums[:, 1].sum()
    row[TENSION] = tension(sums[:, 3].sum(), sums[:, 4].sum(), sums[:, 2].sum(), n_agents, legitimacy)


@compiled
def pack(side, n_cops, site, active, taken, cops, actives, person, active_at):
    """Write persons and planes from site[n] and active[n] as `rules` holds them."""
    for p in range(len(site)):
        is_cop = p < n_cops
        high = IS_COP if is_cop else 0
        if site[p] == WITHDRAWN:
            put(person, p, high, WITHDRAWN)
            continue
        where = -2 - site[p] if site[p] < 0 else site[p]
        x = where % side
        y = where // side
        if site[p] < 0:
            put(person, p, high, ~((y << _ROW) + x))
            continue
        put(person, p, high, (y << _ROW) + x)
        turn(taken, x, y, side)
        if is_cop:
            turn(cops, x, y, side)
        elif active[p]:
            put(person, p, high, (y << _ROW) + _IS_ACTIVE + x)
            turn(actives, x, y, side)
            active_at[where] = p


def _periods(
    first_tick, seed, side, n_cops, cops_path, legitimacy_path, activation, threshold, k, ratio, max_term, moves,
    agent_dx, agent_dy, sights, hardship, risk_aversion, site, until, active, recorded,
    taken, cops, actives, person, who, traits, order, active_at,
):  # fmt: skip
    n = len(site)
    draws = np.empty((4, QUARTER), np.uint32)
    sums = np.empty((1, 5), np.int64)
    pack(side, n_cops, site, active, taken, cops, actives, person, active_at)
    for t in range(len(recorded)):
        tick = first_tick + t
        if activation == RANDOM:
            shuffle(order[:n], seed, tick)
        else:
            call_in_order(order[:n], n_cops, activation, seed, tick)
        if t == 0 or legitimacy_path[t] != legitimacy_path[t - 1]:
            critical_ratios(person, who, legitimacy_path[t], threshold, k, ratio, hardship, risk_aversion)
        period(
            0, n, tick, seed, order, side, cops_path[t], legitimacy_path[t], threshold, k, ratio, max_term,
            moves, agent_dx, agent_dy, sights, hardship, risk_aversion,
            person, until, who, taken, cops, actives, active_at, draws, n > LARGE,
        )  # fmt: skip
        count_packed(sums[0], person, traits)
        record_sums(recorded[t], n - n_cops, legitimacy_path[t], sums)
    unpack(person, who, side, site, active)


periods = compiled(_periods)


@compiled
def count_keys(counted, keys, columns, rows, person, until, tick):
    """Fill keys[n] with twice each one's block, plus 1 for who isn't called, and counted[2 blocks]."""
    counted[:] = 0
    for p in range(len(person)):
        place = place_of(person, p)
        is_away = (place < 0) & ((tick < until[p]) | (person[p] >> 32 == IS_COP))
        # a prisoner belongs where the arrest was
        place ^= place >> 63
        block = columns[np.uintp(place & _COLUMN)] + rows[np.uintp(place >> _ROW) & np.uintp(_COLUMN)]
        key = 2 * block + np.int32(is_away)
        keys[p] = key
        counted[np.uintp(key)] += 1


@compiled
def move_in_memory(
    free_place, keys, side, active_at, person, until, who, traits, new_person, new_until, new_who, new_traits
):  # fmt: skip
    """Move everybody to the next place in memory of their key; free_place[2 blocks] moves on."""
    for p in range(len(person)):
        key = np.uintp(keys[p])
        at = np.uintp(free_place[key])
        free_place[key] += 1
        new_person[at] = person[p]
        new_until[at] = until[p]
        new_who[at] = who[p]
        new_traits[at] = traits[p]
        place = place_of(person, p)
        if place >= 0 and place & _IS_ACTIVE:
            active_at[np.uintp((place >> _ROW) * side + (place & _COLUMN))] = at


def _arrange(
    order, bounds, counted, keys, columns, rows, side, seed, tick, active_at,
    person, until, who, traits, new_person, new_until, new_who, new_traits,
):  # fmt: skip
    """Move everybody so that those of a block lie together, as `rules.call_in_blocks` does; order is of places here.

    Returns where block 0 begins.
    """
    n = len(person)
    each = (n + PARTS - 1) // PARTS
    left, top = lay_blocks(columns, rows, seed, tick)
    for part in numba.prange(PARTS):
        a, b = min(part * each, n), min((part + 1) * each, n)
        count_keys(counted[part], keys[a:b], columns, rows, person[a:b], until[a:b], tick)
    total = 0
    for key in range(len(bounds) - 1):
        for part in range(PARTS):
            before = total
            total += counted[part, key]
            counted[part, key] = before
        bounds[key + 1] = total
    for part in numba.prange(PARTS):
        a, b = min(part * each, n), min((part + 1) * each, n)
        move_in_memory(
            counted[part], keys[a:b], side, active_at, person[a:b], until[a:b], who[a:b], traits[a:b],
            new_person, new_until, new_who, new_traits,
        )  # fmt: skip
    for block in numba.prange(len(bounds) // 2):
        shuffle_block(order, bounds[2 * block], bounds[2 * block + 1], seed, tick)
    return left, top


arrange = compiled(parallel=True)(_arrange)


def _turns_in_blocks(
    tick, seed, order, bounds, colours, left, top, side, n_cops_now, legitimacy, threshold, k, ratio, max_term, moves,
    agent_dx, agent_dy, sights, hardship, risk_aversion, person, until, who, taken, cops, actives, active_at,
):  # fmt: skip
    """The turns of one period, blocks of a colour at the same time."""
    together = len(bounds) // 2 // N_COLOURS
    for part in range(SLICES):
        draw_colours(colours, seed, part, tick)
        for turn_of_colour in range(N_COLOURS):
            colour = colours[turn_of_colour]
            for number in numba.prange(together):
                block = block_of_colour(colour, number, side)
                fetch_block(active_at, block, left, top, side)
                period(
                    begin_part(bounds, block, part), begin_part(bounds, block, part + 1),
                    tick, seed, order, side, n_cops_now, legitimacy, threshold, k, ratio,
                    max_term, moves, agent_dx, agent_dy, sights, hardship, risk_aversion,
                    person, until, who, taken, cops, actives, active_at, np.empty((4, QUARTER), np.uint32), False,
                )  # fmt: skip


turns_in_blocks = compiled(parallel=True)(_turns_in_blocks)


def _count_parts(sums, person, traits):
    """`count_packed` of each part of the people, into sums[PARTS, 5]."""
    each = (len(person) + PARTS - 1) // PARTS
    for part in numba.prange(PARTS):
        count_packed(
            sums[part], person[part * each : (part + 1) * each], traits[part * each : (part + 1) * each]
        )


count_parts = compiled(parallel=True)(_count_parts)


def _periods_in_blocks(
    first_tick, seed, side, n_cops, cops_path, legitimacy_path, activation, threshold, k, ratio, max_term, moves,
    agent_dx, agent_dy, sights, hardship, risk_aversion, site, until, active, recorded,
    taken, cops, actives, person, who, traits, order, active_at, spare,
):  # fmt: skip
    """As `_periods`, blocks of a colour at the same time: on any number of threads the same."""
    n = len(site)
    pack(side, n_cops, site, active, taken, cops, actives, person, active_at)
    n_blocks = blocks_along(side) ** 2
    bounds = np.zeros(2 * n_blocks + 1, np.int32)
    counted = np.empty((PARTS, 2 * n_blocks), np.int32)
    keys = np.empty(n, np.int32)
    columns = np.empty(side, np.int32)
    rows = np.empty(side, np.int32)
    colours = np.empty(N_COLOURS, np.int32)
    sums = np.empty((PARTS, 5), np.int64)
    # people in memory, and where they move to
    now = (person, until.copy(), who, traits)
    then = spare
    for t in range(len(recorded)):
        tick = first_tick + t
        left, top = arrange(
            order, bounds, counted, keys, columns, rows, side, seed, tick, active_at, *now, *then
        )
        now, then = then, now
        person, until_now, who, traits = now
        if t == 0 or legitimacy_path[t] != legitimacy_path[t - 1]:
            critical_ratios(person, who, legitimacy_path[t], threshold, k, ratio, hardship, risk_aversion)
        turns_in_blocks(
            tick, seed, order, bounds, colours, left, top, side, cops_path[t], legitimacy_path[t], threshold, k,
            ratio, max_term, moves, agent_dx, agent_dy, sights, hardship, risk_aversion,
            person, until_now, who, taken, cops, actives, active_at,
        )  # fmt: skip
        count_parts(sums, person, traits)
        record_sums(recorded[t], n - n_cops, legitimacy_path[t], sums)
    person, until_now, who, traits = now
    unpack(person, who, side, site, active)
    for at in range(n):
        until[who[at]] = until_now[at]


periods_in_blocks = compiled(_periods_in_blocks)


def history(
    first_tick, seed, side, n_cops, cops_path, legitimacy_path, activation, threshold, k, ratio, max_term, moves,
    agent_dx, agent_dy, cop_dx, cop_dy, hardship, risk_aversion, site, until, active, recorded,
    compiled=(periods, periods_in_blocks),
):  # fmt: skip
    """The same as `rules.history`, bit for bit. Offsets of at most REACH, sides 2 HALO to 32767."""
    n = len(site)
    in_blocks = activation == BLOCKS
    nearest = np.argsort(agent_dx**2 + agent_dy**2, kind="stable")
    # numpy asks for large pages, which compiled code wouldn't
    spare = tuple(np.empty(n * in_blocks, kind) for kind in (np.int64, np.int32, np.int32, np.int64))
    compiled[in_blocks](
        first_tick, seed, side, n_cops, cops_path, legitimacy_path, activation, threshold, k, ratio, max_term, moves,
        agent_dx[nearest], agent_dy[nearest], np.array([sight(agent_dx, agent_dy), sight(cop_dx, cop_dy)]),
        hardship, risk_aversion, site, until, active, recorded, empty_plane(side), empty_plane(side), empty_plane(side),
        np.zeros(n, np.int64), np.arange(n, dtype=np.int32), traits_of(hardship, risk_aversion),
        np.zeros(n + PERSON_AHEAD, np.int32), np.empty(side * side, np.int32), *([spare] if in_blocks else []),
    )  # fmt: skip


@functools.lru_cache(maxsize=16)
def history_with(rule: Callable[..., bool]) -> Any:
    """The history compiled with a user's own rule A in place of `rules.decide` (same arguments, see there)."""
    own_rule = numba.njit(forceinline=True, nogil=True)(rule)
    scope = {**_period.__globals__, "decide": own_rule}
    own_period = numba.njit(nogil=True)(types.FunctionType(_period.__code__, scope, "_period"))
    scope = {**_periods.__globals__, "period": own_period, "critical_ratios": ask_the_rule}
    own = numba.njit(nogil=True)(types.FunctionType(_periods.__code__, scope, "_periods"))
    scope = {**_turns_in_blocks.__globals__, "period": own_period}
    turns = types.FunctionType(_turns_in_blocks.__code__, scope, "_turns_in_blocks")
    scope = {
        **_periods_in_blocks.__globals__,
        "turns_in_blocks": numba.njit(nogil=True, parallel=True)(turns),
        "critical_ratios": ask_the_rule,
    }
    in_blocks = types.FunctionType(_periods_in_blocks.__code__, scope, "_periods_in_blocks")
    return functools.partial(history, compiled=(own, numba.njit(nogil=True)(in_blocks)))
