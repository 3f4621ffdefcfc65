"""Where to (MODEL 6.4): acts begin and end, people choose a site, walk there, and are counted.

W_s = (base + crowd)^a exp(-distance / reach), with room left; a person draws one site with probability
proportional to W (Davies et al. 2013). Axes: p places, s sites, o origins (places, then sites).
"""

from __future__ import annotations

import numba
import numpy as np

from uprising.kernel.draws import uniform
from uprising.state import DEMONSTRATING, FIGHTING, QUIET

CROWD, BAND, ARMS = range(3)
"""what people aim for: other demonstrators, other insurgents, weapons"""


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
    last = len(row) - 1
    if not row[last] > 0.0:
        return -1
    target = u * row[last]
    low = 0
    high = last
    while low < high:
        middle = (low + high) // 2
        if row[middle] > target:
            high = middle
        else:
            low = middle + 1
    return low


@numba.njit(nogil=True, cache=True)
def recount(
    i,
    before,
    after,
    home,
    role,
    household,
    team,
    block,
    team_workplace,
    household_out,
    team_out,
    team_stopped,
    workplace_out,
    workplace_stopped,
    block_out,
    place_role,
):
    """Move one person from one act to another in every count that knows of it."""  # fmt: skip
    place_role[home[i], role[i], before] -= 1
    place_role[home[i], role[i], after] += 1
    was_out = before == DEMONSTRATING or before == FIGHTING
    is_out = after == DEMONSTRATING or after == FIGHTING
    t = team[i]
    if was_out != is_out:
        step = 1 if is_out else -1
        household_out[household[i]] = np.int64(household_out[household[i]]) + step
        block_out[block[i]] = np.int64(block_out[block[i]]) + step
        if t >= 0:
            team_out[t] = np.int64(team_out[t]) + step
            workplace_out[team_workplace[t]] = np.int64(workplace_out[team_workplace[t]]) + step
    if t >= 0 and (before == QUIET) != (after == QUIET):
        step = -1 if after == QUIET else 1
        team_stopped[t] = np.int64(team_stopped[t]) + step
        workplace_stopped[team_workplace[t]] = np.int64(workplace_stopped[team_workplace[t]]) + step


@numba.njit(nogil=True, cache=True)
def act(
    seed, tick, weight, chunk_start, changed, n_changed, wish,
    home, role, household, team, block, activity, site, since,
    team_workplace, household_out, team_out, team_stopped, workplace_out, workplace_stopped, block_out,
    place_role, place_group, arms_loose, arms_chance,
    draw, nearness, cumulative, is_filled, room,
    steps_to_site, n_places, purpose_site, purpose_room, purpose_arms,
    out, n_out,
):  # fmt: skip
    """Carry out the wishes of one stripe; returns the new length of out, the list of people in the streets.

    Who heads for a full site turns back: room[s] is the share of those arriving who still find a place.
    An insurgent needs a weapon: arms_loose[group] pieces are in people's hands; one row takes `weight`.
    Who finds none demonstrates where weapons are kept, if there are any within reach (P4). since becomes the tick
    of arrival (out) or of the change (at home).
    """
    for c in range(len(n_changed)):
        for k in range(n_changed[c]):
            i = changed[chunk_start[c] + k]
            before = activity[i]
            after = wish[i]
            group = place_group[home[i]]
            aim = CROWD
            if after == FIGHTING:
                armed = arms_loose[group] >= weight
                if armed and uniform(seed, purpose_arms, i, tick) < arms_chance[group]:
                    arms_loose[group] -= weight
                    aim = BAND
                else:
                    after = np.uint8(DEMONSTRATING)
                    aim = ARMS
            elif before == FIGHTING:
                arms_loose[group] += weight
            was_out = before >= DEMONSTRATING
            is_out = after >= DEMONSTRATING
            if is_out and (not was_out or aim != CROWD):
                origin = n_places + np.int64(site[i]) if was_out and site[i] >= 0 else np.int64(home[i])
                u = uniform(seed, purpose_site, i, tick)
                chosen = choose(aim, draw, nearness, cumulative, is_filled, origin, u)
                if chosen < 0 or (not was_out and uniform(seed, purpose_room, i, tick) >= room[chosen]):
                    if after == FIGHTING:
                        arms_loose[group] += weight
                    continue
                if not was_out:
                    out[n_out] = i
                    n_out += 1
                if site[i] != chosen:
                    since[i] = tick + steps_to_site[origin, chosen]
                site[i] = chosen
            elif was_out and not is_out:
                site[i] = -1
                since[i] = tick
            if after == before:
                continue
            recount(
                i, before, after, home, role, household, team, block, team_workplace,
                household_out, team_out, team_stopped, workplace_out, workplace_stopped, block_out, place_role,
            )  # fmt: skip
            activity[i] = after
    return n_out


@numba.njit(nogil=True, cache=True)
def merge_newcomers(activity, out, n_old, n_out, merged):
    """merged[:n] lists who is in the streets in the order of rows; returns n.

    out[:n_old] those who were, out[n_old:n_out] those who came; both are in order. Who is no longer out drops out.
    In this order the people are read from one end of memory to the other.
    """
    n = 0
    old, new = 0, n_old
    while old < n_old or new < n_out:
        if new == n_out or (old < n_old and out[old] < out[new]):
            i = out[old]
            old += 1
        else:
            i = out[new]
            new += 1
        merged[n] = i
        act_now = activity[i]
        n += 1 if act_now == DEMONSTRATING or act_now == FIGHTING else 0
    return n


@numba.njit(nogil=True, cache=True)
def walk_on(seed, tick, weight, is_due, chance, fight_chance, draw, nearness, cumulative, is_filled, n_places,
            purpose, activity, site, since, home, out, n_out, crowd, fighters, fighters_home):  # fmt: skip
    """Of those present some go on to another site, near as a rule; everybody present is counted.

    A share of the people, is_due[row modulo its length], thinks of it in a step. since keeps the arrival in the
    streets, which fatigue counts from. crowd[s] and fighters[s] become the real people who have arrived by site,
    fighters_home[p] insurgents by home, on their way or not.
    """
    crowd[:] = 0.0
    fighters[:] = 0.0
    fighters_home[:] = 0.0
    for k in range(n_out):
        i = out[k]
        is_fighting = activity[i] == FIGHTING
        if is_fighting:
            fighters_home[home[i]] += weight
        if since[i] > tick:
            continue
        if is_due[i % len(is_due)]:
            u = uniform(seed, purpose, i, tick)
            limit = fight_chance if is_fighting else chance
            if u < limit:
                origin = n_places + np.int64(site[i])
                aim = BAND if is_fighting else CROWD
                chosen = choose(aim, draw, nearness, cumulative, is_filled, origin, u / limit)
                if chosen >= 0:
                    site[i] = chosen
        if is_fighting:
            fighters[site[i]] += weight
        else:
            crowd[site[i]] += weight
