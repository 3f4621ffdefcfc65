"""The decision of many people at once. What is decided stands in plain.py. This file decides the same, faster.

Each person of one stripe weighs staying, striking, going out and fighting, by the rule of utility.py. Everybody reads
the same old state; what people want is written beside it. Most people are far from changing for days: only those on
a list of candidates are evaluated (see candidates), with the same result as if everybody were.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from uprising.kernel.decision.candidates import (
    AHEAD,
    BLOCK_BITS,
    COLUMNS,
    HELD,
    LET_GO,
    LINE,
    MARGIN,
    N_LET_GO,
    NARROW,
    NEVER,
    ROLES,
    TERMS,
    TWO,
    WIDE,
    kept_from,
    lay_out,
    let_go,
    part,
    single_out,
    watch,
)
from uprising.kernel.decision.utility import (
    ACTIVITY_BASE,
    AGE_FOR_FIGHT,
    AGE_FOR_STRIKE,
    ONE,
    ZERO,
    cost_of_fighting,
    cost_of_going_out,
    cost_of_striking,
    decide,
    fear,
    household_share,
    own_drive,
    shared_drive,
    social_pull,
    surely_stays,
    tiredness,
    utility,
)
from uprising.kernel.engine.intrinsics import fetch, take
from uprising.kernel.engine.jit import compiled
from uprising.kernel.perception.influence import OUT, STOPPED
from uprising.kernel.population.person import (
    AGE_AND_SEX,
    AGE_AT,
    AGES,
    BLOCK,
    HARDSHIP,
    HOUSEHOLD,
    OUTRAGE,
    RELATIVES,
    RELATIVES_AT,
    RISK_AVERSION,
    ROLE,
    TEAM,
    THRESHOLD,
    WHO,
    WORDS,
)
from uprising.state import DEMONSTRATING, FIGHTING, QUIET, STRIKING

N_ACTS = 8
BATCH = 8
"""chunks of a place that are gone through together: what a single one has to look at is too little to ask for early"""


@numba.njit(nogil=True)
def tables_of_costs(role_cost_out, role_cost_work, role_cost_strike, role_cost_fight, age_cost):
    """Costs in single precision, flat: going out by act and role, striking, fighting, age by sex and age."""
    n_roles = len(role_cost_out)
    going = np.empty(N_ACTS * n_roles, np.float32)
    striking, fighting = np.empty(n_roles, np.float32), np.empty(n_roles, np.float32)
    for r in range(n_roles):
        striking[r], fighting[r] = role_cost_strike[r], role_cost_fight[r]
        for act in range(N_ACTS):
            going[act * n_roles + r] = role_cost_out[r] + (role_cost_work[r] if act == QUIET else 0.0)
    of_age = np.zeros(2 * AGES, np.float32)
    for sex in range(age_cost.shape[0]):
        for age in range(age_cost.shape[1]):
            of_age[sex * AGES + age] = age_cost[sex, age]
    return going, striking, fighting, of_age


@numba.njit(nogil=True)
def costs_of_roles(role_cost_out, role_cost_work, role_cost_strike, role_cost_fight):
    """[activity x ROLES + role, going out or fighting or striking] costs of a role alone, of the quiet and strikers."""
    table = np.zeros((2 * ROLES, 3))
    for r in range(len(role_cost_out)):
        for act in (QUIET, STRIKING):
            k = act * ROLES + r
            work = role_cost_work[r] if act == QUIET else 0.0
            table[k, 0] = cost_of_going_out(role_cost_out[r], -0.0, -0.0, -0.0, work, -0.0)
            table[k, 1] = cost_of_fighting(role_cost_fight[r], -0.0, -0.0, AGE_FOR_FIGHT)
            table[k, 2] = cost_of_striking(role_cost_strike[r], -0.0, AGE_FOR_STRIKE)
    return table


@numba.njit(nogil=True, forceinline=True)
def ask_for(first, last, listed, traits, since):
    """What is known of the people listed[first:last] (rows) will be needed soon."""
    for k in range(first, last):
        fetch(traits, np.int64(WORDS) * np.int64(listed[k]))
        fetch(since, np.int64(listed[k]))


@numba.njit(nogil=True, forceinline=True)
def ask_for_first(start, n, candidates, traits):
    """What is known of the first of n candidates (rows from start) will be needed soon; they ask for the others."""
    for k in range(start, start + min(n, AHEAD)):
        fetch(traits, np.int64(WORDS) * (start + np.int64(candidates[k])))


@numba.njit(nogil=True, forceinline=True)
def ask_for_others(first, last, listed, traits_whole, household_out, block_pull):
    """What those around the people listed[first:last] (rows) do will be needed soon; who they are must be known."""
    for k in range(first, last):
        i = WORDS * np.uintp(listed[k])
        fetch(household_out, np.int64(traits_whole[i + HOUSEHOLD]))
        fetch(block_pull, np.int64(traits_whole[i + BLOCK]))


@numba.njit(nogil=True, forceinline=True, error_model="numpy")
def shortlist(
    n, listed, tick, step_hours,
    traits, traits_whole, activity, since, household_out, team_pull, block_pull,
    shared, place_pull, place_strike_pull, risk_out, risk_strike, risk_fight, can_fight, far, curfew,
    tables, n_roles,
    grievance, fading, weight_discontent, weight_social, weight_risk, threshold_spread,
    pull_household, fatigue, rest_hours, hysteresis, commitment, solidarity, desk,
):
    """Keep in listed[:n] (rows) those who may want another activity; return how many.

    The rule in single precision, with a margin for rounding and without branches. What is known of people is gathered
    first; then terms are added in a loop that the compiler can make vectors of.
    """
    cost_of_going, cost_of_strike, cost_of_fight, cost_of_age = tables
    single = np.float32
    margin, common, social = single(MARGIN), single(shared), single(weight_social)
    g, f, weight, spread = single(grievance), single(fading), single(weight_discontent), single(threshold_spread)
    at_home, town, strikes = single(pull_household), single(place_pull), single(place_strike_pull)
    by_risk, way, late = single(weight_risk), single(far), single(curfew)
    fear_out, fear_strike, fear_fight = single(risk_out), single(risk_strike), single(risk_fight)
    age_for_fight, age_for_strike = single(AGE_FOR_FIGHT), single(AGE_FOR_STRIKE)
    tires, rests, hours_a_step = single(fatigue), single(rest_hours), single(step_hours)
    slack_out, slack_fight, slack_strike = single(hysteresis), single(commitment), single(solidarity)
    roles, now = np.uintp(n_roles), np.int64(tick)
    (
        own, rho, age, near, others, elapsed, rested, team_out, team_stopped, block, going, striking, fighting, acts,
        wants,
    ) = desk
    for k in range(n):
        i = np.uintp(listed[k])
        at = WORDS * i
        who, t = traits_whole[at + WHO], TWO * np.uintp(traits_whole[at + TEAM] + 1)
        act, r, came = np.uintp(activity[i]), np.uintp(who & ROLE), np.int64(since[i])
        home, around = np.uintp(traits_whole[at + HOUSEHOLD]), np.uintp(traits_whole[at + BLOCK])
        acts[k] = act
        own[k] = own_drive(
            hardship=traits[at + HARDSHIP], own_outrage=traits[at + OUTRAGE], threshold=traits[at + THRESHOLD],
            grievance=g, fading=f, weight_discontent=weight, threshold_spread=spread,
        )
        rho[k], age[k] = traits[at + RISK_AVERSION], cost_of_age[np.uintp((who >> AGE_AT) & AGE_AND_SEX)]
        near[k], others[k], block[k] = household_out[home], (who >> RELATIVES_AT) & RELATIVES, block_pull[around]
        team_out[k], team_stopped[k] = team_pull[t + np.uintp(OUT)], team_pull[t + np.uintp(STOPPED)]
        going[k], striking[k], fighting[k] = cost_of_going[act * roles + r], cost_of_strike[r], cost_of_fight[r]
        elapsed[k], rested[k] = now - came, min(came, 1)
    for k in range(n):
        is_out = ONE if acts[k] >= DEMONSTRATING else ZERO
        drive = common + own[k]
        household = household_share(near[k], is_out, max(others[k], ONE))
        pull_out = social * social_pull(household, block[k], town, team_out[k], at_home)
        pull_strike = social * social_pull(household, block[k], strikes, team_stopped[k], at_home)
        tired = tiredness(is_out, rested[k] * (ONE - is_out), elapsed[k] * hours_a_step, tires, rests)
        out = utility(
            drive, pull_out, fear(rho[k], fear_out, by_risk),
            cost_of_going_out(going[k], age[k], way, late, ZERO, tired),
        )
        fight = utility(
            drive, pull_out, fear(rho[k], fear_fight, by_risk),
            cost_of_fighting(fighting[k], age[k], way, age_for_fight),
        )
        strike = utility(
            drive, pull_strike, fear(rho[k], fear_strike, by_risk),
            cost_of_striking(striking[k], age[k], age_for_strike),
        )
        wants[k] = not surely_stays(
            acts[k], can_fight, fight, fight, out, out, strike, strike, slack_out, slack_fight, slack_strike, margin
        )
    length = 0
    for k in range(n):
        listed[length] = listed[k]
        length += wants[k]
    return length


@numba.njit(nogil=True, inline="always")
def evaluate(
    n, listed, c, chunk_start, place, tick, step_hours, is_waking,
    traits, traits_whole, activity, since, household_out, team_pull, block_pull, shared,
    place_pull, place_strike_pull, place_risk_out, place_risk_strike, place_risk_fight, can_fight, far, curfew,
    role_cost_out, role_cost_work, role_cost_strike, role_cost_fight, age_cost,
    grievance, fading, weight_discontent, weight_social, weight_risk, threshold_spread,
    pull_household, fatigue, rest_hours, hysteresis, commitment, solidarity, wish, changed, n_changed,
):
    """Let listed[:n] (rows, in order, from chunk c on, all of one place) decide; note who wants another activity."""
    for k in range(n):
        i = np.int64(listed[k])
        while i >= chunk_start[c + 1]:
            c += 1
        act = activity[i]
        if act > FIGHTING or not (is_waking or act >= DEMONSTRATING):
            continue
        at = WORDS * np.uintp(i)
        who, t = traits_whole[at + WHO], TWO * np.uintp(traits_whole[at + TEAM] + 1)
        r, of_age = who & ROLE, (who >> AGE_AT) & AGE_AND_SEX
        home, around = traits_whole[at + HOUSEHOLD], traits_whole[at + BLOCK]
        others = np.int64((who >> RELATIVES_AT) & RELATIVES)
        risk_aversion, age = np.float64(traits[at + RISK_AVERSION]), age_cost[of_age // AGES, of_age % AGES]
        is_out = 1.0 if act >= DEMONSTRATING else 0.0
        is_resting = 1.0 if act < DEMONSTRATING and since[i] > 0 else 0.0
        hours = (tick - np.int64(since[i])) * step_hours

        drive = shared + own_drive(
            hardship=np.float64(traits[at + HARDSHIP]), own_outrage=np.float64(traits[at + OUTRAGE]),
            threshold=np.float64(traits[at + THRESHOLD]), grievance=grievance, fading=fading,
            weight_discontent=weight_discontent, threshold_spread=threshold_spread,
        )
        household = household_share(np.float64(household_out[home]), is_out, np.float64(max(others, 1)))
        block = np.float64(block_pull[around])
        team_out, team_stopped = np.float64(team_pull[t + np.uintp(OUT)]), np.float64(team_pull[t + np.uintp(STOPPED)])
        pull_out = social_pull(household, block, place_pull[place], team_out, pull_household)
        pull_strike = social_pull(household, block, place_strike_pull[place], team_stopped, pull_household)
        missed_work = role_cost_work[r] if act == QUIET else 0.0
        tired = tiredness(is_out, is_resting, hours, fatigue, rest_hours)
        wanted = decide(
            act, can_fight, drive, weight_social * pull_out, weight_social * pull_strike,
            fear(risk_aversion, place_risk_out[place], weight_risk),
            fear(risk_aversion, place_risk_strike[place], weight_risk),
            fear(risk_aversion, place_risk_fight[place], weight_risk),
            cost_of_going_out(role_cost_out[r], age, far, curfew, missed_work, tired),
            cost_of_striking(role_cost_strike[r], age, AGE_FOR_STRIKE),
            cost_of_fighting(role_cost_fight[r], age, far, AGE_FOR_FIGHT),
            hysteresis, commitment, solidarity,
        )
        if wanted != act:
            slot = chunk_start[c] - chunk_start[0] + n_changed[c]
            changed[slot], wish[slot] = i, act * ACTIVITY_BASE + wanted
            n_changed[c] += 1


@numba.njit(nogil=True, inline="always")
def list_candidates(
    c, until, last_chunk, place, tick, listed, chunk_start, chunk_place, traits, traits_whole,
    activity, since, household_out, team_pull, block_pull, shared, town_pull, strike_pull,
    risk_out, risk_strike, risk_fight, may_fight, far, curfew, tables, n_roles, role_cost_strike, grievance, fading,
    weight_discontent, weight_social, weight_risk, threshold_spread, pull_household, solidarity, most_home, most_block,
    box, boxed, touched, witnessed, looked, laid, wide, narrow, n_watched, kept, kept_whole, remembered, everyone,
    picked, active, held, laid_out, laid_whole, street, fight, strike, holds, acts, kinds, of_role, in_box,
    cost_of_role,
):
    """List in listed[:n] (rows) the candidates of chunks c ... until - 1, all of one place; make stale lists again.

    Returns n and how many of them memory has been asked for (see ask_for_others). For the lists see _sweep; from
    `everyone` on arguments are scratch.
    """
    cost_of_age = tables[3]
    most_pull = weight_social * social_pull(most_home, most_block, town_pull, -0.0, pull_household)
    most_strike_pull = weight_social * social_pull(most_home, most_block, strike_pull, -0.0, pull_household)
    # a strike's least: nobody of household and block is out
    least_pull = weight_social * social_pull(-0.0, -0.0, strike_pull, -0.0, pull_household)
    by_street = utility(shared, most_pull, 0.0, cost_of_going_out(-0.0, -0.0, far, curfew, -0.0, -0.0))
    by_fight = utility(shared, most_pull, 0.0, cost_of_fighting(-0.0, -0.0, far, AGE_FOR_FIGHT))
    by_strike, common = utility(shared, most_strike_pull, 0.0, 0.0), utility(shared, least_pull, 0.0, 0.0)
    never = 0.0 if may_fight else NEVER
    for r in range(n_roles):
        for act in (QUIET, STRIKING):
            k = act * ROLES + r
            of_role[k, 0] = by_street - cost_of_role[k, 0]
            of_role[k, 1] = by_fight - cost_of_role[k, 1] - never
            of_role[k, 2] = by_strike - cost_of_role[k, 2]
            of_role[k, 3] = common - cost_of_role[k, 2]
    eager, fades = np.float32(weight_discontent * grievance), np.float32(weight_discontent * fading)
    social = np.float32(weight_social)
    keeps_on = np.float32(solidarity)
    fear_out, fear_fight = np.float32(weight_risk * risk_out), np.float32(weight_risk * risk_fight)
    fear_strike = np.float32(weight_risk * risk_strike)
    none = np.int64(0)  # a literal is a type of its own, for which functions are compiled once more
    n = n_asked = none
    for d in range(c, until):
        start, end = chunk_start[d], chunk_start[d + 1]
        # what the next chunk needs is asked for now
        following = min(d + 1, last_chunk - 1)
        at, room = kept_from(chunk_start, following)
        expected = min(n_watched[NARROW, following], room)
        for k in range(0, expected * COLUMNS + 2 * n_watched[HELD, following], LINE):
            fetch(kept, at + k)
        for k in range(0, expected, 2 * LINE):
            fetch(narrow, chunk_start[following] + k)
        for k in range(chunk_start[following], chunk_start[following + 1], 4 * LINE):
            fetch(activity, k)
        if looked[NARROW, following] < boxed[NARROW, chunk_place[following]]:  # its list is made anew
            ask_for_first(chunk_start[following], n_watched[WIDE, following], wide, traits)
        is_stale = looked[WIDE, d] < boxed[WIDE, place]
        is_laid = True
        for k in range(start >> BLOCK_BITS, ((end - 1) >> BLOCK_BITS) + 1):
            is_stale = is_stale or touched[k] >= looked[WIDE, d]
            is_laid = is_laid and witnessed[k] < laid[d]
        if is_stale:
            lay_out(
                start=start, n=end - start, candidates=everyone, first=none, traits=traits, traits_whole=traits_whole,
                threshold_spread=threshold_spread, cost_of_age=cost_of_age, numbers=laid_out, whole=laid_whole,
                at=none,
            )
            n_watched[WIDE, d] = watch(
                start=start, n=end - start, candidates=everyone, first=none, box=box, level=WIDE, place=place,
                numbers=laid_out, whole=laid_whole, activity=activity, role_cost_strike=role_cost_strike,
                solidarity=keeps_on, of_role=in_box, street=street, fight=fight, strike=strike, holds=holds,
                acts=acts, listed=kinds, picked=wide, first_picked=start,
            )
            looked[WIDE, d] = tick
        at, room = kept_from(chunk_start, d)
        if is_stale or looked[NARROW, d] < boxed[NARROW, place] or remembered[d, N_LET_GO] > LET_GO:
            n_candidates = n_watched[WIDE, d]
            lay_out(
                start=start, n=n_candidates, candidates=wide, first=start, traits=traits, traits_whole=traits_whole,
                threshold_spread=threshold_spread, cost_of_age=cost_of_age, numbers=laid_out, whole=laid_whole,
                at=none,
            )
            n_picked = watch(
                start=start, n=n_candidates, candidates=wide, first=start, box=box, level=NARROW, place=place,
                numbers=laid_out, whole=laid_whole, activity=activity, role_cost_strike=role_cost_strike,
                solidarity=keeps_on, of_role=in_box, street=street, fight=fight, strike=strike, holds=holds,
                acts=acts, listed=kinds, picked=picked, first_picked=none,
            )
            n_watched[NARROW, d], n_watched[HELD, d] = part(
                start=start, n_candidates=n_candidates, candidates=wide, numbers=laid_out, whole=laid_whole,
                n=n_picked, picked=picked, kinds=kinds, team_pull=team_pull, of_role=of_role, eager=eager,
                fades=fades, common=common, fear_strike=fear_strike, social=social,
                solidarity=keeps_on, needs=street, active=active, held=held, watched=narrow, shown=kept,
                shown_whole=kept_whole, at=at, room=room, remembered=remembered, d=d,
            )
            looked[NARROW, d] = laid[d] = tick
            is_laid = True
        n_candidates, n_held = n_watched[NARROW, d], n_watched[HELD, d]
        is_laid = is_laid and n_candidates <= room
        n_before = n
        for k in range(0, n_candidates, room):
            n_piece = min(n_candidates - k, room)
            if not is_laid:
                lay_out(
                    start=start, n=n_piece, candidates=narrow, first=start + k, traits=traits,
                    traits_whole=traits_whole, threshold_spread=threshold_spread, cost_of_age=cost_of_age,
                    numbers=kept, whole=kept_whole, at=at,
                )
                laid[d] = tick
            n = single_out(
                start=start, n=n_piece, candidates=narrow, first=start + k, numbers=kept, whole=kept_whole, at=at,
                activity=activity, team_pull=team_pull, of_role=of_role, eager=eager, fades=fades, fear_out=fear_out,
                fear_fight=fear_fight, fear_strike=fear_strike, social=social, solidarity=keeps_on,
                street=street, fight=fight, strike=strike, holds=holds, acts=acts, listed=kinds, rows=listed,
                length=n,
            )
        if n_held > 0:
            n = let_go(
                start=start, first=n_candidates, n=n_held, watched=narrow, shown=kept, shown_whole=kept_whole,
                at=at + COLUMNS * n_candidates, team_pull=team_pull, eager=eager, fades=fades, common=common,
                fear_strike=fear_strike, social=social, remembered=remembered, d=d, pulls=street,
                loose=kinds, rows=listed, begin=n_before, length=n,
            )
        # memory answers while the next chunks are gone through
        ask_for(n_before, n, listed, traits, since)
        ask_for_others(n_asked, n_before, listed, traits_whole, household_out, block_pull)
        n_asked = n_before
    return n, n_asked


def _sweep(
    next_range, ranges, chunk_start, chunk_place, tick, step_hours, is_waking, is_bounded,
    traits, traits_whole, activity, since, household_out, team_pull, block_pull,
    place_pull, place_strike_pull, place_belief, place_outrage,
    place_risk_out, place_risk_strike, place_risk_fight, place_can_fight, place_cost, place_curfew,
    role_cost_out, role_cost_work, role_cost_strike, role_cost_fight, age_cost,
    grievance, fading, weight_discontent, weight_social, weight_belief, weight_risk, threshold_spread,
    pull_household, fatigue, rest_hours, hysteresis, commitment, solidarity,
    most_home, most_block, box, boxed, touched, witnessed, looked, laid, watched, n_watched, kept, kept_whole,
    remembered, out, n_out, wish, changed, n_changed,
):
    """List who wants another act in each chunk c: changed[chunk_start[c] - chunk_start[0] ...].

    Several threads may do this at the same time: each takes the next range of chunks, ranges[r] ... ranges[r + 1] - 1,
    r from next_range[0] on, until none is left.
    wish, beside it, holds the act of each and the one wanted (see ACTIVITY_BASE); n_changed[c] how many of chunk c are
    listed.
    Chunk c holds the rows chunk_start[c] to chunk_start[c + 1], all of whom live in chunk_place[c]. Its watch lists,
    watched[WIDE] and watched[NARROW], made in steps looked[level, c], are made anew after the place got another box,
    and both when somebody's outrage was touched from outside (touched[block] the last step of that). The narrow list is
    followed by the strikers whom their team holds, n_watched[HELD, c] of them, and made anew when many have been let go
    (remembered[c], see part and let_go). The traits of those on it are kept from kept_from(c) on (see lay_out),
    laid in step laid[c], and laid anew when somebody saw a killing (witnessed[block]). At night (not is_waking) only
    those in the streets reconsider, out[:n_out]. A user's own rule can't be bounded: then everybody is looked at.
    traits and traits_whole: see population.person; team_pull holds a pair for each team (TWO in candidates).
    """
    tables = tables_of_costs(role_cost_out, role_cost_work, role_cost_strike, role_cost_fight, age_cost)
    n_roles = len(role_cost_out)
    cost_of_role = costs_of_roles(role_cost_out, role_cost_work, role_cost_strike, role_cost_fight)
    none = np.int64(0)  # a literal is a type of its own, for which functions are compiled once more
    longest = none
    for c in range(len(chunk_place)):
        longest = max(longest, chunk_start[c + 1] - chunk_start[c])
    everyone = np.arange(longest).astype(np.uint16)
    picked = np.empty(longest, np.uint16)
    active, held = np.empty(longest, np.uint16), np.empty(longest, np.uint16)
    # made once: to ask for memory anew for each chunk takes longer than the work. One array each: only then does
    # the compiler know that they don't overlap
    most = longest * BATCH
    listed = np.empty(most, np.int32)
    desk = (
        np.empty(most, np.float32), np.empty(most, np.float32), np.empty(most, np.float32),
        np.empty(most, np.float32), np.empty(most, np.float32), np.empty(most, np.float32),
        np.empty(most, np.float32), np.empty(most, np.float32), np.empty(most, np.float32),
        np.empty(most, np.float32), np.empty(most, np.float32), np.empty(most, np.float32),
        np.empty(most, np.float32), np.empty(most, np.uint8), np.empty(most, np.uint8),
    )
    laid_out = np.empty(longest * COLUMNS, np.float32)
    laid_whole = laid_out.view(np.int32)
    street, fight = np.empty(longest, np.float32), np.empty(longest, np.float32)
    strike, holds = np.empty(longest, np.float32), np.empty(longest, np.float32)
    acts, kinds = np.empty(longest, np.uint8), np.empty(longest, np.uint8)
    # as a slice of an array that threads share is counted, these are made once
    wide, narrow = watched[WIDE], watched[NARROW]
    of_role, in_box = np.zeros((2 * ROLES, TERMS), np.float32), np.zeros((ROLES, TERMS), np.float32)
    taken = take(next_range, 1)
    while taken < len(ranges) - 1:
        c, last_chunk = ranges[taken], ranges[taken + 1]
        still = np.searchsorted(out[:n_out], chunk_start[c]) if not is_waking else 0
        while c < last_chunk:
            place = chunk_place[c]
            until = c + 1
            while until < last_chunk and until < c + BATCH and chunk_place[until] == place:
                until += 1
            shared = shared_drive(place_belief[place], place_outrage[place], weight_belief, weight_discontent)
            far, curfew = place_cost[place], place_curfew[place]
            may_fight = place_can_fight[place]
            n = n_asked = none
            if not is_bounded:
                for i in range(chunk_start[c], chunk_start[until]):
                    listed[n] = i
                    n += 1
            elif not is_waking:
                while still < n_out and out[still] < chunk_start[until]:
                    listed[n] = out[still]
                    still += 1
                    n += 1
                ask_for(none, n, listed, traits, since)
            else:
                n, n_asked = list_candidates(
                    c=c, until=until, last_chunk=last_chunk, place=place, tick=tick, listed=listed,
                    chunk_start=chunk_start, chunk_place=chunk_place, traits=traits, traits_whole=traits_whole,
                    activity=activity, since=since, household_out=household_out, team_pull=team_pull,
                    block_pull=block_pull, shared=shared, town_pull=place_pull[place],
                    strike_pull=place_strike_pull[place], risk_out=place_risk_out[place],
                    risk_strike=place_risk_strike[place], risk_fight=place_risk_fight[place], may_fight=may_fight,
                    far=far, curfew=curfew, tables=tables, n_roles=n_roles, role_cost_strike=role_cost_strike,
                    grievance=grievance, fading=fading, weight_discontent=weight_discontent,
                    weight_social=weight_social, weight_risk=weight_risk, threshold_spread=threshold_spread,
                    pull_household=pull_household, solidarity=solidarity, most_home=most_home[place],
                    most_block=most_block[place], box=box, boxed=boxed, touched=touched, witnessed=witnessed,
                    looked=looked, laid=laid, wide=wide, narrow=narrow, n_watched=n_watched, kept=kept,
                    kept_whole=kept_whole, remembered=remembered, everyone=everyone, picked=picked, active=active,
                    held=held, laid_out=laid_out, laid_whole=laid_whole, street=street, fight=fight, strike=strike,
                    holds=holds, acts=acts, kinds=kinds, of_role=of_role, in_box=in_box,
                    cost_of_role=cost_of_role,
                )
            if is_bounded:
                ask_for_others(n_asked, n, listed, traits_whole, household_out, block_pull)
                n = shortlist(
                    n=n, listed=listed, tick=tick, step_hours=step_hours, traits=traits, traits_whole=traits_whole,
                    activity=activity, since=since, household_out=household_out, team_pull=team_pull,
                    block_pull=block_pull, shared=shared, place_pull=place_pull[place],
                    place_strike_pull=place_strike_pull[place], risk_out=place_risk_out[place],
                    risk_strike=place_risk_strike[place], risk_fight=place_risk_fight[place], can_fight=may_fight,
                    far=far, curfew=curfew, tables=tables, n_roles=n_roles, grievance=grievance, fading=fading,
                    weight_discontent=weight_discontent, weight_social=weight_social, weight_risk=weight_risk,
                    threshold_spread=threshold_spread, pull_household=pull_household, fatigue=fatigue,
                    rest_hours=rest_hours, hysteresis=hysteresis, commitment=commitment, solidarity=solidarity,
                    desk=desk,
                )
            n_changed[c:until] = 0
            evaluate(
                n=n, listed=listed, c=c, chunk_start=chunk_start, place=place, tick=tick, step_hours=step_hours,
                is_waking=is_waking, traits=traits, traits_whole=traits_whole, activity=activity, since=since,
                household_out=household_out, team_pull=team_pull, block_pull=block_pull, shared=shared,
                place_pull=place_pull, place_strike_pull=place_strike_pull, place_risk_out=place_risk_out,
                place_risk_strike=place_risk_strike, place_risk_fight=place_risk_fight, can_fight=may_fight, far=far,
                curfew=curfew, role_cost_out=role_cost_out, role_cost_work=role_cost_work,
                role_cost_strike=role_cost_strike, role_cost_fight=role_cost_fight, age_cost=age_cost,
                grievance=grievance, fading=fading, weight_discontent=weight_discontent, weight_social=weight_social,
                weight_risk=weight_risk, threshold_spread=threshold_spread, pull_household=pull_household,
                fatigue=fatigue, rest_hours=rest_hours, hysteresis=hysteresis, commitment=commitment,
                solidarity=solidarity, wish=wish, changed=changed, n_changed=n_changed,
            )
            c = until
        taken = take(next_range, 1)


sweep = compiled(_sweep)


def sweep_with(rule: Callable[..., int]) -> Any:
    """Compile the sweep with a user's own rule in place of `decide` (same arguments, see there)."""
    evaluate_it = getattr(evaluate, "py_func", evaluate)
    scope = {**_sweep.__globals__, "decide": numba.njit(inline="always", nogil=True)(rule)}
    scope["evaluate"] = numba.njit(nogil=True)(types.FunctionType(evaluate_it.__code__, scope, "evaluate"))
    return numba.njit(nogil=True)(types.FunctionType(_sweep.__code__, scope, "_sweep"))
