"""Counters: how many people of each household, team, workplace, block and place do what.

Axes: p places, r roles, a activities, s sites. place_role counts rows of the table.
"""

from __future__ import annotations

import numba
import numpy as np

from uprising.kernel.engine.intrinsics import note
from uprising.kernel.engine.jit import compiled
from uprising.state import DEMONSTRATING, FIGHTING, QUIET


@numba.njit(nogil=True)
def goes_out(act):
    """1 for an act in the streets, else 0."""
    return np.int64((act == DEMONSTRATING) | (act == FIGHTING))


@numba.njit(nogil=True, forceinline=True)
def recount_at_home(
    i, before, after, home, role, household, block, household_out, block_out, place_role, block_moved
):
    """Move one person from one act to another in the counts of household, block and place."""
    place_role[home, role[i], before] -= 1
    place_role[home, role[i], after] += 1
    # added even where it is zero: no processor could foresee what people do
    more_out = goes_out(after) - goes_out(before)
    household_out[household[i]] = np.int64(household_out[household[i]]) + more_out
    block_out[block[i]] = np.int64(block_out[block[i]]) + more_out
    note(block_moved, block[i], more_out != 0)


@numba.njit(nogil=True, forceinline=True)
def recount_at_work(
    i, before, after, team, team_workplace, team_out, team_stopped, workplace_out, workplace_stopped, team_moved
):
    """Move one person from one act to another in the counts of team and workplace."""
    t = team[i]
    if t < 0:
        return
    w = team_workplace[t]
    more_out = goes_out(after) - goes_out(before)
    more_stopped = np.int64(after != QUIET) - np.int64(before != QUIET)
    team_out[t] = np.int64(team_out[t]) + more_out
    team_stopped[t] = np.int64(team_stopped[t]) + more_stopped
    workplace_out[w] += more_out
    workplace_stopped[w] += more_stopped
    note(team_moved, t, before != after)


@compiled
def recount(
    i, before, after, home, role, household, team, block, team_workplace,
    household_out, team_out, team_stopped, workplace_out, workplace_stopped, block_out, place_role,
    team_moved, block_moved,
):
    """Move one person from one act to another in every count that knows of it, and note whose have changed."""
    recount_at_home(
        i=i, before=before, after=after, home=home[i], role=role, household=household, block=block,
        household_out=household_out, block_out=block_out, place_role=place_role, block_moved=block_moved,
    )
    recount_at_work(
        i=i, before=before, after=after, team=team, team_workplace=team_workplace, team_out=team_out,
        team_stopped=team_stopped, workplace_out=workplace_out, workplace_stopped=workplace_stopped,
        team_moved=team_moved,
    )


@compiled
def count_states(first, last, home, role, activity, place_role):
    """Add the rows first to last to place_role[p, r, activity]."""
    for i in range(first, last):
        place_role[home[i], role[i], activity[i]] += 1


@compiled
def find_active(place_role, first_act, is_active):
    """is_active[p]: does anybody there do one of the acts from first_act to FIGHTING; returns whether anybody does."""
    anybody = False
    for p in range(place_role.shape[0]):
        found = False
        for r in range(place_role.shape[1]):
            for act in range(first_act, FIGHTING + 1):
                found |= place_role[p, r, act] != 0
        is_active[p] = found
        anybody |= found
    return anybody


@compiled
def count_present(n_present, shift, place_role, weight, crowd, fighters, fighters_home):
    """Real people at each site, unarmed and armed, and insurgents by home.

    n_present[2 s] rows are unarmed at site s, n_present[2 s + 1] armed; each worker's shift[worker, slot] is added to
    them, and is zero afterwards. Insurgents by home are those of place_role[p, r, act], on their way to a site or not.
    """
    for slot in range(len(n_present)):
        for worker in range(len(shift)):
            n_present[slot] += shift[worker, slot]
            shift[worker, slot] = 0
    for s in range(len(crowd)):
        crowd[s] = n_present[2 * s] * weight
        fighters[s] = n_present[2 * s + 1] * weight
    for p in range(len(fighters_home)):
        rows = 0
        for r in range(place_role.shape[1]):
            rows += place_role[p, r, FIGHTING]
        fighters_home[p] = rows * weight
