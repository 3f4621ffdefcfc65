"""What people see and hear of others (ODD: perception): pulls of teams, blocks and towns.

Axes: t teams, w workplaces, b blocks, p places. All shares are in [0, 1]. A team's acquaintances are
three other teams: a table per team is small, one per person would not be.
"""

from __future__ import annotations

import numba
import numpy as np

from uprising.kernel.engine.draws import uniform
from uprising.kernel.engine.intrinsics import fetch, note, ones
from uprising.kernel.engine.jit import compiled
from uprising.schema import whole_constant

N_ACQUAINTANCES = 3
OUT, STOPPED = range(2)
"""what others do: they are in the streets, or not at work (on strike or in the streets)"""
AHEAD = 16
"""how many teams earlier memory is asked for; what says where to look, as many earlier again"""
ONE, TWO, THREE = np.arange(1, 4, dtype=np.uintp)
SMALLEST_TEAM = whole_constant("smallest_team")


@compiled
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


@compiled
def members_of(group_of, first, member):
    """Turn group_of[i] round: member[first[g] ... first[g + 1]] are those whose group is g, in their order."""
    first[:] = 0
    for i in range(len(group_of)):
        first[group_of[i] + 1] += 1
    for g in range(1, len(first)):
        first[g] += first[g - 1]
    fill = first[:-1].copy()
    for i in range(len(group_of)):
        g = group_of[i]
        member[fill[g]] = i
        fill[g] += 1


@numba.njit(nogil=True)
def list_bits(bits, first, last, listed):
    """listed[first : first + n] are the groups first ... last - 1 whose bits are set; returns n."""
    n = 0
    for word in range(first >> 6, ((last - 1) >> 6) + 1):
        left = bits[word]
        while left != 0:
            others = left & (left - ONE)
            g = 64 * word + ones((left ^ others) - ONE)
            if first <= g < last:
                listed[first + n] = g
                n += 1
            left = others
    return n


@compiled
def look_at_blocks(
    n_out, block_moved, per_neighbour, place_of_block, first_of_place, block_of_place, moved, has_shrunk, pull, most,
):
    """pull[b] = neighbours who are out times the weight of each; most[p] the largest of the place.

    Only those whose bits are set in block_moved are made anew; it is all zero afterwards.
    """
    for m in range(list_bits(block_moved, 0, len(n_out), moved)):
        b = moved[m]
        p = place_of_block[b]
        felt = np.float32(n_out[b]) * per_neighbour[b]
        has_shrunk[p] |= (pull[b] == most[p]) & (felt < most[p])
        most[p] = max(most[p], felt)
        pull[b] = felt
    block_moved[:] = 0
    for p in range(len(most)):
        if has_shrunk[p]:
            has_shrunk[p] = False
            largest = np.float32(0.0)
            for k in range(first_of_place[p], first_of_place[p + 1]):
                largest = max(largest, pull[block_of_place[k]])
            most[p] = largest


@compiled
def note_stale(
    first, last, team_moved, team_out, team_stopped, per_member, workplace_out, workplace_stopped,
    per_workmate, workplace_of_team, first_of_workplace, team_of_workplace, first_knower, knower,
    moved, share, workplace_share, workplace_moved, stale_bits,
):
    """Of the teams first ... last - 1 whose bits are set in team_moved: set in stale_bits those who feel them.

    That is they themselves, the teams that know them, all of their workplaces. share[t, :] and workplace_share[w, :],
    columns OUT and STOPPED, become those of the counts. workplace_moved is all zero before and after.
    """
    n_moved = list_bits(team_moved, first, last, moved)
    for m in range(first, first + n_moved):
        if m + 2 * AHEAD < first + n_moved:
            later = np.int64(moved[m + 2 * AHEAD])
            fetch(first_knower, later)
            fetch(workplace_of_team, later)
            later = np.int64(moved[m + AHEAD])
            fetch(knower, np.int64(first_knower[later]))
            fetch(first_of_workplace, np.int64(workplace_of_team[later]))
        t = moved[m]
        w = workplace_of_team[t]
        share[t, OUT] = np.float32(team_out[t]) * per_member[t]
        share[t, STOPPED] = np.float32(team_stopped[t]) * per_member[t]
        if not workplace_moved[w]:
            workplace_moved[w] = True
            workplace_share[w, OUT] = np.float32(workplace_out[w]) * per_workmate[w]
            workplace_share[w, STOPPED] = np.float32(workplace_stopped[w]) * per_workmate[w]
            for k in range(first_of_workplace[w], first_of_workplace[w + 1]):
                note(stale_bits, team_of_workplace[k], True)
        for k in range(first_knower[t], first_knower[t + 1]):
            note(stale_bits, knower[k], True)
    for m in range(first, first + n_moved):
        workplace_moved[workplace_of_team[moved[m]]] = False


@compiled
def renew_pulls(
    first_word, last_word, team_moved, stale_bits, share, workplace_share, workplace_of_team, acquaintance,
    bucket_of_team, pull_team, pull_workplace, pull_acquaintance, most, stale, pull, largest, has_shrunk,
):
    """pull[t, :] of the teams whose bits are set in some row of stale_bits[:, first_word:last_word]; clears all bits.

    pull[t, :] = sum of weights times active shares of team, workplace and acquaintances; columns are OUT and STOPPED.
    largest[:, bucket] is raised to the largest of those made anew; has_shrunk says where one that was most[:, bucket]
    is less now. Returns how many pulls were made anew, in the order of teams: so they lie near each other in memory.
    """
    first, n_stale = 64 * first_word, 0
    team_moved[first_word:last_word] = 0
    for word in range(first_word, last_word):
        left = stale_bits[0, word]
        stale_bits[0, word] = 0
        for worker in range(1, len(stale_bits)):
            left |= stale_bits[worker, word]
            stale_bits[worker, word] = 0
        while left != 0:
            others = left & (left - ONE)
            stale[first + n_stale] = 64 * word + ones((left ^ others) - ONE)
            left = others
            n_stale += 1
    of_team, of_workplace = np.float32(pull_team), np.float32(pull_workplace)
    of_acquaintance = np.float32(pull_acquaintance / N_ACQUAINTANCES)
    shares, shares_at_work, pulls, known = (
        share.reshape(-1), workplace_share.reshape(-1), pull.reshape(-1), acquaintance.reshape(-1),
    )
    for m in range(first, first + n_stale):
        if m + 2 * AHEAD < first + n_stale:
            later = np.int64(stale[m + 2 * AHEAD])
            fetch(known, N_ACQUAINTANCES * later)
            fetch(workplace_of_team, later)
            fetch(bucket_of_team, later)
            fetch(shares, 2 * later)
            fetch(pulls, 2 * later)
            soon = np.uintp(stale[m + AHEAD])
            fetch(shares_at_work, 2 * np.int64(workplace_of_team[soon]))
            for k in range(N_ACQUAINTANCES):
                fetch(shares, 2 * np.int64(known[THREE * soon + np.uintp(k)]))
        t = np.uintp(stale[m])
        w, bucket = TWO * np.uintp(workplace_of_team[t]), np.uintp(bucket_of_team[t])
        a, b, c = (
            TWO * np.uintp(known[THREE * t]), TWO * np.uintp(known[THREE * t + ONE]),
            TWO * np.uintp(known[THREE * t + TWO]),
        )
        t *= TWO
        for act in (OUT, STOPPED):
            x = np.uintp(act)
            felt = (
                of_team * shares[t + x]
                + of_workplace * shares_at_work[w + x]
                + of_acquaintance * (shares[a + x] + shares[b + x] + shares[c + x])
            )
            has_shrunk[act, bucket] |= (pulls[t + x] == most[act, bucket]) & (felt < most[act, bucket])
            largest[act, bucket] = max(largest[act, bucket], felt)
            pulls[t + x] = felt
    return n_stale


@compiled
def renew_most(
    n_stale, commuting_bucket, first_felt, felt_team, pull, largest, has_shrunk, most,
):
    """most[:, bucket], the largest pull that anybody of a place and role, a bucket, could feel, after renew_pulls.

    Nearly all members of a team live in its place and have its role; commuting_bucket are those of others, and the
    teams that are felt in bucket b are felt_team[first_felt[b] ... first_felt[b + 1]]. largest[worker, :, bucket] and
    has_shrunk[worker, :, bucket] are all zero afterwards.
    """
    if n_stale:
        # a commuting team's pull may be the largest, or have been, and nobody has looked: gone through below
        for k in range(len(commuting_bucket)):
            has_shrunk[0, :, commuting_bucket[k]] = True
            largest[:, :, commuting_bucket[k]] = -1.0
    for act in (OUT, STOPPED):
        for bucket in range(most.shape[1]):
            up, is_less = np.float32(-1.0), False
            for worker in range(len(largest)):
                up = max(up, largest[worker, act, bucket])
                is_less |= has_shrunk[worker, act, bucket]
                largest[worker, act, bucket], has_shrunk[worker, act, bucket] = 0.0, False
            if up >= most[act, bucket]:
                most[act, bucket] = up
            elif is_less:
                up = np.float32(0.0)
                for k in range(first_felt[bucket], first_felt[bucket + 1]):
                    up = max(up, pull[felt_team[k], act])
                most[act, bucket] = up


@compiled
def look_at_teams(
    team_moved, team_out, team_stopped, per_member, workplace_out, workplace_stopped, per_workmate,
    workplace_of_team, first_of_workplace, team_of_workplace, first_knower, knower,
    moved, share, workplace_share, workplace_moved, stale_bits,
    acquaintance, bucket_of_team, pull_team, pull_workplace, pull_acquaintance, most, stale, pull, largest, has_shrunk,
    commuting_bucket, first_felt, felt_team,
):
    """Pulls of teams, and the largest that anybody could feel, from the counts: note_stale to renew_most in one call.

    Only what has changed since the last look is made anew, which comes to the same bits. Returns how many pulls were:
    80 bytes each.
    """
    note_stale(
        first=0, last=len(team_out), team_moved=team_moved, team_out=team_out, team_stopped=team_stopped,
        per_member=per_member, workplace_out=workplace_out, workplace_stopped=workplace_stopped,
        per_workmate=per_workmate, workplace_of_team=workplace_of_team, first_of_workplace=first_of_workplace,
        team_of_workplace=team_of_workplace, first_knower=first_knower, knower=knower, moved=moved, share=share,
        workplace_share=workplace_share, workplace_moved=workplace_moved[0], stale_bits=stale_bits[0],
    )
    n_stale = renew_pulls(
        first_word=0, last_word=stale_bits.shape[1], team_moved=team_moved, stale_bits=stale_bits, share=share,
        workplace_share=workplace_share, workplace_of_team=workplace_of_team, acquaintance=acquaintance,
        bucket_of_team=bucket_of_team, pull_team=pull_team, pull_workplace=pull_workplace,
        pull_acquaintance=pull_acquaintance, most=most, stale=stale, pull=pull, largest=largest[0],
        has_shrunk=has_shrunk[0],
    )
    renew_most(
        n_stale=n_stale, commuting_bucket=commuting_bucket, first_felt=first_felt, felt_team=felt_team, pull=pull,
        largest=largest, has_shrunk=has_shrunk, most=most,
    )
    return n_stale


@compiled
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

