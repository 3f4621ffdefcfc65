"""Candidates: who could change while the numbers common to all of a place stay near (ODD: decision).

Most people are far from changing for days. Each chunk of people therefore keeps a watch list of those who
could change while the numbers that are common to all of a place stay inside a box around their values of the moment
(as neighbour lists with a skin in molecular dynamics: Verlet 1967, doi:10.1103/PhysRev.159.98). Only they are
looked at until something leaves the box. Lists are nested: a long one with a wide box is made from everybody, every
few days; a short one with a narrow box from the long one, every few hours. What is known of those on the short one
is laid side by side; from it and their teams' pull a loop of vectors tells who could change at this moment, and only
they are looked at in full. Strikers who would strike on for their team's sake alone, which a box leaves out, are
merely asked whether their team still does what they need of it. That is exact: the same bits come out without lists.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from uprising.kernel.decision.utility import (
    AGE_FOR_FIGHT,
    AGE_FOR_STRIKE,
    NOTHING,
    ONE,
    ZERO,
    cost_of_fighting,
    cost_of_going_out,
    cost_of_striking,
    fear,
    own_drive,
    shared_drive,
    social_pull,
    surely_stays,
    utility,
)
from uprising.kernel.engine.intrinsics import fetch
from uprising.kernel.engine.jit import compiled
from uprising.kernel.perception.influence import OUT, STOPPED
from uprising.kernel.population.person import (
    AGE_AND_SEX,
    AGE_AT,
    HARDSHIP,
    OUTRAGE,
    RISK_AVERSION,
    TEAM,
    THRESHOLD,
    WHO,
    WORDS,
)
from uprising.state import STRIKING

NEVER = 90.0
"""costs this high mean that a role or age never acts"""
MARGIN = 1e-4
"""more than rounding to single precision could, with terms up to a hundred"""
BLOCK_BITS = 10
"""rows of people are noted as touched in blocks of two to this power"""
UNKNOWN = np.float32(-NEVER)
"""bound on a utility of which nothing is known"""
GRIEVANCE, LESS_GRIEVANCE, FADING, SAFE_OUT, SAFE_FIGHT, SAFE_STRIKE, RISK_STRIKE, DOUBT = range(8)
AHEAD = 32
"""people so far down a list are asked of memory ahead of their turn"""
COLUMNS = 6
"""of what is kept: hardship, outrage, risk aversion, reluctance, cost of age and sex, team (from 1) and role"""
ROLE_BITS = 4
ROLE_MASK = (1 << ROLE_BITS) - 1
ROLES = 1 << ROLE_BITS
STREET, FIGHT, STRIKE, HOLDS = np.arange(4, dtype=np.uintp)
TERMS = 4
"""of a role, side by side: what draws to the streets, to fighting, to a strike, and what holds one"""
TWO, THREE, FOUR, FIVE = np.arange(2, 6, dtype=np.uintp)
"""pulls of a team, OUT and STOPPED, side by side; from 2 x its number from 1 on, 0 of those without one"""
LINE = 16
"""numbers of single precision in a line of memory"""
BY_ROLE = 8
"""columns of an outlook, all such that more means readier to change; then street, fight, strike of each role"""
WIDE, NARROW, HELD = range(3)
"""the lists of a chunk: the narrow one is followed by those whom their teams hold"""
SLACK = 0.02
"""units of utility by which a team must do more than hold a striker who needn't be looked at"""
LET_GO = 8
"""so many who are no longer held make the narrow list of a chunk new"""
EAGER, FADES, COMMON, FEAR, MOST_EAGER, MOST_FADES, MOST_FEAR, N_LET_GO = range(8)
"""what holds of a chunk's held strikers were reckoned from, and the largest factor of each among them"""
N_REMEMBERED = 8


def skins(n_roles: int) -> NDArray[np.float64]:
    """[WIDE or NARROW, column] how far a common number may move, in units of utility, before a list is made anew.

    Found by measuring: longer lists cost those who follow them, shorter ones are made more often.
    """
    table = np.zeros((2, BY_ROLE + 3 * n_roles))
    for level, (own, safety, of_strikers, pulls) in enumerate(((0.1, 0.2, 0.8, 0.2), (0.04, 0.08, 0.12, 0.1))):
        table[level, GRIEVANCE] = own
        table[level, [SAFE_OUT, SAFE_FIGHT, SAFE_STRIKE]] = safety
        table[level, [LESS_GRIEVANCE, RISK_STRIKE, DOUBT]] = of_strikers
        table[level, BY_ROLE:] = pulls
    return table


@compiled
def look_ahead(
    place_belief, place_outrage, place_risk_out, place_risk_strike, place_risk_fight, place_can_fight,
    place_cost, place_curfew, place_active, place_pull, place_strike_pull, most_team_pull, most_block_pull,
    role_cost_out, role_cost_strike, role_cost_fight, grievance, fading,
    weight_discontent, weight_social, weight_belief, weight_risk, pull_household, outlook, most_home, most_block,
):
    """outlook[p, :]: the numbers common to those who live in p, each such that more means readier to change.

    The pulls are the largest that anybody of the place and role could feel: most_team_pull[act, bucket] of teams
    (bucket = place x roles + role), most_block_pull[place] of blocks, and of the household where anybody of the place
    is out; most_block[p] and most_home[p], 0 or 1, keep the last two.
    """
    n_roles = len(role_cost_out)
    for p in range(len(place_belief)):
        row = outlook[p]
        row[GRIEVANCE] = weight_discontent * grievance
        row[LESS_GRIEVANCE] = -weight_discontent * grievance
        row[FADING] = weight_discontent * fading
        row[SAFE_OUT] = -weight_risk * place_risk_out[p]
        row[SAFE_FIGHT] = -weight_risk * place_risk_fight[p]
        row[SAFE_STRIKE] = -weight_risk * place_risk_strike[p]
        row[RISK_STRIKE] = weight_risk * place_risk_strike[p]
        shared = shared_drive(place_belief[p], place_outrage[p], weight_belief, weight_discontent)
        least_pull = weight_social * social_pull(0.0, 0.0, place_strike_pull[p], 0.0, pull_household)
        row[DOUBT] = -utility(shared, least_pull, 0.0, 0.0)
        home, block = (1.0, np.float64(most_block_pull[p])) if place_active[p] else (0.0, 0.0)
        most_home[p], most_block[p] = home, block
        for r in range(n_roles):
            team_out = np.float64(most_team_pull[OUT, p * n_roles + r])
            team_stopped = np.float64(most_team_pull[STOPPED, p * n_roles + r])
            pull = weight_social * social_pull(home, block, place_pull[p], team_out, pull_household)
            strike_pull = weight_social * social_pull(home, block, place_strike_pull[p], team_stopped, pull_household)
            going = cost_of_going_out(role_cost_out[r], 0.0, place_cost[p], place_curfew[p], 0.0, 0.0)
            fighting = cost_of_fighting(role_cost_fight[r], 0.0, place_cost[p], AGE_FOR_FIGHT)
            striking = cost_of_striking(role_cost_strike[r], 0.0, AGE_FOR_STRIKE)
            row[BY_ROLE + r] = utility(shared, pull, 0.0, going)
            row[BY_ROLE + n_roles + r] = utility(shared, pull, 0.0, fighting) - (0.0 if place_can_fight[p] else NEVER)
            row[BY_ROLE + 2 * n_roles + r] = utility(shared, strike_pull, 0.0, striking)


@numba.njit(nogil=True)
def is_above(sight, box):
    """Has any number of an outlook left its box?"""
    above = False
    for k in range(len(sight)):
        above |= sight[k] > box[k]
    return above


@compiled
def lay_boxes(outlook, skin, tick, refresh, box, boxed):
    """Lay new boxes around the outlook where it has left them: box[level, p, :], laid in step boxed[level, p].

    After refresh[level] steps too, since those who dropped out of question stay on a list. A new wide box makes
    the narrow one new.
    """
    for p in range(len(outlook)):
        is_new = False
        for level in (WIDE, NARROW):
            is_new = is_new or boxed[level, p] < 0 or tick - boxed[level, p] >= refresh[level]
            if is_new or is_above(outlook[p], box[level, p]):
                is_new = True
                boxed[level, p] = tick
                for k in range(outlook.shape[1]):
                    box[level, p, k] = outlook[p, k] + skin[level, k]


@numba.njit(nogil=True)
def lay_out(
    start, n, candidates, first, traits, traits_whole, threshold_spread, cost_of_age, numbers, whole, at,
):
    """Lay the traits of candidates[first : first + n] (rows from start) side by side, COLUMNS one after the other.

    They begin at `at`, in single precision; whole numbers are those of the same memory as integers. A team is its
    number from 1 on: who has none has 0.
    """
    spread, rows, listed = np.float32(threshold_spread), np.uintp(start), np.uintp(first)
    h, o, rho, reluctance, trait, belongs = columns_from(at, n)
    for k in range(n):
        j = np.uintp(k)
        later = candidates[listed + np.uintp(min(k + AHEAD, n - 1))]
        fetch(traits, np.int64(WORDS) * (start + np.int64(later)))
        i = WORDS * (rows + np.uintp(candidates[listed + j]))
        who = traits_whole[i + WHO]
        numbers[h + j], numbers[o + j] = traits[i + HARDSHIP], traits[i + OUTRAGE]
        numbers[rho + j], numbers[reluctance + j] = traits[i + RISK_AVERSION], spread * traits[i + THRESHOLD]
        numbers[trait + j] = cost_of_age[np.uintp((who >> AGE_AT) & AGE_AND_SEX)]
        whole[belongs + j] = ((traits_whole[i + TEAM] + 1) << ROLE_BITS) | (who & ROLE_MASK)


@numba.njit(nogil=True, forceinline=True)
def kept_from(chunk_start, c):
    """(at, room): where what is kept of a chunk's people begins, and for how many there is room: half of them.

    Where more are on the narrow list, their traits are laid anew each time.
    """
    rows = chunk_start[c + 1] - chunk_start[c]
    return COLUMNS * ((chunk_start[c] - chunk_start[0] + c) >> 1), (rows + 1) >> 1


@numba.njit(nogil=True, forceinline=True)
def columns_from(at, n):
    """Where the COLUMNS of the traits of n people begin, see lay_out.

    Numbers without a sign, here and below, and no slices: of an index that could be negative the compiler can't make
    vectors, and a slice of an array that threads share costs more than to look at a person, since it is counted.
    """
    begin, length = np.uintp(at), np.uintp(n)
    return (
        begin, begin + length, begin + TWO * length, begin + THREE * length, begin + FOUR * length,
        begin + FIVE * length,
    )


@numba.njit(nogil=True, forceinline=True)
def of_age_going_out(age):
    """What age and sex take off going out."""
    return cost_of_going_out(NOTHING, age, NOTHING, NOTHING, NOTHING, NOTHING)


@numba.njit(nogil=True, forceinline=True)
def of_age_fighting(age, age_for_fight):
    """What age and sex take off taking up arms."""
    return cost_of_fighting(NOTHING, age, NOTHING, age_for_fight)


@numba.njit(nogil=True, forceinline=True)
def by_team(pull, social):
    """What a team's pull adds to a utility."""
    return utility(NOTHING, social * social_pull(NOTHING, NOTHING, NOTHING, pull, ONE), ZERO, ZERO)


@numba.njit(nogil=True, forceinline=True)
def watch(
    start, n, candidates, first, box, level, place, numbers, whole, activity, role_cost_strike, solidarity, of_role,
    street, fight, strike, holds, acts, listed, picked, first_picked,
):
    """List in picked[first_picked ...] which of n candidates could change while the outlook is below the box.

    The candidates are candidates[first ...] (rows from start), their traits laid from 0 on. Who is quiet stays so if
    nothing draws enough even were everybody around active; a striker whom nothing draws to the streets strikes on if
    the strike would hold were nobody whom they know on strike and all outrage gone. In single precision, a margin on
    the safe side, and in loops without branches or look-ups that the compiler can make vectors of: tables are looked up
    first, then terms added, then the list is packed. Returns how many it lists; listed keeps 2 for those strikers among
    them whom nothing draws to the streets, 1 for others.
    """
    h, o, rho, reluctance, trait, belongs = columns_from(0, n)
    n_roles = len(role_cost_strike)
    for role in range(n_roles):
        for term in range(3):
            of_role[role, term] = box[level, place, BY_ROLE + term * n_roles + role]
        of_role[role, 3] = -box[level, place, DOUBT] - cost_of_striking(role_cost_strike[role], 0.0, AGE_FOR_STRIKE)
    table, rows, begin = of_role.reshape(-1), np.uintp(start), np.uintp(first)
    for k in range(n):
        j = np.uintp(k)
        r = FOUR * np.uintp(whole[belongs + j] & ROLE_MASK)
        street[k], fight[k] = table[r + STREET], table[r + FIGHT]
        strike[k], holds[k] = table[r + STRIKE], table[r + HOLDS]
        acts[k] = activity[rows + np.uintp(candidates[begin + j])]
    eager, less_eager = np.float32(box[level, place, GRIEVANCE]), np.float32(box[level, place, LESS_GRIEVANCE])
    fades, least_eager = np.float32(box[level, place, FADING]), -less_eager
    age_for_fight, age_for_strike = np.float32(AGE_FOR_FIGHT), np.float32(AGE_FOR_STRIKE)
    safe_out, safe_fight = np.float32(box[level, place, SAFE_OUT]), np.float32(box[level, place, SAFE_FIGHT])
    safe_strike, risk_strike = np.float32(box[level, place, SAFE_STRIKE]), np.float32(box[level, place, RISK_STRIKE])
    margin = np.float32(MARGIN)
    for k in range(n):
        j = np.uintp(k)
        hard, angry, wary, slow, years = (
            numbers[h + j], numbers[o + j], numbers[rho + j], numbers[reluctance + j], numbers[trait + j],
        )
        own = own_drive(
            hardship=hard, own_outrage=angry, threshold=slow, grievance=eager, fading=fades, weight_discontent=ONE,
            threshold_spread=ONE,
        )
        least = own_drive(
            hardship=hard, own_outrage=NOTHING, threshold=slow, grievance=least_eager, fading=ONE,
            weight_discontent=ONE, threshold_spread=ONE,
        )
        by_street = utility(
            own + street[k], NOTHING, fear(wary, -safe_out, ONE), of_age_going_out(years)
        )
        by_fight = utility(
            own + fight[k], NOTHING, fear(wary, -safe_fight, ONE), of_age_fighting(years, age_for_fight)
        )
        striking = cost_of_striking(NOTHING, years, age_for_strike)
        by_strike = utility(own + strike[k], NOTHING, fear(wary, -safe_strike, ONE), striking)
        by_habit = utility(least + holds[k], NOTHING, fear(wary, risk_strike, ONE), striking)
        stays = surely_stays(
            acts[k], True, UNKNOWN, by_fight, UNKNOWN, by_street, by_habit, by_strike, ZERO, ZERO, solidarity, margin
        )
        may_stop = (acts[k] == STRIKING) & (by_street < -margin) & (by_fight < -margin)
        listed[k] = np.uint8(not stays) << np.uint8(may_stop)
    length, to = 0, np.uintp(first_picked)
    for k in range(n):
        picked[to + np.uintp(length)] = k
        length += listed[k] != 0
    return length


@numba.njit(nogil=True, forceinline=True)
def single_out(
    start, n, candidates, first, numbers, whole, at, activity, team_pull, of_role, eager, fades, fear_out, fear_fight,
    fear_strike, social, solidarity, street, fight, strike, holds, acts, listed, rows, length,
):
    """Add to rows[:length] those of n candidates whom this moment could make change; returns the length.

    The candidates are candidates[first ...] (rows from start), their traits laid from `at` on. As `watch`, with the
    numbers of the moment instead of a box: what draws the place, and the person's own team. of_role[ROLES x (1 of
    strikers) + role, term], with the most that block and household could add; HOLDS leaves them out.
    """
    h, o, rho, reluctance, trait, belongs = columns_from(at, n)
    table, origin, begin = of_role.reshape(-1), np.uintp(start), np.uintp(first)
    for k in range(n):
        j = np.uintp(k)
        act, team_and_role = activity[origin + np.uintp(candidates[begin + j])], whole[belongs + j]
        t = TWO * np.uintp(team_and_role >> ROLE_BITS)
        r = FOUR * np.uintp((team_and_role & ROLE_MASK) | ((act & 1) << ROLE_BITS))
        out = by_team(team_pull[t + np.uintp(OUT)], social)
        stopped = by_team(team_pull[t + np.uintp(STOPPED)], social)
        street[k], fight[k] = table[r + STREET] + out, table[r + FIGHT] + out
        strike[k], holds[k] = table[r + STRIKE] + stopped, table[r + HOLDS] + stopped
        acts[k] = act
    margin, age_for_fight, age_for_strike = np.float32(MARGIN), np.float32(AGE_FOR_FIGHT), np.float32(AGE_FOR_STRIKE)
    for k in range(n):
        j = np.uintp(k)
        wary, years = numbers[rho + j], numbers[trait + j]
        own = own_drive(
            hardship=numbers[h + j], own_outrage=numbers[o + j], threshold=numbers[reluctance + j], grievance=eager,
            fading=fades, weight_discontent=ONE, threshold_spread=ONE,
        )
        by_street = utility(
            own + street[k], NOTHING, fear(wary, fear_out, ONE), of_age_going_out(years)
        )
        by_fight = utility(
            own + fight[k], NOTHING, fear(wary, fear_fight, ONE), of_age_fighting(years, age_for_fight)
        )
        at_work = utility(own, NOTHING, fear(wary, fear_strike, ONE), cost_of_striking(NOTHING, years, age_for_strike))
        stays = surely_stays(
            acts[k], True, UNKNOWN, by_fight, UNKNOWN, by_street, at_work + holds[k], at_work + strike[k], ZERO, ZERO,
            solidarity, margin,
        )
        listed[k] = np.uint8(not stays)
    for k in range(n):
        rows[length] = start + np.int64(candidates[begin + np.uintp(k)])
        length += listed[k]
    return length


@numba.njit(nogil=True, forceinline=True)
def part(
    start, n_candidates, candidates, numbers, whole, n, picked, kinds, team_pull, of_role, eager, fades, common,
    fear_strike, social, solidarity, needs, active, held, watched, shown, shown_whole, at, room, remembered, d,
):
    """Part picked[:n] of the candidates into those to be singled out time and again and strikers whom their team holds.

    The candidates are candidates[start ...]. Traits (see lay_out) of the former are moved from `numbers` to shown[at
    ...], their rows listed in watched[start ...]; those of the latter follow, and after the traits what each needs of
    the own team, social x its share, so that the strike holds; then the teams. remembered[d, :] is what that was
    reckoned from. Returns how many are of each kind.
    """
    h, o, rho, reluctance, trait, belongs = columns_from(0, n_candidates)
    slack, begin, to = np.float32(SLACK), np.uintp(start), np.uintp(at)
    keeps_striking, age_for_strike = np.float32(MARGIN) - solidarity, np.float32(AGE_FOR_STRIKE)
    m, b = 0, 0
    most_eager, most_fades, most_fear = np.float32(0.0), np.float32(0.0), np.float32(0.0)
    for j in range(n):
        k = np.uintp(picked[j])
        team_and_role = whole[belongs + k]
        r, t = np.uintp(team_and_role & ROLE_MASK), TWO * np.uintp(team_and_role >> ROLE_BITS)
        own = own_drive(
            hardship=numbers[h + k], own_outrage=numbers[o + k], threshold=numbers[reluctance + k], grievance=eager,
            fading=fades, weight_discontent=ONE, threshold_spread=ONE,
        )
        striking = cost_of_striking(NOTHING, numbers[trait + k], age_for_strike)
        value = utility(own + of_role[r, 3], NOTHING, fear(numbers[rho + k], fear_strike, ONE), striking)
        need = keeps_striking - value
        is_held = (kinds[k] == 2) & (by_team(team_pull[t + np.uintp(STOPPED)], social) > need + slack)
        active[m], held[b], needs[b] = k, k, need
        m += not is_held
        b += is_held
    if COLUMNS * m + 2 * b > COLUMNS * room:  # no room: everybody is looked at each time
        m, b = n, 0
        active[:n] = picked[:n]
    for j in range(m):
        watched[begin + np.uintp(j)] = candidates[begin + np.uintp(active[j])]
    if m <= room:
        for column in range(COLUMNS):
            # whole numbers are moved as they are
            source, aim = np.uintp(column * n_candidates), to + np.uintp(column * m)
            for j in range(m):
                shown_whole[aim + np.uintp(j)] = whole[source + np.uintp(active[j])]
    after = to + np.uintp(COLUMNS * m)
    for j in range(b):
        k, i = np.uintp(held[j]), np.uintp(j)
        watched[begin + np.uintp(m) + i] = candidates[begin + k]
        shown[after + i] = needs[j]
        shown_whole[after + np.uintp(b) + i] = whole[belongs + k] >> ROLE_BITS
        most_eager, most_fades = max(most_eager, numbers[h + k]), max(most_fades, numbers[o + k])
        most_fear = max(most_fear, numbers[rho + k])
    remembered[d, EAGER], remembered[d, FADES] = eager, fades
    remembered[d, COMMON], remembered[d, FEAR] = common, fear_strike
    remembered[d, MOST_EAGER], remembered[d, MOST_FADES], remembered[d, MOST_FEAR] = most_eager, most_fades, most_fear
    remembered[d, N_LET_GO] = 0.0
    return m, b


@numba.njit(nogil=True, forceinline=True)
def let_go(
    start, first, n, watched, shown, shown_whole, at, team_pull, eager, fades, common, fear_strike, social,
    remembered, d, pulls, loose, rows, begin, length,
):
    """Add to rows[begin:length], in order, those of n held strikers whom their team may let go; returns the length.

    Their rows are watched[start + first ...]; what they need lies from `at` on, then their teams (see part). What is
    common to all who live in the place may have moved since: it can have weighed on nobody more than on a person who
    has all the largest traits. Who is let go is looked at each time until the list is made anew.
    """
    needs, teams = np.uintp(at), np.uintp(at) + np.uintp(n)
    hard, angry, wary = remembered[d, MOST_EAGER], remembered[d, MOST_FADES], remembered[d, MOST_FEAR]
    less_eager = own_drive(
        hardship=hard, own_outrage=0.0, threshold=0.0, grievance=remembered[d, EAGER] - eager, fading=0.0,
        weight_discontent=1.0, threshold_spread=1.0,
    )
    less_angry = own_drive(
        hardship=0.0, own_outrage=angry, threshold=0.0, grievance=0.0, fading=remembered[d, FADES] - fades,
        weight_discontent=1.0, threshold_spread=1.0,
    )
    more_fear = fear(wary, fear_strike - remembered[d, FEAR], 1.0)
    moved = (
        max(0.0, utility(less_eager, 0.0, 0.0, 0.0))
        + max(0.0, utility(less_angry, 0.0, 0.0, 0.0))
        + max(0.0, -utility(0.0, 0.0, more_fear, 0.0))
        + max(0.0, remembered[d, COMMON] - common)
    )
    least = np.float32(moved) + np.float32(MARGIN)
    for k in range(n):
        pulls[k] = team_pull[TWO * np.uintp(shown_whole[teams + np.uintp(k)]) + np.uintp(STOPPED)]
    any_loose = np.uint8(0)
    for k in range(n):
        loose[k] = np.uint8(by_team(pulls[k], social) - shown[needs + np.uintp(k)] <= least)
        any_loose |= loose[k]
    if any_loose:
        n_loose = 0
        for k in range(n):
            if loose[k]:
                n_loose += 1
                shown[needs + np.uintp(k)] = np.float32(NEVER)
                row = start + np.int64(watched[start + first + k])
                # nearly in order: those singled out before are
                j = length
                length += 1
                while j > begin and rows[j - 1] > row:
                    rows[j] = rows[j - 1]
                    j -= 1
                rows[j] = row
        remembered[d, N_LET_GO] = n_loose
    return length
