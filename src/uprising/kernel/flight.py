"""Flight (ODD: flight): households decide once a day whether to leave the country through an open crossing."""

from __future__ import annotations

import math

import numba
import numpy as np

from uprising.kernel.engine.draws import uniform, words
from uprising.kernel.engine.jit import compiled
from uprising.kernel.movement.travel import GONE
from uprising.kernel.population.counters import recount
from uprising.schema import constant, whole_constant
from uprising.state import DEMONSTRATING, DETAINED, FLED

BLOCK = 1024
"""households gone through at a time"""
FLIGHT_ADULT_AGE, FLIGHT_PRIME_AGE = whole_constant("flight_adult_age"), whole_constant("flight_prime_age")
FLIGHT_AGE_YEARS = constant("flight_age_years")
WORDS = 2.0**32
"""how many values a word of a draw may have"""


@numba.njit(nogil=True)
def wants_to(u, hazard, first, last, age, household, activity):
    """Does the household whose rows begin at first go, given its draw u?"""
    youngest_adult = 200
    k = first
    while k < last and household[k] == household[first]:
        if age[k] >= FLIGHT_ADULT_AGE and activity[k] < DETAINED:
            youngest_adult = min(youngest_adult, np.int64(age[k]))
        k += 1
    rate = hazard * math.exp(-max(0, youngest_adult - FLIGHT_PRIME_AGE) / FLIGHT_AGE_YEARS)
    return youngest_adult < 200 and u < 1.0 - math.exp(-rate)


@compiled
def list_households(starts, household, first_head, head, owner):
    """head[first_head[g] ... first_head[g + 1]] are the first rows of the households in the rows starts[g] ...

    Whole households lie side by side. owner[k] is the household whose first row is head[k].
    """
    n = 0
    for g in range(len(starts) - 1):
        first_head[g] = n
        before = np.int32(-1)
        for i in range(starts[g], starts[g + 1]):
            if household[i] != before:
                head[n], owner[n] = i, household[i]
                n += 1
            before = household[i]
    first_head[len(starts) - 1] = n


@compiled
def want_to_flee(
    seed, day, purpose, first_place, last_place, starts, first_head, head, owner, hazard, age, household, activity,
    leaving, n_leaving,
):
    """leaving[starts[p] - starts[0] ...] lists the first rows of the n_leaving[p] households of place p that leave.

    starts[p] is the first row of place p in the stripe, first_head[p] its first household. hazard[p] is per day
    for a household whose youngest adult is 25; older ones are slower to go (a factor e per 15 years above that).
    Hardly a draw is below even that of the youngest, which its first word tells: it holds the leading bits.
    """
    leading = np.empty(BLOCK, np.uint64)
    for p in range(first_place, last_place):
        n_leaving[p] = 0
        likeliest = 1.0 - math.exp(-hazard[p])
        if not likeliest > 0.0:
            continue
        bound = np.uint64(likeliest * WORDS)
        for start in range(first_head[p], first_head[p + 1], BLOCK):
            n = min(BLOCK, first_head[p + 1] - start)
            owners = owner[start : start + n]
            for k in range(n):
                leading[k] = words(seed, purpose, owners[k], day)[0]
            for k in range(n):
                if leading[k] <= bound and wants_to(
                    u=uniform(seed, purpose, owners[k], day), hazard=hazard[p], first=head[start + k],
                    last=starts[p + 1], age=age, household=household, activity=activity,
                ):
                    leaving[starts[p] - starts[0] + n_leaving[p]] = head[start + k]
                    n_leaving[p] += 1


@compiled
def leave(
    tick, starts, leaving, n_leaving,
    home, role, household, team, block, activity, site, since,
    team_workplace, household_out, team_out, team_stopped, workplace_out, workplace_stopped, block_out, place_role,
    team_moved, block_moved, fled_by_place, out, slot, n_present,
):
    """The households listed leave the country; returns the rows that left.

    Members who are detained or dead stay behind. Insurgents who leave take themselves out of the fight. out[k] are the
    rows in the streets, in order, slot[k] where, n_present[slot] how many (see kernel.movement.travel).
    """
    left = 0
    for p in range(len(n_leaving)):
        for h in range(n_leaving[p]):
            k = np.int64(leaving[starts[p] - starts[0] + h])
            own = household[k]
            while k < starts[p + 1] and household[k] == own:
                before = activity[k]
                if before < DETAINED:
                    recount(
                        i=k, before=before, after=FLED, home=home, role=role, household=household, team=team,
                        block=block, team_workplace=team_workplace, household_out=household_out, team_out=team_out,
                        team_stopped=team_stopped, workplace_out=workplace_out, workplace_stopped=workplace_stopped,
                        block_out=block_out, place_role=place_role, team_moved=team_moved, block_moved=block_moved,
                    )
                    if before >= DEMONSTRATING:
                        site[k] = -1
                        at = np.searchsorted(out, np.int32(k))
                        if slot[at] >= 0:
                            n_present[slot[at]] -= 1
                        slot[at] = GONE
                    activity[k] = FLED
                    since[k] = tick
                    fled_by_place[home[k]] += 1
                    left += 1
                k += 1
    return left
