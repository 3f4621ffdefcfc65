"""Where to (MODEL 6.4): acts begin and end, people choose a site, walk there, and are counted.

W_s = (base + crowd)^a exp(-distance / reach), with room left; a person draws one site with probability
proportional to W (Davies et al. 2013). Axes: p places, s sites, o origins (places, then sites), c chunks of people,
m those of a stripe who want another act: mover[m] is a row, mover_home[m] the place.

A step goes: `list_movers`, `take_arms` (one after the other, since weapons are few), `act` (ranges of movers may go at
the same time), `count_at_home` and `count_at_work` (at the same time as each other: no count belongs to both),
`list_newcomers`, `walk_on` (ranges of people at the same time). Numbers that are added up are whole, so nothing
depends on threads.
"""

from __future__ import annotations

import numba
import numpy as np

from uprising.kernel.draws import uniform
from uprising.kernel.lanes import fetch
from uprising.state import DEMONSTRATING, FIGHTING, QUIET

CROWD, BAND, ARMS = range(3)
"""what people aim for: other demonstrators, other insurgents, weapons"""
SEEKING = 8
"""the wish of those who would fight and have no weapon: to demonstrate where weapons are kept (P4)"""
NOWHERE = -1
"""the slot of those who have not arrived"""
AHEAD = 24
"""people so far down a list are asked of memory ahead of their turn"""


@numba.njit(nogil=True, cache=True)
def choose(aim, draw, nearness, cumulative, is_filled, origin, u):
    """A site drawn from an origin with probability draw[aim, s] x nearness[origin, s]; -1 where all are zero.

    cumulative[aim, o, s] holds running sums over sites; a row is filled when it is first asked for in a step
    (is_filled[aim, o]). The draw u in [0, 1) picks the first site whose running sum exceeds u times the total.
    """
    row = cumulative[aim, origin]
    if not is_filled[aim, origin]:
        is_filled[aim, origin] = True
        total = 0.0
        for s in range(draw.shape[1]):
            total += draw[aim, s] * nearness[origin, s]
            row[s] = total
    n = np.int64(len(row))
    if not row[n - 1] > 0.0:
        return np.int64(-1)
    target = u * row[n - 1]
    # halves what is left without a branch: no processor could foresee which way
    first = np.int64(0)
    while n > 1:
        half = n >> 1
        first += half * np.int64(not row[first + half - 1] > target)
        n -= half
    return first


@numba.njit(nogil=True, cache=True)
def recount_at_home(i, before, after, home, role, household, block, household_out, block_out, place_role):
    """Move one person from one act to another in the counts of household, block and place."""
    place_role[home, role[i], before] -= 1
    place_role[home, role[i], after] += 1
    was_out = before == DEMONSTRATING or before == FIGHTING
    is_out = after == DEMONSTRATING or after == FIGHTING
    if was_out != is_out:
        step = 1 if is_out else -1
        household_out[household[i]] = np.int64(household_out[household[i]]) + step
        block_out[block[i]] = np.int64(block_out[block[i]]) + step


@numba.njit(nogil=True, cache=True)
def recount_at_work(
    i, before, after, team, team_workplace, team_out, team_stopped, workplace_out, workplace_stopped
):
    """Move one person from one act to another in the counts of team and workplace."""
    t = team[i]
    if t < 0:
        return
    was_out = before == DEMONSTRATING or before == FIGHTING
    is_out = after == DEMONSTRATING or after == FIGHTING
    if was_out != is_out:
        step = 1 if is_out else -1
        team_out[t] = np.int64(team_out[t]) + step
        workplace_out[team_workplace[t]] = np.int64(workplace_out[team_workplace[t]]) + step
    if (before == QUIET) != (after == QUIET):
        step = -1 if after == QUIET else 1
        team_stopped[t] = np.int64(team_stopped[t]) + step
        workplace_stopped[team_workplace[t]] = np.int64(workplace_stopped[team_workplace[t]]) + step


@numba.njit(nogil=True, cache=True)
def recount(
    i, before, after, home, role, household, team, block, team_workplace,
    household_out, team_out, team_stopped, workplace_out, workplace_stopped, block_out, place_role,
):  # fmt: skip
    """Move one person from one act to another in every count that knows of it."""
    recount_at_home(i, before, after, home[i], role, household, block, household_out, block_out, place_role)
    recount_at_work(
        i, before, after, team, team_workplace, team_out, team_stopped, workplace_out, workplace_stopped
    )


@numba.njit(nogil=True, cache=True)
def list_movers(chunk_start, chunk_place, changed, n_changed, mover, mover_home):
    """List who wants another act, chunk after chunk, so that rows can be asked of memory early; returns how many."""
    n = 0
    for c in range(len(n_changed)):
        for k in range(chunk_start[c], chunk_start[c] + n_changed[c]):
            mover[n], mover_home[n] = changed[k], chunk_place[c]
            n += 1
    return n


@numba.njit(nogil=True, cache=True)
def take_arms(
    seed, tick, weight, n, mover, mover_home, wish, activity, site,
    place_group, arms_loose, arms_chance, draw, nearness, cumulative, is_filled, room, n_places,
    purpose_site, purpose_room, purpose_arms,
):  # fmt: skip
    """Who wants to fight takes a weapon, who fights no more gives one back; in the order of rows.

    arms_loose[group] pieces are in people's hands; one row takes `weight`. Who finds none seeks one: wish becomes
    SEEKING. Who finds no band within reach, or no room there, stays as he is: wish becomes his act.
    """
    for m in range(n):
        fetch(activity, np.int64(mover[min(m + AHEAD, n - 1)]))
        fetch(wish, np.int64(mover[min(m + AHEAD, n - 1)]))
        i = mover[m]
        before = activity[i]
        if before == FIGHTING:
            arms_loose[place_group[mover_home[m]]] += weight
        elif wish[i] == FIGHTING:
            group = place_group[mover_home[m]]
            if arms_loose[group] >= weight and uniform(seed, purpose_arms, i, tick) < arms_chance[group]:
                was_out = before == DEMONSTRATING
                origin = n_places + np.int64(site[i]) if was_out and site[i] >= 0 else np.int64(mover_home[m])
                u = uniform(seed, purpose_site, i, tick)
                chosen = choose(BAND, draw, nearness, cumulative, is_filled, origin, u)
                if chosen < 0 or (not was_out and uniform(seed, purpose_room, i, tick) >= room[chosen]):
                    wish[i] = before
                else:
                    arms_loose[group] -= weight
            else:
                wish[i] = SEEKING


@numba.njit(nogil=True, cache=True)
def act(
    first, last, seed, tick, mover, mover_home, wish, activity, site, since,
    draw, nearness, cumulative, is_filled, room, steps_to_site, n_places, purpose_site, purpose_room,
):  # fmt: skip
    """Carry out the wishes of movers first ... last - 1.

    Who heads for a full site turns back: room[s] is the share of those arriving who still find a place. since
    becomes the tick of arrival (out) or of the change (at home). wish[i] becomes the act of before.
    """
    for m in range(first, last):
        soon = np.int64(mover[min(m + AHEAD, last - 1)])
        fetch(activity, soon)
        fetch(wish, soon)
        fetch(site, soon)
        fetch(since, soon)
        i = mover[m]
        before, after, aim = activity[i], wish[i], CROWD
        wish[i] = before
        if after == before:
            continue
        if after == SEEKING:
            after, aim = np.uint8(DEMONSTRATING), ARMS
        elif after == FIGHTING:
            aim = BAND
        was_out = before >= DEMONSTRATING
        is_out = after >= DEMONSTRATING
        if is_out and (not was_out or aim != CROWD):
            origin = n_places + np.int64(site[i]) if was_out and site[i] >= 0 else np.int64(mover_home[m])
            u = uniform(seed, purpose_site, i, tick)
            chosen = choose(aim, draw, nearness, cumulative, is_filled, origin, u)
            if chosen < 0 or (not was_out and uniform(seed, purpose_room, i, tick) >= room[chosen]):
                continue
            if site[i] != chosen:
                since[i] = tick + steps_to_site[origin, chosen]
            site[i] = chosen
        elif was_out and not is_out:
            site[i] = -1
            since[i] = tick
        activity[i] = after


@numba.njit(nogil=True, cache=True)
def count_at_home(
    n, mover, mover_home, wish, activity, lines, role, household, block, household_out, block_out, place_role,
):  # fmt: skip
    """Count the changes of act where people live; wish[i] is the act of before."""
    for m in range(n):
        fetch(lines, 4 * np.int64(mover[min(m + 2 * AHEAD, n - 1)]))
        soon = np.int64(mover[min(m + AHEAD, n - 1)])
        fetch(household_out, np.int64(household[soon]))
        fetch(block_out, np.int64(block[soon]))
        fetch(wish, soon)
        fetch(activity, soon)
        i = mover[m]
        recount_at_home(
            i, wish[i], activity[i], mover_home[m], role, household, block, household_out, block_out, place_role
        )


@numba.njit(nogil=True, cache=True)
def count_at_work(
    n, mover, wish, activity, lines, team, team_workplace, team_out, team_stopped, workplace_out, workplace_stopped,
):  # fmt: skip
    """Count the changes of act where people work; wish[i] is the act of before."""
    for m in range(n):
        fetch(lines, 4 * np.int64(mover[min(m + 2 * AHEAD, n - 1)]))
        soon = np.int64(mover[min(m + AHEAD, n - 1)])
        their_team = max(np.int64(team[soon]), 0)
        fetch(team_out, their_team)
        fetch(team_stopped, their_team)
        fetch(team_workplace, their_team)
        fetch(wish, soon)
        fetch(activity, soon)
        i = mover[m]
        recount_at_work(
            i, wish[i], activity[i], team, team_workplace, team_out, team_stopped, workplace_out, workplace_stopped
        )


@numba.njit(nogil=True, cache=True)
def list_newcomers(n, mover, wish, activity, newcomers, n_new):
    """Add to newcomers[:n_new], in the order of rows, who has come out; wish[i] is the act of before; returns n_new."""
    for m in range(n):
        i = mover[m]
        newcomers[n_new] = i
        n_new += wish[i] < DEMONSTRATING and activity[i] >= DEMONSTRATING
    return n_new


@numba.njit(nogil=True, cache=True)
def act_and_count(
    seed, tick, weight, chunk_start, chunk_place, changed, n_changed, mover, mover_home, wish, activity, site, since,
    lines, role, household, team, block, team_workplace, household_out, team_out, team_stopped, workplace_out,
    workplace_stopped, block_out, place_role, place_group, arms_loose, arms_chance,
    draw, nearness, cumulative, is_filled, room, steps_to_site, n_places, purpose_site, purpose_room, purpose_arms,
    newcomers, n_new,
):  # fmt: skip
    """All that becomes of the wishes of a stripe, on one thread: one call costs less than six. As list_newcomers."""
    n = list_movers(chunk_start, chunk_place, changed, n_changed, mover, mover_home)
    take_arms(
        seed, tick, weight, n, mover, mover_home, wish, activity, site, place_group, arms_loose,
        arms_chance, draw, nearness, cumulative, is_filled, room, n_places, purpose_site, purpose_room, purpose_arms,
    )  # fmt: skip
    act(
        0, n, seed, tick, mover, mover_home, wish, activity, site, since,
        draw, nearness, cumulative, is_filled, room, steps_to_site, n_places, purpose_site, purpose_room,
    )  # fmt: skip
    count_at_home(
        n, mover, mover_home, wish, activity, lines, role, household, block, household_out, block_out, place_role,
    )  # fmt: skip
    count_at_work(
        n, mover, wish, activity, lines, team, team_workplace, team_out, team_stopped, workplace_out, workplace_stopped,
    )  # fmt: skip
    return list_newcomers(n, mover, wish, activity, newcomers, n_new)


@numba.njit(nogil=True, cache=True)
def walk_on(
    first_old, last_old, first_new, last_new, seed, tick, is_due, chance, fight_chance,
    draw, nearness, cumulative, is_filled, room, n_places, purpose, purpose_room, activity, site, since, home, out,
    newcomers,
    merged, slot, n_present, n_fighters_home,
):  # fmt: skip
    """Newcomers join those in the streets, of whom some go on to another site, near as a rule; all are counted.

    out[first_old:last_old] and newcomers[first_new:last_new] list rows of one range, both in order. From
    first_old + first_new on, merged lists in order who is still out, and slot where each is: 2 x site, plus 1 for
    insurgents; NOWHERE on the way. A share of the people, is_due[row modulo its length], thinks of going on in a
    step; who finds the other site full stays.
    since keeps the arrival in the streets, which fatigue counts from. n_present[slot] counts rows that have
    arrived, n_fighters_home[p] insurgents by home, on their way or not. Returns how many are out.
    """
    n_present[:] = 0
    n_fighters_home[:] = 0
    n = first_old + first_new
    old, new = first_old, first_new
    while old < last_old or new < last_new:
        if new == last_new or (old < last_old and out[old] < newcomers[new]):
            i = out[old]
            old += 1
        else:
            i = newcomers[new]
            new += 1
        soon = np.int64(out[min(old + AHEAD, len(out) - 1)])
        fetch(activity, soon)
        fetch(since, soon)
        fetch(site, soon)
        is_fighting = activity[i] == FIGHTING
        if not (is_fighting or activity[i] == DEMONSTRATING):
            continue
        at = NOWHERE
        if is_fighting:
            n_fighters_home[home[i]] += 1
        if since[i] <= tick:
            if is_due[i % len(is_due)]:
                u = uniform(seed, purpose, i, tick)
                limit = fight_chance if is_fighting else chance
                if u < limit:
                    origin = n_places + np.int64(site[i])
                    aim = BAND if is_fighting else CROWD
                    chosen = choose(aim, draw, nearness, cumulative, is_filled, origin, u / limit)
                    if chosen >= 0 and uniform(seed, purpose_room, i, tick) < room[chosen]:
                        site[i] = chosen
            at = 2 * np.int64(site[i]) + np.int64(is_fighting)
            n_present[at] += 1
        merged[n], slot[n] = i, at
        n += 1
    return n - first_old - first_new
