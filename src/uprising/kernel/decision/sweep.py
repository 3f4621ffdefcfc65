"""People reconsider (ODD: decision): each person of one stripe weighs staying, striking, going out, fighting.

    drive  = b_D (h_i g + o_i) + b_E E_p - sigma z_i
    out    = drive + b_S S_i - b_R rho_i P_p - C(hour, role, age, sex) - fatigue
    strike = drive + b_S S'_i - b_R rho_i P'_p - C_strike
    fight  = drive + b_S S_i - b_R rho_i P''_p - C_fight        (only where there are arms and blood was shed)

h hardship, g = (1 - legitimacy) x share of demands not met, o outrage, E belief, z personal threshold,
S social pull, rho risk aversion, P believed risk = readiness (1 - exp(-kappa F / (1 + A))). U > 0 starts an
act, U < -hysteresis ends it; who has used a weapon can't simply go home (-commitment), and a strike holds by
its own organisation (-solidarity, P13). C holds the hour's cost for the role (night, working hours for those
at work), the way from the countryside, a curfew, age, sex and fatigue; taking up arms asks twice of age and
sex, stopping work half of them. Everybody reads the same old state; what people want is written beside it.

Most people are far from changing for days: only those on a watch list are looked at (see candidates), exactly so.
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
from uprising.kernel.decision.utility import ACTIVITY_BASE, decide
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
    everybody, place_pull, place_strike_pull, risk_out, risk_strike, risk_fight, can_fight, far, curfew,
    tables, n_roles,
    grievance, fading, weight_discontent, weight_social, weight_risk, threshold_spread,
    pull_household, fatigue, rest_hours, hysteresis, commitment, solidarity, desk, spare,
):  # fmt: skip
    """Keep in listed[:n] (rows) who wants another act, or so nearly that rounding decides; returns how many.

    The terms of the sweep in single precision, a margin on the safe side, and without branches: no processor could
    foresee who goes on for which reason. What is known of people is laid side by side on the desk; then terms are
    added in a loop that the compiler can make vectors of.
    """
    cost_of_going, cost_of_strike, cost_of_fight, cost_of_age = tables
    one, half, two, margin = np.float32(1.0), np.float32(0.5), np.float32(2.0), np.float32(MARGIN)
    zero = np.float32(0.0)
    eager, fades = np.float32(weight_discontent * grievance), np.float32(weight_discontent * fading)
    spread, social, at_home = np.float32(threshold_spread), np.float32(weight_social), np.float32(pull_household)
    all_draws = np.float32(everybody + weight_social * place_pull)
    all_strikes = np.float32(everybody + weight_social * place_strike_pull)
    fear_out, fear_fight = np.float32(weight_risk * risk_out), np.float32(weight_risk * risk_fight)
    fear_strike, way, way_out = np.float32(weight_risk * risk_strike), np.float32(far), np.float32(far + curfew)
    tires, rests = np.float32(fatigue * step_hours), np.float32(fatigue * rest_hours)
    recovers = np.float32(step_hours / rest_hours)
    keeps_fighting, keeps_out = margin - np.float32(commitment), margin - np.float32(hysteresis)
    keeps_striking = margin - np.float32(solidarity)
    roles, now = np.uintp(n_roles), np.int64(tick)
    own, rho, trait, near, others, elapsed, rested, team_out, team_stopped, acts, wants = desk
    draw, going, striking, fighting = spare
    for k in range(n):
        i = np.uintp(listed[k])
        at = WORDS * i
        who, t = traits_whole[at + WHO], TWO * np.uintp(traits_whole[at + TEAM] + 1)
        act, r, came = np.uintp(activity[i]), np.uintp(who & ROLE), np.int64(since[i])
        home, around = np.uintp(traits_whole[at + HOUSEHOLD]), np.uintp(traits_whole[at + BLOCK])
        acts[k] = act
        own[k] = traits[at + HARDSHIP] * eager + traits[at + OUTRAGE] * fades - spread * traits[at + THRESHOLD]
        rho[k], trait[k] = traits[at + RISK_AVERSION], cost_of_age[np.uintp((who >> AGE_AT) & AGE_AND_SEX)]
        near[k], others[k], draw[k] = household_out[home], (who >> RELATIVES_AT) & RELATIVES, block_pull[around]
        team_out[k], team_stopped[k] = team_pull[t + np.uintp(OUT)], team_pull[t + np.uintp(STOPPED)]
        going[k], striking[k], fighting[k] = cost_of_going[act * roles + r], cost_of_strike[r], cost_of_fight[r]
        elapsed[k], rested[k] = now - came, min(came, 1)
    for k in range(n):
        act = acts[k]
        is_out = one if act >= DEMONSTRATING else zero
        pull = at_home * (near[k] - is_out) / max(others[k], one) + draw[k]
        tired = max(elapsed[k], zero) * tires * is_out
        tired += max(one - elapsed[k] * recovers, zero) * rests * rested[k] * (one - is_out)
        drawn = all_draws + own[k] + social * (pull + team_out[k])
        out = drawn - rho[k] * fear_out - going[k] - trait[k] - way_out - tired
        fight = drawn - rho[k] * fear_fight - fighting[k] - two * trait[k] - way
        strike = (
            all_strikes + own[k] + social * (pull + team_stopped[k])
            - rho[k] * fear_strike - striking[k] - half * trait[k]
        )  # fmt: skip
        is_home = act < DEMONSTRATING
        begins = ((fight > -margin) & can_fight) | ((out > -margin) & is_home) | ((strike > -margin) & (act == QUIET))
        ends = ((out < keeps_out) & (act == DEMONSTRATING)) | ((strike < keeps_striking) & (act == STRIKING))
        wants[k] = np.uint8(((begins | ends) & (act < FIGHTING)) | ((fight < keeps_fighting) & (act == FIGHTING)))
    length = 0
    for k in range(n):
        listed[length] = listed[k]
        length += wants[k]
    return length


def _sweep(
    next_range, ranges, chunk_start, chunk_place, tick, step_hours, is_waking, is_bounded,
    traits, traits_whole, activity, since, household_out, team_pull, block_pull,
    place_pull, place_strike_pull, place_belief, place_outrage,
    place_risk_out, place_risk_strike, place_risk_fight, place_can_fight, place_cost, place_curfew,
    role_cost_out, role_cost_work, role_cost_strike, role_cost_fight, age_cost,
    grievance, fading, weight_discontent, weight_social, weight_belief, weight_risk, threshold_spread,
    pull_household, fatigue, rest_hours, hysteresis, commitment, solidarity,
    most_near, box, boxed, touched, witnessed, looked, laid, watched, n_watched, kept, kept_whole, remembered,
    out, n_out, wish, changed, n_changed,
):  # fmt: skip
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
    cost_of_going, cost_of_strike, cost_of_fight, cost_of_age = tables
    n_roles = len(role_cost_out)
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
        np.empty(most, np.uint8), np.empty(most, np.uint8),
    )  # fmt: skip
    spare = (
        np.empty(most, np.float32), np.empty(most, np.float32), np.empty(most, np.float32),
        np.empty(most, np.float32),
    )  # fmt: skip
    laid_out = np.empty(longest * COLUMNS, np.float32)
    laid_whole = laid_out.view(np.int32)
    street, fight = np.empty(longest, np.float32), np.empty(longest, np.float32)
    strike, holds = np.empty(longest, np.float32), np.empty(longest, np.float32)
    acts, kinds = np.empty(longest, np.uint8), np.empty(longest, np.uint8)
    wide, narrow = watched[WIDE], watched[NARROW]
    of_role, in_box = np.zeros((2 * ROLES, TERMS), np.float32), np.zeros((ROLES, TERMS), np.float32)
    eager, fades = np.float32(weight_discontent * grievance), np.float32(weight_discontent * fading)
    social, keeps_striking = np.float32(weight_social), np.float32(MARGIN) - np.float32(solidarity)
    taken = take(next_range, 1)
    while taken < len(ranges) - 1:
        c, last_chunk = ranges[taken], ranges[taken + 1]
        still = np.searchsorted(out[:n_out], chunk_start[c]) if not is_waking else 0
        while c < last_chunk:
            place = chunk_place[c]
            until = c + 1
            while until < last_chunk and until < c + BATCH and chunk_place[until] == place:
                until += 1
            everybody = weight_belief * place_belief[place] + weight_discontent * place_outrage[place]
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
                drawn = everybody + weight_social * (place_pull[place] + most_near[place]) - far
                for r in range(n_roles):
                    stays = everybody + weight_social * place_strike_pull[place] - cost_of_strike[r]
                    for act in (QUIET, STRIKING):
                        k = act * ROLES + r
                        of_role[k, 0] = drawn - curfew - cost_of_going[act * n_roles + r]
                        of_role[k, 1] = drawn - cost_of_fight[r] - (0.0 if may_fight else NEVER)
                        of_role[k, 2], of_role[k, 3] = stays + weight_social * most_near[place], stays
                fear_out = np.float32(weight_risk * place_risk_out[place])
                fear_fight = np.float32(weight_risk * place_risk_fight[place])
                fear_strike = np.float32(weight_risk * place_risk_strike[place])
                common = everybody + weight_social * place_strike_pull[place]
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
                            start, end - start, everyone, none, traits, traits_whole, threshold_spread, cost_of_age,
                            laid_out, laid_whole, none,
                        )  # fmt: skip
                        n_watched[WIDE, d] = watch(
                            start, end - start, everyone, none, box, WIDE, place, laid_out, laid_whole, activity,
                            role_cost_strike, solidarity, in_box, street, fight, strike, holds, acts, kinds, wide,
                            start,
                        )  # fmt: skip
                        looked[WIDE, d] = tick
                    at, room = kept_from(chunk_start, d)
                    if is_stale or looked[NARROW, d] < boxed[NARROW, place] or remembered[d, N_LET_GO] > LET_GO:
                        n_candidates = n_watched[WIDE, d]
                        lay_out(
                            start, n_candidates, wide, start, traits, traits_whole, threshold_spread, cost_of_age,
                            laid_out, laid_whole, none,
                        )  # fmt: skip
                        n_picked = watch(
                            start, n_candidates, wide, start, box, NARROW, place, laid_out, laid_whole, activity,
                            role_cost_strike, solidarity, in_box, street, fight, strike, holds, acts, kinds, picked,
                            none,
                        )  # fmt: skip
                        n_watched[NARROW, d], n_watched[HELD, d] = part(
                            start, n_candidates, wide, laid_out, laid_whole, n_picked, picked, kinds, team_pull,
                            of_role, eager, fades, common, fear_strike, social, keeps_striking, street, active, held,
                            narrow, kept, kept_whole, at, room, remembered, d,
                        )  # fmt: skip
                        looked[NARROW, d] = laid[d] = tick
                        is_laid = True
                    n_candidates, n_held = n_watched[NARROW, d], n_watched[HELD, d]
                    is_laid = is_laid and n_candidates <= room
                    n_before = n
                    for k in range(0, n_candidates, room):
                        n_piece = min(n_candidates - k, room)
                        if not is_laid:
                            lay_out(
                                start, n_piece, narrow, start + k, traits, traits_whole, threshold_spread, cost_of_age,
                                kept, kept_whole, at,
                            )  # fmt: skip
                            laid[d] = tick
                        n = single_out(
                            start, n_piece, narrow, start + k, kept, kept_whole, at, activity, team_pull, of_role,
                            eager, fades, fear_out, fear_fight, fear_strike, social, keeps_striking, street, fight,
                            strike, holds, acts, kinds, listed, n,
                        )  # fmt: skip
                    if n_held > 0:
                        n = let_go(
                            start, n_candidates, n_held, narrow, kept, kept_whole, at + COLUMNS * n_candidates,
                            team_pull, eager, fades, common, fear_strike, social, remembered, d, street, kinds, listed,
                            n_before, n,
                        )  # fmt: skip
                    # memory answers while the next chunks are gone through
                    ask_for(n_before, n, listed, traits, since)
                    ask_for_others(n_asked, n_before, listed, traits_whole, household_out, block_pull)
                    n_asked = n_before
            if is_bounded:
                ask_for_others(n_asked, n, listed, traits_whole, household_out, block_pull)
                n = shortlist(
                    n, listed, tick, step_hours,
                    traits, traits_whole, activity, since, household_out, team_pull, block_pull,
                    everybody, place_pull[place], place_strike_pull[place], place_risk_out[place],
                    place_risk_strike[place], place_risk_fight[place], may_fight, far, curfew,
                    tables, n_roles,
                    grievance, fading, weight_discontent, weight_social, weight_risk, threshold_spread,
                    pull_household, fatigue, rest_hours, hysteresis, commitment, solidarity, desk, spare,
                )  # fmt: skip
            n_changed[c:until] = 0
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
                trait = age_cost[of_age // AGES, of_age % AGES]
                reluctance = threshold_spread * np.float64(traits[at + THRESHOLD])
                fear = weight_risk * np.float64(traits[at + RISK_AVERSION])
                drive = everybody + (
                    weight_discontent
                    * (np.float64(traits[at + HARDSHIP]) * grievance + np.float64(traits[at + OUTRAGE]) * fading)
                    - reluctance
                )
                is_out = 1 if act >= DEMONSTRATING else 0
                others = np.int64((who >> RELATIVES_AT) & RELATIVES)
                home, around = traits_whole[at + HOUSEHOLD], traits_whole[at + BLOCK]
                at_home = (np.int64(household_out[home]) - is_out) / others if others > 0 else 0.0
                near = pull_household * at_home + np.float64(block_pull[around])
                pull_out = near + place_pull[place]
                pull_strike = near + place_strike_pull[place]
                pull_out += np.float64(team_pull[t + np.uintp(OUT)])
                pull_strike += np.float64(team_pull[t + np.uintp(STOPPED)])
                cost_out = role_cost_out[r] + trait + far + curfew + (role_cost_work[r] if act == QUIET else 0.0)
                hours = (tick - np.int64(since[i])) * step_hours
                if act >= DEMONSTRATING:
                    cost_out += fatigue * max(0.0, hours)
                elif since[i] > 0:
                    cost_out += fatigue * rest_hours * max(0.0, 1.0 - hours / rest_hours)
                wanted = decide(
                    act, may_fight, drive, weight_social * pull_out, weight_social * pull_strike,
                    fear * place_risk_out[place], fear * place_risk_strike[place], fear * place_risk_fight[place],
                    cost_out, role_cost_strike[r] + 0.5 * trait, role_cost_fight[r] + 2.0 * trait + far,
                    hysteresis, commitment, solidarity,
                )  # fmt: skip
                if wanted != act:
                    slot = chunk_start[c] - chunk_start[0] + n_changed[c]
                    changed[slot], wish[slot] = i, act * ACTIVITY_BASE + wanted
                    n_changed[c] += 1
            c = until
        taken = take(next_range, 1)

sweep = compiled(_sweep)


def sweep_with(rule: Callable[..., int]) -> Any:
    """The sweep compiled with a user's own rule in place of `decide` (same arguments, see there)."""
    scope = {**_sweep.__globals__, "decide": numba.njit(inline="always", nogil=True)(rule)}
    return numba.njit(nogil=True)(types.FunctionType(_sweep.__code__, scope, "_sweep"))
