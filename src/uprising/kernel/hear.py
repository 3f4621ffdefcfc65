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
LN_2 = math.log(2.0)
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
def share_active(first, last, count, per_member, share):
    """share[k] = count[k] x per_member[k], the active share of groups first..last. 10 bytes a group."""
    for k in range(first, last):
        share[k] = np.float32(count[k]) * per_member[k]


@numba.njit(nogil=True, cache=True)
def pull_of_teams(
    first, last, team_share, workplace_share, workplace_of_team, workplace_role, acquaintance,
    pull_team, pull_workplace, pull_acquaintance, pull, most,
):  # fmt: skip
    """pull[t] = sum of weights times active shares of team, workplace and acquaintances. 36 bytes a team.

    most[role] is raised to the largest pull among the role's teams.
    """
    of_team, of_workplace = np.float32(pull_team), np.float32(pull_workplace)
    of_acquaintance = np.float32(pull_acquaintance / N_ACQUAINTANCES)
    for t in range(first, last):
        known = acquaintance[t]
        w = workplace_of_team[t]
        pull[t] = (
            of_team * team_share[t]
            + of_workplace * workplace_share[w]
            + of_acquaintance * (team_share[known[0]] + team_share[known[1]] + team_share[known[2]])
        )
        r = workplace_role[w]
        most[r] = max(most[r], np.float64(pull[t]))


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
    is_calm = not killed.any()
    for p in range(n):
        heard = 0.0
        for q in range(0 if is_calm else n):
            heard += closeness[p, q] * killed[q]
        outrage[p] = most - (most - outrage[p] * fade) * math.exp(-heard / (half_dead / LN_2))
