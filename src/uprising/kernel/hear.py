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
OUT, STOPPED = range(2)
"""what others do: they are in the streets, or not at work (on strike or in the streets)"""
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
def share_active(n_out, n_stopped, per_member, share, has_moved):
    """share[k, OUT] and share[k, STOPPED] of the members of group k; has_moved[k] says whether either changed."""
    for k in range(len(n_out)):
        out, stopped = np.float32(n_out[k]) * per_member[k], np.float32(n_stopped[k]) * per_member[k]
        has_moved[k] = (out != share[k, OUT]) | (stopped != share[k, STOPPED])
        share[k, OUT], share[k, STOPPED] = out, stopped


@numba.njit(nogil=True, cache=True)
def pull_of_blocks(n_out, per_neighbour, place_of_block, pull, most):
    """pull[b] = neighbours who are out times the weight of each; most[p] the largest of the place."""
    most[:] = 0.0
    for b in range(len(n_out)):
        pull[b] = np.float32(n_out[b]) * per_neighbour[b]
        if pull[b] > most[place_of_block[b]]:
            most[place_of_block[b]] = pull[b]


@numba.njit(nogil=True, cache=True)
def who_knows(acquaintance, first_knower, knower):
    """Turn acquaintance[t, 3] round: knower[first_knower[t] ... first_knower[t + 1]] are the teams that know t."""
    first_knower[:] = 0
    for t in range(acquaintance.shape[0]):
        for k in range(N_ACQUAINTANCES):
            first_knower[acquaintance[t, k] + 1] += 1
    for t in range(acquaintance.shape[0]):
        first_knower[t + 1] += first_knower[t]
    fill = first_knower[:-1].copy()
    for t in range(acquaintance.shape[0]):
        for k in range(N_ACQUAINTANCES):
            known = acquaintance[t, k]
            knower[fill[known]] = t
            fill[known] += 1


@numba.njit(nogil=True, cache=True)
def find_stale(team_moved, workplace_moved, workplace_of_team, first_knower, knower, is_stale):
    """is_stale[t]: did the share of the team, of its workplace or of a team that it knows change?"""
    for t in range(len(team_moved)):
        is_stale[t] = team_moved[t] | workplace_moved[workplace_of_team[t]]
    for t in range(len(team_moved)):
        if team_moved[t]:
            for k in range(first_knower[t], first_knower[t + 1]):
                is_stale[knower[k]] = True


@numba.njit(nogil=True, cache=True)
def pull_of_teams(
    is_stale, team_share, workplace_share, workplace_of_team, acquaintance,
    pull_team, pull_workplace, pull_acquaintance, pull,
):  # fmt: skip
    """pull[t, :] = sum of weights times active shares of team, workplace and acquaintances, where stale.

    Columns are OUT and STOPPED. 60 bytes a team that is stale; computing them all would come to the same bits.
    """
    of_team, of_workplace = np.float32(pull_team), np.float32(pull_workplace)
    of_acquaintance = np.float32(pull_acquaintance / N_ACQUAINTANCES)
    for t in range(len(is_stale)):
        if is_stale[t]:
            w = workplace_of_team[t]
            a, b, c = acquaintance[t, 0], acquaintance[t, 1], acquaintance[t, 2]
            for k in (OUT, STOPPED):
                pull[t, k] = (
                    of_team * team_share[t, k]
                    + of_workplace * workplace_share[w, k]
                    + of_acquaintance * (team_share[a, k] + team_share[b, k] + team_share[c, k])
                )


@numba.njit(nogil=True, cache=True)
def find_commuters(team, home, role, bucket_of_team, n_roles, found):
    """List rows whose home and role are not those of their team's bucket, place x n_roles + role; returns how many."""
    n = 0
    for i in range(len(team)):
        t = team[i]
        if t >= 0 and bucket_of_team[t] != np.int64(home[i]) * n_roles + role[i]:
            if n < len(found):
                found[n] = i
            n += 1
    return n


@numba.njit(nogil=True, cache=True)
def largest_pulls(pull, bucket_of_team, commuting_team, commuting_bucket, most):
    """most[:, bucket] are the largest pulls that anybody of a place and role could feel from a team.

    Nearly all members of a team live in its place and have its role; commuting_* are teams and buckets of others.
    """
    most[:] = 0.0
    now = 0
    out = stopped = np.float32(0.0)
    for t in range(len(bucket_of_team)):
        # teams of a bucket lie side by side, but for some
        if bucket_of_team[t] != now:
            most[OUT, now], most[STOPPED, now] = max(most[OUT, now], out), max(most[STOPPED, now], stopped)
            now = bucket_of_team[t]
            out = stopped = np.float32(0.0)
        out, stopped = max(out, pull[t, OUT]), max(stopped, pull[t, STOPPED])
    most[OUT, now], most[STOPPED, now] = max(most[OUT, now], out), max(most[STOPPED, now], stopped)
    for k in range(len(commuting_team)):
        b, felt = commuting_bucket[k], pull[commuting_team[k]]
        most[OUT, b], most[STOPPED, b] = max(most[OUT, b], felt[OUT]), max(most[STOPPED, b], felt[STOPPED])


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
