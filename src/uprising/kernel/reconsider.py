"""People reconsider (MODEL 6.2): each person of one stripe weighs staying, striking, going out, fighting.

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

Most people are far from changing for days. Each chunk of people therefore keeps a watch list of those who
could change while the numbers that are common to all stay inside a box around their values of the moment
(as neighbour lists with a skin in molecular dynamics: Verlet 1967, doi:10.1103/PhysRev.159.98). Only they are
looked at until something leaves the box. That is exact: the same bits come out without the lists.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from uprising.kernel.hear import OUT, STOPPED
from uprising.state import DEMONSTRATING, FIGHTING, QUIET, STRIKING

NEVER = 90.0
"""costs this high mean that a role or age never acts"""
MARGIN = 1e-4
"""more than rounding to single precision could, with terms up to a hundred"""
SKIN, SKIN_OF_PULLS = 0.02, 0.05
"""how far a common number may move, in units of utility, before a watch list is made anew"""
FADES_TO = 0.8
"""and how far, relatively, outrage may fade"""
BLOCK_BITS = 10
"""rows of people are noted as touched in blocks of two to this power"""
GRIEVANCE, LESS_GRIEVANCE, FADING, LESS_FADING, SAFE_OUT, SAFE_FIGHT, SAFE_STRIKE, RISK_STRIKE, DOUBT = range(9)
N_ACTS, AGES = 8, 128
BY_ROLE = 9
"""columns of an outlook, all such that more means readier to change; then street, fight, strike of each role"""


@numba.njit(inline="always", nogil=True)
def decide(activity, can_fight, drive, pull_out, pull_strike, risk_out, risk_strike, risk_fight,
           cost_out, cost_strike, cost_fight, hysteresis, commitment, solidarity):  # fmt: skip
    """The act that a person wants: QUIET, STRIKING, DEMONSTRATING or FIGHTING.

    All terms are already weighted; a user's own rule has this signature and returns one of the four.
    """
    fight = drive + pull_out - risk_fight - cost_fight
    if activity == FIGHTING:
        if fight > -commitment:
            return FIGHTING
    elif can_fight and fight > 0.0:
        return FIGHTING
    out = drive + pull_out - risk_out - cost_out
    if out > 0.0 or (activity == DEMONSTRATING and out > -hysteresis):
        return DEMONSTRATING
    strike = drive + pull_strike - risk_strike - cost_strike
    if strike > 0.0 or (activity == STRIKING and strike > -solidarity):
        return STRIKING
    return QUIET


def arguments_of_a_rule() -> tuple[str, ...]:
    """Names of the arguments of `decide`, which a user's own rule shares."""
    return tuple(inspect.signature(getattr(decide, "py_func", decide)).parameters)


@numba.njit(nogil=True, cache=True)
def look_ahead(
    place_belief, place_outrage, place_risk_out, place_risk_strike, place_risk_fight, place_can_fight,
    place_cost, place_curfew, place_active, place_pull, place_strike_pull, most_team_pull, most_block_pull,
    role_cost_out, role_cost_strike, role_cost_fight, grievance, fading,
    weight_discontent, weight_social, weight_belief, weight_risk, pull_household, outlook,
):  # fmt: skip
    """outlook[p, :]: the numbers common to those who live in p, each such that more means readier to change.

    The pulls are the largest that anybody of the place and role could feel: most_team_pull[act, bucket] of teams
    (bucket = place x roles + role), most_block_pull[place] of blocks, and of the household where anybody of the place
    is out.
    """
    n_roles = len(role_cost_out)
    for p in range(len(place_belief)):
        row = outlook[p]
        row[GRIEVANCE] = weight_discontent * grievance
        row[LESS_GRIEVANCE] = -weight_discontent * grievance
        row[FADING] = weight_discontent * fading
        row[LESS_FADING] = -weight_discontent * fading
        row[SAFE_OUT] = -weight_risk * place_risk_out[p]
        row[SAFE_FIGHT] = -weight_risk * place_risk_fight[p]
        row[SAFE_STRIKE] = -weight_risk * place_risk_strike[p]
        row[RISK_STRIKE] = weight_risk * place_risk_strike[p]
        everybody = weight_belief * place_belief[p] + weight_discontent * place_outrage[p]
        row[DOUBT] = -(everybody + weight_social * place_strike_pull[p])
        near = pull_household + most_block_pull[p] if place_active[p] else 0.0
        for r in range(n_roles):
            pull = weight_social * (most_team_pull[OUT, p * n_roles + r] + place_pull[p] + near)
            strike_pull = weight_social * (most_team_pull[STOPPED, p * n_roles + r] + place_strike_pull[p] + near)
            row[BY_ROLE + r] = everybody + pull - place_cost[p] - place_curfew[p] - role_cost_out[r]
            row[BY_ROLE + n_roles + r] = (
                everybody + pull - place_cost[p] - role_cost_fight[r] - (0.0 if place_can_fight[p] else NEVER)
            )
            row[BY_ROLE + 2 * n_roles + r] = everybody + strike_pull - role_cost_strike[r]


@numba.njit(nogil=True)
def watch_chunk(
    start, end, box, is_bounded, role, age, sex, hardship, risk_aversion, threshold, outrage, activity,
    role_cost_strike, age_cost, threshold_spread, solidarity, watched,
):  # fmt: skip
    """List in watched[start ...] (rows from start) who could change while the outlook stays below the box.

    Who is quiet stays so if nothing draws enough even were everybody around active; a striker whom nothing draws
    to the streets strikes on if the strike would hold were nobody whom they know on strike. In single precision,
    a margin on the safe side, and in loops without branches or look-ups that the compiler can make vectors of:
    tables are looked up first, then terms added, then the list is packed.
    """
    n = end - start
    n_roles = len(role_cost_strike)
    street, fight, strike, holds = (
        np.empty(n, np.float32), np.empty(n, np.float32), np.empty(n, np.float32), np.empty(n, np.float32)
    )
    trait, listed = np.empty(n, np.float32), np.empty(n, np.uint8)
    for k in range(n):
        r = role[start + k]
        street[k] = box[BY_ROLE + r]
        fight[k] = box[BY_ROLE + n_roles + r]
        strike[k] = box[BY_ROLE + 2 * n_roles + r]
        holds[k] = solidarity - box[DOUBT] - role_cost_strike[r]
        trait[k] = age_cost[sex[start + k], age[start + k]]
    eager, less_eager = np.float32(box[GRIEVANCE]), np.float32(box[LESS_GRIEVANCE])
    fades, fades_more = np.float32(box[FADING]), np.float32(box[LESS_FADING])
    safe_out, safe_fight = np.float32(box[SAFE_OUT]), np.float32(box[SAFE_FIGHT])
    safe_strike, risk_strike = np.float32(box[SAFE_STRIKE]), np.float32(box[RISK_STRIKE])
    spread, twice, half = np.float32(threshold_spread), np.float32(2.0), np.float32(0.5)
    margin, all_listed = np.float32(MARGIN), np.uint8(0 if is_bounded else 1)
    h, o, rho = hardship[start:end], outrage[start:end], risk_aversion[start:end]
    z, acts = threshold[start:end], activity[start:end]
    for k in range(n):
        reluctance = spread * z[k]
        own = h[k] * eager + o[k] * fades - reluctance
        by_street = own + street[k] + rho[k] * safe_out - trait[k]
        by_fight = own + fight[k] + rho[k] * safe_fight - twice * trait[k]
        by_strike = own + strike[k] + rho[k] * safe_strike - half * trait[k]
        by_habit = holds[k] - (h[k] * less_eager + o[k] * fades_more + reluctance) - rho[k] * risk_strike
        stays_in = (by_street < -margin) & (by_fight < -margin)
        quiet_on = (acts[k] == QUIET) & stays_in & (by_strike < -margin)
        strike_on = (acts[k] == STRIKING) & stays_in & (by_habit - half * trait[k] > margin)
        listed[k] = np.uint8((acts[k] <= FIGHTING) & (not (quiet_on | strike_on))) | all_listed
    length = 0
    for k in range(n):
        watched[start + length] = k
        length += listed[k]
    return length


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
    of_age = np.empty(age_cost.size, np.float32)
    for sex in range(age_cost.shape[0]):
        for age in range(AGES):
            of_age[sex * AGES + age] = age_cost[sex, age]
    return going, striking, fighting, of_age


@numba.njit(nogil=True, error_model="numpy")
def shortlist(
    start, n_watched, watched, tick, step_hours, is_waking,
    role, age, sex, household, team, block, hardship, risk_aversion, threshold, outrage, activity, since,
    household_out, household_size, team_pull, block_pull,
    everybody, place_pull, place_strike_pull, risk_out, risk_strike, risk_fight, can_fight, far, curfew,
    tables, n_roles,
    grievance, fading, weight_discontent, weight_social, weight_risk, threshold_spread,
    pull_household, fatigue, rest_hours, hysteresis, commitment, solidarity, listed,
):  # fmt: skip
    """List in `listed` (rows from start) who of those watched wants another act, or so nearly that rounding decides.

    The terms of the sweep in single precision, a margin on the safe side, and without branches: nearly all of
    those watched go on as they are, but no processor could foresee for which reason.
    """
    n = n_watched
    if is_waking:
        for k in range(n):
            listed[k] = watched[start + k]
    else:
        n = 0
        for k in range(start, start + n_watched):
            listed[n] = watched[k]
            n += activity[start + np.int64(watched[k])] >= DEMONSTRATING
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
    first, roles, ages, now = np.uintp(start), np.uintp(n_roles), np.uintp(AGES), np.int64(tick)
    length = 0
    for k in range(n):
        offset = listed[k]
        i = first + np.uintp(offset)
        act, r = np.uintp(activity[i]), np.uintp(role[i])
        is_out = np.int64((act >> np.uintp(1)) & np.uintp(1))
        own = np.uintp(household[i])
        others = np.int64(household_size[own]) - 1
        near = at_home * np.float32(np.int64(household_out[own]) - is_out) / np.float32(max(others, 1))
        near += block_pull[np.uintp(block[i])]
        t = team[i]
        own = hardship[i] * eager + outrage[i] * fades - spread * threshold[i]
        trait, rho = cost_of_age[np.uintp(sex[i]) * ages + np.uintp(age[i])], risk_aversion[i]
        came = np.int64(since[i])
        elapsed, since_the_eve = np.float32(now - came), np.float32(min(came, 1))
        tired = max(elapsed, zero) * tires * np.float32(is_out)
        tired += max(one - elapsed * recovers, zero) * rests * since_the_eve * np.float32(1 - is_out)
        drawn = all_draws + own + social * (near + team_pull[t, OUT])
        out = drawn - rho * fear_out - cost_of_going[act * roles + r] - trait - way_out - tired
        fight = drawn - rho * fear_fight - cost_of_fight[r] - two * trait - way
        strike = (
            all_strikes + own + social * (near + team_pull[t, STOPPED])
            - rho * fear_strike - cost_of_strike[r] - half * trait
        )  # fmt: skip
        is_home = act < DEMONSTRATING
        begins = ((fight > -margin) & can_fight) | ((out > -margin) & is_home) | ((strike > -margin) & (act == QUIET))
        ends = ((out < keeps_out) & (act == DEMONSTRATING)) | ((strike < keeps_striking) & (act == STRIKING))
        listed[length] = offset
        length += np.int64(((begins | ends) & (act < FIGHTING)) | ((fight < keeps_fighting) & (act == FIGHTING)))
    return length


def _sweep(
    first_chunk, last_chunk, chunk_start, chunk_place, tick, step_hours, is_waking, is_bounded, refresh,
    role, age, sex, household, team, block, hardship, risk_aversion, threshold, outrage, activity, since,
    household_out, household_size, team_pull, block_pull,
    place_pull, place_strike_pull, place_belief, place_outrage,
    place_risk_out, place_risk_strike, place_risk_fight, place_can_fight, place_cost, place_curfew,
    role_cost_out, role_cost_work, role_cost_strike, role_cost_fight, age_cost,
    grievance, fading, weight_discontent, weight_social, weight_belief, weight_risk, threshold_spread,
    pull_household, fatigue, rest_hours, hysteresis, commitment, solidarity,
    outlook, box, touched, looked, watched, n_watched, wish, changed, n_changed,
):  # fmt: skip
    """Chunks first_chunk..last_chunk of the stripe: changed[start of chunk ...] lists who wants another act.

    wish[i] holds the act wanted by each person listed; n_changed[c] how many of chunk c are listed. Chunk c holds
    the rows chunk_start[c] to chunk_start[c + 1], all of whom live in chunk_place[c]. Its watch list, made in step
    looked[c], is made anew when outlook[place] is no longer below box[c], when somebody's outrage was touched
    from outside (touched[block] the last step of that), and after `refresh` steps. At night (not is_waking) only
    those in the streets reconsider; they are always on the list. A user's own rule can't be bounded: then
    everybody is watched. Making a list reads 20 bytes a person, following it 36 of those listed.
    """
    tables = tables_of_costs(role_cost_out, role_cost_work, role_cost_strike, role_cost_fight, age_cost)
    longest = 0
    for c in range(first_chunk, last_chunk):
        longest = max(longest, chunk_start[c + 1] - chunk_start[c])
    listed = np.empty(longest, np.uint16)
    for c in range(first_chunk, last_chunk):
        place = chunk_place[c]
        start, end = chunk_start[c], chunk_start[c + 1]
        sight = outlook[place]
        is_stale = looked[c] < 0
        if is_waking and is_bounded and not is_stale:
            is_stale = tick - looked[c] >= refresh
            for k in range(start >> BLOCK_BITS, ((end - 1) >> BLOCK_BITS) + 1):
                is_stale = is_stale or touched[k] >= looked[c]
            for k in range(len(sight)):
                is_stale = is_stale or sight[k] > box[c, k]
        if is_stale:
            for k in range(len(sight)):
                box[c, k] = sight[k] + (SKIN if k < BY_ROLE else SKIN_OF_PULLS)
            box[c, FADING] = sight[FADING]
            box[c, LESS_FADING] = FADES_TO * sight[LESS_FADING]
            n_watched[c] = watch_chunk(
                start, end, box[c], is_bounded, role, age, sex, hardship, risk_aversion, threshold, outrage,
                activity, role_cost_strike, age_cost, threshold_spread, solidarity, watched,
            )  # fmt: skip
            looked[c] = tick

        everybody = weight_belief * place_belief[place] + weight_discontent * place_outrage[place]
        far, curfew = place_cost[place], place_curfew[place]
        may_fight = place_can_fight[place]
        if is_bounded:
            n_listed = shortlist(
                start, n_watched[c], watched, tick, step_hours, is_waking,
                role, age, sex, household, team, block, hardship, risk_aversion, threshold, outrage, activity, since,
                household_out, household_size, team_pull, block_pull,
                everybody, place_pull[place], place_strike_pull[place], place_risk_out[place],
                place_risk_strike[place], place_risk_fight[place], may_fight, far, curfew,
                tables, len(role_cost_out),
                grievance, fading, weight_discontent, weight_social, weight_risk, threshold_spread,
                pull_household, fatigue, rest_hours, hysteresis, commitment, solidarity, listed,
            )  # fmt: skip
        else:
            n_listed = n_watched[c]
            listed[:n_listed] = watched[start : start + n_listed]
        wanting = 0
        for k in range(n_listed):
            i = start + np.int64(listed[k])
            act = activity[i]
            if act > FIGHTING or not (is_waking or act >= DEMONSTRATING):
                continue
            r = role[i]
            trait = age_cost[sex[i], age[i]]
            reluctance = threshold_spread * np.float64(threshold[i])
            fear = weight_risk * np.float64(risk_aversion[i])
            drive = everybody + (
                weight_discontent * (np.float64(hardship[i]) * grievance + np.float64(outrage[i]) * fading)
                - reluctance
            )
            own_household = household[i]
            is_out = 1 if act >= DEMONSTRATING else 0
            others = np.int64(household_size[own_household]) - 1
            at_home = (np.int64(household_out[own_household]) - is_out) / others if others > 0 else 0.0
            near = pull_household * at_home + np.float64(block_pull[block[i]])
            pull_out = near + place_pull[place]
            pull_strike = near + place_strike_pull[place]
            pull_out += np.float64(team_pull[team[i], OUT])  # those without a team read the last, which is 0
            pull_strike += np.float64(team_pull[team[i], STOPPED])
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
                wish[i] = wanted
                changed[start + wanting] = i
                wanting += 1
        n_changed[c] = wanting


sweep = numba.njit(nogil=True, cache=True)(_sweep)


def sweep_with(rule: Callable[..., int]) -> Any:
    """The sweep compiled with a user's own rule in place of `decide` (same arguments, see there)."""
    scope = {**_sweep.__globals__, "decide": numba.njit(inline="always", nogil=True)(rule)}
    return numba.njit(nogil=True)(types.FunctionType(_sweep.__code__, scope, "_sweep"))
