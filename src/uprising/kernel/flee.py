"""Flight (MODEL 6.11): households decide once a day whether to leave the country through an open crossing."""

from __future__ import annotations

import math

import numba
import numpy as np

from uprising.kernel.draws import uniform
from uprising.kernel.travel import recount
from uprising.state import DEMONSTRATING, DETAINED, FLED


@numba.njit(nogil=True, cache=True)
def flee(
    seed, day, tick, purpose, first, last, hazard,
    home, role, age, household, team, block, activity, site, since,
    team_workplace, household_out, team_out, team_stopped, workplace_out, workplace_stopped, block_out, place_role,
    fled_by_place,
):  # fmt: skip
    """Rows first..last (whole households): a household leaves with the hazard of its place times its youth.

    hazard[p] is per day for a household whose adults are 25; older ones are slower to go (a factor e per 15
    years above that). Members who are detained or dead stay behind. Returns the rows that left; insurgents
    who leave take themselves out of the fight.
    """
    left = 0
    i = first
    while i < last:
        own = household[i]
        j = i
        youngest_adult = 200
        while j < last and household[j] == own:
            if age[j] >= 16 and activity[j] < DETAINED and age[j] < youngest_adult:
                youngest_adult = np.int64(age[j])
            j += 1
        rate = hazard[home[i]]
        if rate > 0.0 and youngest_adult < 200:
            rate *= math.exp(-max(0, youngest_adult - 25) / 15.0)
            if uniform(seed, purpose, own, day) < 1.0 - math.exp(-rate):
                for k in range(i, j):
                    before = activity[k]
                    if before >= DETAINED:
                        continue
                    recount(
                        k, before, FLED, home, role, household, team, block, team_workplace,
                        household_out, team_out, team_stopped, workplace_out, workplace_stopped, block_out,
                        place_role,
                    )  # fmt: skip
                    if before >= DEMONSTRATING:
                        site[k] = -1
                    activity[k] = FLED
                    since[k] = tick
                    fled_by_place[home[k]] += 1
                    left += 1
        i = j
    return left
