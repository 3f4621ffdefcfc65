"""What people see and hear of others (MODEL 6.2 and 6.3): pulls of teams, blocks and towns.

Axes: t teams, w workplaces, b blocks, p places. All shares are in [0, 1]. A team's acquaintances are
three other teams (MODEL 6.2 draws acquaintances by hashing; per team that costs one small table).
"""

from __future__ import annotations

import math

import numba
import numpy as np

from uprising.kernel.draws import uniform

N_ACQUAINTANCES = 3
SMALLEST_TEAM = 10
"""two workmates are no brigade: a smaller team pulls as if it had this many members"""


@numba.njit(nogil=True, cache=True)
def acquaint(key, purpose, place_of_team, first_team_of_place, acquaintance):
    """Fill acquaintance[t, 3]: two teams of the same place and one of anywhere, drawn with a fixed key."""
    n_teams = len(place_of_team)
    for t in range(n_teams):
        first = first_team_of_place[place_of_team[t]]
        last = first_team_of_place[place_of_team[t] + 1]
        for k in range(N_ACQUAINTANCES):
            u = uniform(key, purpose, t, k)
            if k < 2:
                acquaintance[t, k] = first + int(u * (last - first))
            else:
                acquaintance[t, k] = int(u * n_teams)


@numba.njit(nogil=True, cache=True)
def pull_of_teams(
    first, last, count, team_size, workplace_of_team, workplace_role, workplace_count, workplace_size, acquaintance,
    pull_team, pull_workplace, pull_acquaintance, pull, most,
):  # fmt: skip
    """pull[t] = sum of weights times active shares of team, workplace and acquaintances. 22 bytes a team.

    most[role] is raised to the largest pull among the role's teams.
    """
    for t in range(first, last):
        share_team = np.float64(count[t]) / max(SMALLEST_TEAM, team_size[t])
        w = workplace_of_team[t]
        share_workplace = np.float64(workplace_count[w]) / max(1, workplace_size[w])
        share_known = 0.0
        for k in range(N_ACQUAINTANCES):
            other = acquaintance[t, k]
            share_known += np.float64(count[other]) / max(SMALLEST_TEAM, team_size[other])
        pull[t] = np.float32(
            pull_team * share_team
            + pull_workplace * share_workplace
            + pull_acquaintance * share_known / N_ACQUAINTANCES
        )
        r = workplace_role[w]
        most[r] = max(most[r], np.float64(pull[t]))


@numba.njit(nogil=True, cache=True)
def pull_of_blocks(block_out, block_size, pull_block, pull):
    """pull[b] = pull_block times the share of the block that is out."""
    for b in range(len(block_size)):
        pull[b] = np.float32(pull_block * np.float64(block_out[b]) / max(1, block_size[b]))


@numba.njit(nogil=True, cache=True)
def spread_news(share_out, closeness, news, fade):
    """News of others' streets: news moves toward the closeness-weighted share out, by 1 - fade a step.

    share_out[p], closeness[p, q] (rows add up to at most 1), news[p] in place.
    """
    n = len(share_out)
    heard = np.zeros(n)
    for p in range(n):
        for q in range(n):
            heard[p] += closeness[p, q] * share_out[q]
    for p in range(n):
        news[p] = heard[p] + (news[p] - heard[p]) * fade


@numba.njit(nogil=True, cache=True)
def spread_outrage(killed, closeness, half_dead, most, fade, outrage):
    """Outrage of places: fades, and rises toward its most with killings heard of (MODEL 6.1).

    killed[p] real people killed by the state or the hegemon this step; outrage[p] in place.
    """
    n = len(killed)
    for p in range(n):
        heard = 0.0
        for q in range(n):
            heard += closeness[p, q] * killed[q]
        outrage[p] = most - (most - outrage[p] * fade) * math.pow(0.5, heard / half_dead)
