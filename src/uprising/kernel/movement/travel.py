"""Where to (ODD: movement): acts begin and end, people choose a site, walk there, and are counted.

W_s = (base + crowd)^a exp(-distance / reach), with room left; a person draws one site with probability
proportional to W (Davies et al. 2013). Axes: p places, s sites, o origins (places, then sites), c chunks of people.
People far from each other in memory are dear: what a step must know of those who change or who are in the streets
lies side by side. Those in the streets are a list for each stripe, in the order of rows: from the stripe's first row
on, out[k] is a row, slot[k] where it is, 2 x site, plus 1 for insurgents, ~slot (below 0) on the way there, GONE where
the person has left the streets since the list was made, and arrival[k] the step of arrival; n_present[slot] counts
those who have arrived.

A step goes: `take_arms` (one after the other, since weapons are few), `act` (ranges of chunks may go at the same
time; each lists what changes), `count_at_home`, `count_at_work` and `join` (at the same time as each other: nothing
that they change belongs to two of them), `walk_on` (ranges of people at the same time). Numbers that are added up are
whole, so nothing depends on threads.
"""

from __future__ import annotations

import numba
import numpy as np

from uprising.kernel.decision.utility import ACTIVITY_BASE
from uprising.kernel.engine.draws import uniform
from uprising.kernel.engine.intrinsics import fetch
from uprising.kernel.engine.jit import compiled
from uprising.kernel.population.counters import recount_at_home, recount_at_work
from uprising.kernel.population.person import BLOCK as BLOCK_OF
from uprising.kernel.population.person import HOUSEHOLD, ROLE, TEAM, WHO, WORDS
from uprising.state import DEMONSTRATING, FIGHTING, N_STRIPES

CROWD, BAND, ARMS = range(3)
"""what people aim for: other demonstrators, other insurgents, weapons"""
SEEKING = 8
"""the wish of those who would fight and have no weapon: to demonstrate where weapons are kept (P4)"""
GONE = -(1 << 30)
"""the slot of those who have left the streets"""
AHEAD = 24
"""people so far down a list are asked of memory ahead of their turn"""
BLOCK = 512
"""people whose draws are made at once"""
CHUNKS_AHEAD = 6
"""chunks that are asked of memory ahead of their turn"""


@numba.njit(nogil=True)
def fill(rows, draw, nearness, cumulative):
    """Fill the rows (aim x origins + origin) of cumulative: running sums over sites of draw[aim] x nearness[origin].

    Four rows side by side: each sum waits for the one before it, but not for those of other rows.
    """
    n_origins, n_sites = cumulative.shape[1:]
    draws, near, sums, length = draw.reshape(-1), nearness.reshape(-1), cumulative.reshape(-1), np.uintp(n_sites)
    for first in range(0, len(rows), 4):
        last = min(first + 3, len(rows) - 1)
        a, b, c, d = rows[first], rows[min(first + 1, last)], rows[min(first + 2, last)], rows[last]
        of_a, of_b = length * np.uintp(a // n_origins), length * np.uintp(b // n_origins)
        of_c, of_d = length * np.uintp(c // n_origins), length * np.uintp(d // n_origins)
        to_a, to_b = length * np.uintp(a % n_origins), length * np.uintp(b % n_origins)
        to_c, to_d = length * np.uintp(c % n_origins), length * np.uintp(d % n_origins)
        at_a, at_b = length * np.uintp(a), length * np.uintp(b)
        at_c, at_d = length * np.uintp(c), length * np.uintp(d)
        sum_a = sum_b = sum_c = sum_d = 0.0
        for k in range(n_sites):
            s = np.uintp(k)
            sum_a += draws[of_a + s] * near[to_a + s]
            sum_b += draws[of_b + s] * near[to_b + s]
            sum_c += draws[of_c + s] * near[to_c + s]
            sum_d += draws[of_d + s] * near[to_d + s]
            sums[at_a + s], sums[at_b + s], sums[at_c + s], sums[at_d + s] = sum_a, sum_b, sum_c, sum_d


@compiled
def choose_sites(n, aim, origin, u, draw, nearness, cumulative, is_filled, chosen, target):
    """chosen[j] is a site drawn from origin[j] with probability draw[aim[j], s] x nearness[origin[j], s]; -1: all zero.

    cumulative[aim, o, s] holds running sums over sites; a row is filled when it is first asked for in a step
    (is_filled[aim, o]). The draw u[j] in [0, 1) picks the first site whose running sum exceeds u times the total.
    The n questions are answered together, since to halve what is left waits for what was read, but not for each other.
    """
    n_sites = cumulative.shape[2]
    sums = cumulative.reshape(-1)
    n_rows = 0
    for j in range(n):
        chosen[n_rows] = aim[j] * cumulative.shape[1] + origin[j]
        n_rows += not is_filled[aim[j], origin[j]]
        is_filled[aim[j], origin[j]] = True
    fill(chosen[:n_rows], draw, nearness, cumulative)
    for j in range(n):
        target[j] = u[j] * cumulative[aim[j], origin[j], n_sites - 1]
        chosen[j] = (aim[j] * cumulative.shape[1] + origin[j]) * n_sites
    left = n_sites
    while left > 1:
        half = left >> 1
        for j in range(n):
            chosen[j] += half * np.int64(not sums[chosen[j] + half - 1] > target[j])
        left -= half
    for j in range(n):
        first = (aim[j] * cumulative.shape[1] + origin[j]) * n_sites
        chosen[j] = chosen[j] - first if sums[first + n_sites - 1] > 0.0 else -1


@compiled
def choose(aim, draw, nearness, cumulative, is_filled, origin, u):
    """One answer of choose_sites."""
    chosen, target = np.empty(1, np.int64), np.empty(1)
    choose_sites(
        n=1, aim=np.full(1, aim), origin=np.full(1, origin), u=np.full(1, u), draw=draw, nearness=nearness,
        cumulative=cumulative, is_filled=is_filled, chosen=chosen, target=target,
    )
    return chosen[0]


@compiled
def take_arms(
    seed, tick, weight, chunk_start, chunk_place, changed, n_changed, wish, site,
    place_group, arms_loose, arms_chance, draw, nearness, cumulative, is_filled, room, n_places,
    purpose_site, purpose_room, purpose_arms,
):
    """Who wants to fight takes a weapon, who fights no more gives one back; in the order of rows.

    changed[chunk_start[c] - chunk_start[0] ...] are the n_changed[c] rows of chunk c who want another act, wish their
    wishes.
    arms_loose[group] pieces are in people's hands; one row takes `weight`. Who finds none seeks one and wishes
    SEEKING. Who finds no band within reach, or no room there, stays as he is and wishes his act.
    """
    for c in range(len(n_changed)):
        group = place_group[chunk_place[c]]
        begin = chunk_start[c] - chunk_start[0]
        for k in range(begin, begin + n_changed[c]):
            before, after = wish[k] // ACTIVITY_BASE, wish[k] % ACTIVITY_BASE
            if before == FIGHTING:
                arms_loose[group] += weight
            elif after == FIGHTING:
                i = changed[k]
                if arms_loose[group] >= weight and uniform(seed, purpose_arms, i, tick) < arms_chance[group]:
                    was_out = before == DEMONSTRATING
                    origin = n_places + np.int64(site[i]) if was_out and site[i] >= 0 else np.int64(chunk_place[c])
                    u = uniform(seed, purpose_site, i, tick)
                    chosen = choose(
                        aim=BAND, draw=draw, nearness=nearness, cumulative=cumulative, is_filled=is_filled,
                        origin=origin, u=u,
                    )
                    if chosen < 0 or (not was_out and uniform(seed, purpose_room, i, tick) >= room[chosen]):
                        wish[k] = before * ACTIVITY_BASE + before
                    else:
                        arms_loose[group] -= weight
                else:
                    wish[k] = before * ACTIVITY_BASE + SEEKING


@compiled
def act(
    first_chunk, last_chunk, first, seed, tick, chunk_start, chunk_place, changed, n_changed, wish,
    activity, site, since, traits_whole,
    draw, nearness, cumulative, is_filled, room, steps_to_site, n_places, purpose_site, purpose_room,
    row, acts, goal, arrival, home, their_role, their_household, their_team, their_block,
):
    """Carry out the wishes of chunks first_chunk ... last_chunk - 1, and list what changes; returns the list's end.

    Who heads for a full site turns back: room[s] is the share of those arriving who still find a place. since
    becomes the tick of arrival (out) or of the change (at home). What changes is listed side by side from `first` on,
    where there is room for all wishes: row, acts (see ACTIVITY_BASE), goal (the slot, GONE for those not in the
    streets), arrival, and where the person is counted.
    """
    n = first
    for c in range(first_chunk, last_chunk):
        following = chunk_start[min(c + CHUNKS_AHEAD, last_chunk - 1)] - chunk_start[0]
        fetch(changed, following)
        fetch(wish, following)
        begin = chunk_start[c] - chunk_start[0]
        for k in range(begin, begin + n_changed[c]):
            row[n], acts[n], home[n] = changed[k], wish[k], chunk_place[c]
            # where they are is asked of those in the streets who go elsewhere; of others the same, in vain
            whom = np.int64(row[n]) if acts[n] >= DEMONSTRATING * ACTIVITY_BASE + FIGHTING else np.int64(row[first])
            fetch(site, whom)
            fetch(since, whom)
            n += 1
    asker, going, is_changing = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int64), np.empty(BLOCK, np.bool_)
    aim, origin, chosen = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    site_draw, room_draw, target = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    end = first
    for start in range(first, n, BLOCK):
        last = min(start + BLOCK, n)
        n_going = np.int64(0)  # a literal is a type of its own: all that takes it would be compiled twice
        for m in range(start, last):
            before, after = acts[m] // ACTIVITY_BASE, acts[m] % ACTIVITY_BASE
            is_changing[m - start] = after != before
            goal[m], arrival[m] = GONE, tick
            asker[n_going], going[n_going] = row[m], m
            origin[n_going], aim[n_going] = home[m], CROWD
            if before >= DEMONSTRATING and after >= DEMONSTRATING:
                here = np.int64(site[row[m]])
                goal[m], arrival[m] = 2 * here, since[row[m]]
                origin[n_going] = n_places + here
            if after >= FIGHTING:
                aim[n_going] = BAND if after == FIGHTING else ARMS
            n_going += (after != before) & (after >= DEMONSTRATING) & ((before < DEMONSTRATING) | (after >= FIGHTING))
        for j in range(n_going):
            site_draw[j] = uniform(seed, purpose_site, asker[j], tick)
        for j in range(n_going):
            room_draw[j] = uniform(seed, purpose_room, asker[j], tick)
        choose_sites(
            n=n_going, aim=aim, origin=origin, u=site_draw, draw=draw, nearness=nearness, cumulative=cumulative,
            is_filled=is_filled, chosen=chosen, target=target,
        )
        for j in range(n_going):
            m, to = going[j], chosen[j]
            is_new = acts[m] // ACTIVITY_BASE < DEMONSTRATING
            is_moving = is_new | (goal[m] >> 1 != to)
            has_room = not is_new or room_draw[j] < room[to]
            # who seeks arms where he is stays
            is_changing[m - start] = (to >= 0) & has_room & (is_moving | (aim[j] == BAND))
            if is_moving:
                arrival[m] = tick + steps_to_site[origin[j], to]
            goal[m] = 2 * to + (aim[j] == BAND)
        for m in range(start, last):
            after = acts[m] % ACTIVITY_BASE
            row[end], home[end], goal[end], arrival[end] = row[m], home[m], goal[m], arrival[m]
            acts[end] = acts[m] - after + (DEMONSTRATING if after == SEEKING else after)
            end += is_changing[m - start]
    for m in range(first, end):
        soon = np.int64(row[min(m + AHEAD, end - 1)])
        fetch(activity, soon)
        fetch(traits_whole, np.int64(WORDS) * soon)
        fetch(site, soon)
        fetch(since, soon)
        i = np.uintp(row[m])
        before, after = acts[m] // ACTIVITY_BASE, acts[m] % ACTIVITY_BASE
        activity[i] = after
        if before >= DEMONSTRATING or after >= DEMONSTRATING:
            site[i] = goal[m] >> 1 if goal[m] != GONE else -1
            since[i] = arrival[m]
        at = WORDS * i
        their_role[m], their_household[m] = traits_whole[at + WHO] & ROLE, traits_whole[at + HOUSEHOLD]
        their_team[m], their_block[m] = traits_whole[at + TEAM], traits_whole[at + BLOCK_OF]
    return end


@compiled
def count_at_home(
    first, last, acts, home, role, household, block, household_out, block_out, place_role, block_moved,
):
    """Count the changes first[r] ... last[r] - 1 of each range r where people live; arrays are lists of `act`."""
    for r in range(len(first)):
        for m in range(first[r], last[r]):
            soon = min(m + AHEAD, last[r] - 1)
            fetch(household_out, np.int64(household[soon]))
            fetch(block_out, np.int64(block[soon]))
            recount_at_home(
                i=m, before=acts[m] // ACTIVITY_BASE, after=acts[m] % ACTIVITY_BASE, home=home[m], role=role,
                household=household, block=block, household_out=household_out, block_out=block_out,
                place_role=place_role, block_moved=block_moved,
            )


@compiled
def count_at_work(
    first, last, acts, team, team_workplace, team_out, team_stopped, workplace_out, workplace_stopped, team_moved,
):
    """Count the changes first[r] ... last[r] - 1 of each range r where people work; arrays are lists of `act`."""
    for r in range(len(first)):
        for m in range(first[r], last[r]):
            soon = np.int64(max(team[min(m + 2 * AHEAD, last[r] - 1)], 0))
            fetch(team_out, soon)
            fetch(team_stopped, soon)
            fetch(team_workplace, soon)
            soon = np.int64(team_workplace[max(team[min(m + AHEAD, last[r] - 1)], 0)])
            fetch(workplace_out, soon)
            fetch(workplace_stopped, soon)
            recount_at_work(
                i=m, before=acts[m] // ACTIVITY_BASE, after=acts[m] % ACTIVITY_BASE, team=team,
                team_workplace=team_workplace, team_out=team_out, team_stopped=team_stopped,
                workplace_out=workplace_out, workplace_stopped=workplace_stopped, team_moved=team_moved,
            )


@compiled
def join(
    first, last, row, acts, goal, arrival, first_out, n_out, out, slot, step, joined, joined_slot, joined_step,
    n_present,
):
    """The changes first[r] ... last[r] - 1 of each range r come into the list of a stripe; returns how many are out.

    The list is out[first_out : first_out + n_out], with slot and step (of arrival) beside it. Changes are newer than
    what it says, and who is GONE drops out. Both are in the order of rows.
    """
    n, old, end = 0, first_out, first_out + n_out
    for r in range(len(first)):
        for m in range(first[r], last[r]):
            if acts[m] // ACTIVITY_BASE < DEMONSTRATING and acts[m] % ACTIVITY_BASE < DEMONSTRATING:
                continue
            while old < end and out[old] < row[m]:
                joined[n], joined_slot[n], joined_step[n] = out[old], slot[old], step[old]
                n += slot[old] != GONE
                old += 1
            if old < end and out[old] == row[m]:
                if slot[old] >= 0:
                    n_present[slot[old]] -= 1
                old += 1
            # who comes out is on the way until found to have arrived
            joined[n], joined_slot[n], joined_step[n] = row[m], ~goal[m], arrival[m]
            n += goal[m] != GONE
    for k in range(old, end):
        joined[n], joined_slot[n], joined_step[n] = out[k], slot[k], step[k]
        n += slot[k] != GONE
    for k in range(n):
        out[first_out + k], slot[first_out + k], step[first_out + k] = joined[k], joined_slot[k], joined_step[k]
    return n


@compiled
def act_and_count(
    seed, tick, weight, chunk_start, chunk_place, changed, n_changed, wish, activity, site, since,
    traits_whole, team_workplace, household_out, team_out, team_stopped, workplace_out,
    workplace_stopped, block_out, place_role, team_moved, block_moved, place_group, arms_loose, arms_chance,
    draw, nearness, cumulative, is_filled, room, steps_to_site, n_places, purpose_site, purpose_room, purpose_arms,
    row, acts, goal, arrival, home, their_role, their_household, their_team, their_block,
    first_out, n_out, out, slot, step, joined, joined_slot, joined_step, n_present,
):
    """All that becomes of the wishes of a stripe, on one thread: one call costs less than five. As join."""
    take_arms(
        seed=seed, tick=tick, weight=weight, chunk_start=chunk_start, chunk_place=chunk_place, changed=changed,
        n_changed=n_changed, wish=wish, site=site, place_group=place_group, arms_loose=arms_loose,
        arms_chance=arms_chance, draw=draw, nearness=nearness, cumulative=cumulative, is_filled=is_filled, room=room,
        n_places=n_places, purpose_site=purpose_site, purpose_room=purpose_room, purpose_arms=purpose_arms,
    )
    end = act(
        first_chunk=0, last_chunk=len(n_changed), first=0, seed=seed, tick=tick, chunk_start=chunk_start,
        chunk_place=chunk_place, changed=changed, n_changed=n_changed, wish=wish, activity=activity, site=site,
        since=since, traits_whole=traits_whole, draw=draw, nearness=nearness, cumulative=cumulative,
        is_filled=is_filled, room=room, steps_to_site=steps_to_site, n_places=n_places, purpose_site=purpose_site,
        purpose_room=purpose_room, row=row, acts=acts, goal=goal, arrival=arrival, home=home, their_role=their_role,
        their_household=their_household, their_team=their_team, their_block=their_block,
    )
    first, last = np.zeros(1, np.int64), np.full(1, end)
    count_at_home(
        first=first, last=last, acts=acts, home=home, role=their_role, household=their_household, block=their_block,
        household_out=household_out, block_out=block_out, place_role=place_role, block_moved=block_moved,
    )
    count_at_work(
        first=first, last=last, acts=acts, team=their_team, team_workplace=team_workplace, team_out=team_out,
        team_stopped=team_stopped, workplace_out=workplace_out, workplace_stopped=workplace_stopped,
        team_moved=team_moved,
    )
    return join(
        first=first, last=last, row=row, acts=acts, goal=goal, arrival=arrival, first_out=first_out, n_out=n_out,
        out=out, slot=slot, step=step, joined=joined, joined_slot=joined_slot, joined_step=joined_step,
        n_present=n_present,
    )


@compiled
def walk_on(
    first, last, seed, tick, is_due, chance, fight_chance,
    draw, nearness, cumulative, is_filled, room, n_places, purpose, purpose_room, site, out, slot, step, shift,
):
    """Who is on the way arrives in time; of those who have, some go on to another site, near as a rule.

    Piece r of the lists goes from first[r] to last[r] - 1. A share of the people, is_due[row modulo N_STRIPES], thinks
    of going on in a step; who finds the other site full stays. Fatigue counts from the arrival in the streets, which
    stays the same. shift[slot] is added by how many more have arrived there.
    """
    asker, at, drawn = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int64), np.empty(BLOCK)
    aim, origin, chosen = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    target, come = np.empty(BLOCK), np.empty(BLOCK, np.int32)
    for r in range(len(first)):
        for start in range(first[r], last[r], BLOCK):
            n = n_come = 0
            for k in range(start, min(start + BLOCK, last[r])):
                # without branches: no processor could foresee who arrives
                i = np.uintp(k)
                where, whom = slot[i], out[i]
                arrives = (where < 0) & (where != GONE) & (step[i] <= tick)
                where ^= -np.int32(arrives)
                slot[i] = where
                come[n_come] = where
                n_come += arrives
                asker[n], at[n] = whom, k
                n += is_due[np.uint32(whom) % N_STRIPES] & (where >= 0)
            for j in range(n_come):
                shift[come[j]] += 1
            for j in range(n):
                drawn[j] = uniform(seed, purpose, asker[j], tick)
            n_going = np.int64(0)
            for j in range(n):
                here = slot[at[j]]
                limit = fight_chance if here & 1 else chance
                asker[n_going], at[n_going], drawn[n_going] = asker[j], at[j], drawn[j]
                aim[n_going], origin[n_going] = BAND if here & 1 else CROWD, n_places + (here >> 1)
                n_going += drawn[j] < limit
            for j in range(n_going):
                drawn[j] /= fight_chance if aim[j] == BAND else chance
                fetch(site, np.int64(asker[j]))
            choose_sites(
                n=n_going, aim=aim, origin=origin, u=drawn, draw=draw, nearness=nearness, cumulative=cumulative,
                is_filled=is_filled, chosen=chosen, target=target,
            )
            for j in range(n_going):
                if chosen[j] >= 0 and uniform(seed, purpose_room, asker[j], tick) < room[chosen[j]]:
                    here = slot[at[j]]
                    there = 2 * chosen[j] + (aim[j] == BAND)
                    site[asker[j]] = chosen[j]
                    slot[at[j]] = there
                    shift[here] -= 1
                    shift[there] += 1
