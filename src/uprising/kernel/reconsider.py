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
could change while the numbers that are common to all of a place stay inside a box around their values of the moment
(as neighbour lists with a skin in molecular dynamics: Verlet 1967, doi:10.1103/PhysRev.159.98). Only they are
looked at until something leaves the box. Lists are nested: a long one with a wide box is made from everybody, every
few days; a short one with a narrow box from the long one, every few hours. What is known of those on the short one
is laid side by side; from it and their teams' pull a loop of vectors tells who could change at this moment, and only
they are looked at in full. That is exact: the same bits come out without the lists.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from uprising.kernel.hear import OUT, STOPPED
from uprising.kernel.lanes import fetch
from uprising.state import DEMONSTRATING, FIGHTING, QUIET, STRIKING

NEVER = 90.0
"""costs this high mean that a role or age never acts"""
MARGIN = 1e-4
"""more than rounding to single precision could, with terms up to a hundred"""
BLOCK_BITS = 10
"""rows of people are noted as touched in blocks of two to this power"""
GRIEVANCE, LESS_GRIEVANCE, FADING, LESS_FADING, SAFE_OUT, SAFE_FIGHT, SAFE_STRIKE, RISK_STRIKE, DOUBT = range(9)
N_ACTS, AGES = 8, 128
AHEAD = 16
"""people so far down a list are asked of memory ahead of their turn"""
BATCH = 16
"""chunks of a place that are gone through together: what a single one has to look at is too little to ask for early"""
KEPT = 512
"""those on the narrow list of a chunk whose traits are kept side by side; where more are listed they are laid anew"""
COLUMNS = 6
"""of what is kept: hardship, outrage, risk aversion, reluctance, cost of age and sex, team and role"""
ROLE_BITS = 4
ROLE_MASK = (1 << ROLE_BITS) - 1
LINE = 16
"""numbers of single precision in a line of memory"""
BY_ROLE = 9
"""columns of an outlook, all such that more means readier to change; then street, fight, strike of each role"""
WIDE, NARROW = range(2)
FADES_TO = (0.4, 0.8)
"""how far, relatively, outrage may fade before a list is made anew"""


def skins(n_roles: int) -> NDArray[np.float64]:
    """[WIDE or NARROW, column] how far a common number may move, in units of utility, before a list is made anew.

    Found by measuring: longer lists cost those who follow them, shorter ones are made more often.
    """
    table = np.zeros((2, BY_ROLE + 3 * n_roles))
    for level, (own, safety, of_strikers, pulls) in enumerate(((0.1, 0.3, 0.4, 0.3), (0.04, 0.08, 0.12, 0.1))):
        table[level, GRIEVANCE] = own
        table[level, [SAFE_OUT, SAFE_FIGHT, SAFE_STRIKE]] = safety
        table[level, [LESS_GRIEVANCE, RISK_STRIKE, DOUBT]] = of_strikers
        table[level, BY_ROLE:] = pulls
    return table


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
    weight_discontent, weight_social, weight_belief, weight_risk, pull_household, outlook, most_near,
):  # fmt: skip
    """outlook[p, :]: the numbers common to those who live in p, each such that more means readier to change.

    The pulls are the largest that anybody of the place and role could feel: most_team_pull[act, bucket] of teams
    (bucket = place x roles + role), most_block_pull[place] of blocks, and of the household where anybody of the place
    is out; most_near[p] keeps the last two.
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
        most_near[p] = near
        for r in range(n_roles):
            pull = weight_social * (most_team_pull[OUT, p * n_roles + r] + place_pull[p] + near)
            strike_pull = weight_social * (most_team_pull[STOPPED, p * n_roles + r] + place_strike_pull[p] + near)
            row[BY_ROLE + r] = everybody + pull - place_cost[p] - place_curfew[p] - role_cost_out[r]
            row[BY_ROLE + n_roles + r] = (
                everybody + pull - place_cost[p] - role_cost_fight[r] - (0.0 if place_can_fight[p] else NEVER)
            )
            row[BY_ROLE + 2 * n_roles + r] = everybody + strike_pull - role_cost_strike[r]


@numba.njit(nogil=True)
def is_above(sight, box):
    """Has any number of an outlook left its box?"""
    above = False
    for k in range(len(sight)):
        above |= sight[k] > box[k]
    return above


@numba.njit(nogil=True, cache=True)
def lay_boxes(outlook, skin, tick, refresh, box, boxed):
    """Lay new boxes around the outlook where it has left them: box[level, p, :], laid in step boxed[level, p].

    After refresh[level] steps too, since those who dropped out of question stay on a list. A new wide box makes
    the narrow one new. Outrage only fades.
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
                box[level, p, LESS_FADING] = FADES_TO[level] * outlook[p, LESS_FADING]


@numba.njit(nogil=True)
def lay_out(
    start, n, candidates, lines, role, age, sex, team, hardship, risk_aversion, threshold, outrage, threshold_spread,
    cost_of_age, numbers, whole, at,
):  # fmt: skip
    """Lay the traits of n candidates (rows from start) side by side, COLUMNS one after the other, from `at` on.

    In single precision; whole numbers are those of the same memory as integers.
    """
    spread, ages = np.float32(threshold_spread), np.uintp(AGES)
    o, rho, reluctance, trait, belongs = at + n, at + 2 * n, at + 3 * n, at + 4 * n, at + 5 * n
    for k in range(n):
        i = np.uintp(start) + np.uintp(candidates[k])
        fetch(lines, 4 * (start + np.int64(candidates[min(k + AHEAD, n - 1)])))
        numbers[at + k], numbers[o + k], numbers[rho + k] = hardship[i], outrage[i], risk_aversion[i]
        numbers[reluctance + k] = spread * threshold[i]
        numbers[trait + k] = cost_of_age[np.uintp(sex[i]) * ages + np.uintp(age[i])]
        whole[belongs + k] = (np.int32(team[i]) << ROLE_BITS) | np.int32(role[i])


@numba.njit(nogil=True, forceinline=True)
def watch(
    start, n, candidates, box, numbers, whole, activity, role_cost_strike, solidarity, terms, flags, watched,
):  # fmt: skip
    """List in watched[start ...] which candidates (rows from start) could change while the outlook is below the box.

    Who is quiet stays so if nothing draws enough even were everybody around active; a striker whom nothing draws
    to the streets strikes on if the strike would hold were nobody whom they know on strike. In single precision,
    a margin on the safe side, and in loops without branches or look-ups that the compiler can make vectors of:
    tables are looked up first, then terms added, then the list is packed. Returns how many it lists.
    """
    h, o, rho = numbers[:n], numbers[n : 2 * n], numbers[2 * n : 3 * n]
    reluctance, trait, belongs = numbers[3 * n : 4 * n], numbers[4 * n : 5 * n], whole[5 * n : 6 * n]
    street, fight, strike, holds = terms
    acts, listed = flags
    n_roles = len(role_cost_strike)
    for k in range(n):
        r = belongs[k] & ROLE_MASK
        street[k] = box[BY_ROLE + r]
        fight[k] = box[BY_ROLE + n_roles + r]
        strike[k] = box[BY_ROLE + 2 * n_roles + r]
        holds[k] = solidarity - box[DOUBT] - role_cost_strike[r]
        acts[k] = activity[start + np.int64(candidates[k])]
    eager, less_eager = np.float32(box[GRIEVANCE]), np.float32(box[LESS_GRIEVANCE])
    fades, fades_more = np.float32(box[FADING]), np.float32(box[LESS_FADING])
    safe_out, safe_fight = np.float32(box[SAFE_OUT]), np.float32(box[SAFE_FIGHT])
    safe_strike, risk_strike = np.float32(box[SAFE_STRIKE]), np.float32(box[RISK_STRIKE])
    twice, half, margin = np.float32(2.0), np.float32(0.5), np.float32(MARGIN)
    for k in range(n):
        own = h[k] * eager + o[k] * fades - reluctance[k]
        by_street = own + street[k] + rho[k] * safe_out - trait[k]
        by_fight = own + fight[k] + rho[k] * safe_fight - twice * trait[k]
        by_strike = own + strike[k] + rho[k] * safe_strike - half * trait[k]
        by_habit = holds[k] - (h[k] * less_eager + o[k] * fades_more + reluctance[k]) - rho[k] * risk_strike
        stays_in = (by_street < -margin) & (by_fight < -margin)
        quiet_on = (acts[k] == QUIET) & stays_in & (by_strike < -margin)
        strike_on = (acts[k] == STRIKING) & stays_in & (by_habit - half * trait[k] > margin)
        listed[k] = np.uint8((acts[k] <= FIGHTING) & (not (quiet_on | strike_on)))
    length = 0
    for k in range(n):
        watched[start + length] = candidates[k]
        length += listed[k]
    return length


@numba.njit(nogil=True, forceinline=True)
def single_out(
    start, n, candidates, numbers, whole, at, activity, team_pull, street_of, fight_of, strike_of, holds_of, n_roles,
    eager, fades, fear_out, fear_fight, fear_strike, social, keeps_striking, terms, flags, rows, length,
):  # fmt: skip
    """Add to rows[:length] those candidates (rows from start) whom this moment could make change; returns the length.

    As `watch`, with the numbers of the moment instead of a box: what draws the place, and the person's own team.
    street_of[act x roles + role], the others by role, hold the most that block and household could add; holds_of
    leaves them out. Traits are laid from `at` on.
    """
    street, fight, strike, holds = terms
    acts, listed = flags
    o, rho, reluctance, trait, belongs = at + n, at + 2 * n, at + 3 * n, at + 4 * n, at + 5 * n
    for k in range(n):
        act = activity[start + np.int64(candidates[k])]
        r, t = np.uintp(whole[belongs + k] & ROLE_MASK), whole[belongs + k] >> ROLE_BITS
        out, stopped = social * team_pull[t, OUT], social * team_pull[t, STOPPED]
        street[k] = street_of[np.uintp(act & 1) * np.uintp(n_roles) + r] + out
        fight[k] = fight_of[r] + out
        strike[k] = strike_of[r] + stopped
        holds[k] = holds_of[r] + stopped
        acts[k] = act
    twice, half, margin = np.float32(2.0), np.float32(0.5), np.float32(MARGIN)
    for k in range(n):
        fear, age_and_sex = numbers[rho + k], numbers[trait + k]
        own = numbers[at + k] * eager + numbers[o + k] * fades - numbers[reluctance + k]
        by_street = own + street[k] - fear * fear_out - age_and_sex
        by_fight = own + fight[k] - fear * fear_fight - twice * age_and_sex
        at_work = own - fear * fear_strike - half * age_and_sex
        stays_in = (by_street < -margin) & (by_fight < -margin)
        quiet_on = (acts[k] == QUIET) & stays_in & (at_work + strike[k] < -margin)
        strike_on = (acts[k] == STRIKING) & stays_in & (at_work + holds[k] > keeps_striking)
        listed[k] = np.uint8((acts[k] <= FIGHTING) & (not (quiet_on | strike_on)))
    for k in range(n):
        rows[length] = start + np.int64(candidates[k])
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


@numba.njit(nogil=True, forceinline=True, error_model="numpy")
def shortlist(
    n, listed, tick, step_hours, lines,
    role, age, sex, household, team, block, hardship, risk_aversion, threshold, outrage, relatives, activity, since,
    household_out, team_pull, block_pull,
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
    for k in range(n):
        fetch(lines, 4 * np.int64(listed[k]))
        fetch(since, np.int64(listed[k]))
    for k in range(n):
        i = listed[k]
        fetch(household_out, np.int64(household[i]))
        fetch(block_pull, np.int64(block[i]))
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
    roles, ages, now = np.uintp(n_roles), np.uintp(AGES), np.int64(tick)
    own, rho, trait, near, others, elapsed, rested, team_out, team_stopped, acts, wants = desk
    draw, going, striking, fighting = spare
    for k in range(n):
        i = np.uintp(listed[k])
        act, r = np.uintp(activity[i]), np.uintp(role[i])
        home, t, came = np.uintp(household[i]), team[i], np.int64(since[i])
        acts[k] = act
        own[k] = hardship[i] * eager + outrage[i] * fades - spread * threshold[i]
        rho[k], trait[k] = risk_aversion[i], cost_of_age[np.uintp(sex[i]) * ages + np.uintp(age[i])]
        near[k], others[k], draw[k] = household_out[home], relatives[i], block_pull[np.uintp(block[i])]
        team_out[k], team_stopped[k] = team_pull[t, OUT], team_pull[t, STOPPED]
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
    first_chunk, last_chunk, chunk_start, chunk_place, tick, step_hours, is_waking, is_bounded,
    lines, role, age, sex, household, team, block, hardship, risk_aversion, threshold, outrage, relatives,
    activity, since, household_out, team_pull, block_pull,
    place_pull, place_strike_pull, place_belief, place_outrage,
    place_risk_out, place_risk_strike, place_risk_fight, place_can_fight, place_cost, place_curfew,
    role_cost_out, role_cost_work, role_cost_strike, role_cost_fight, age_cost,
    grievance, fading, weight_discontent, weight_social, weight_belief, weight_risk, threshold_spread,
    pull_household, fatigue, rest_hours, hysteresis, commitment, solidarity,
    most_near, box, boxed, touched, witnessed, looked, laid, watched, n_watched, kept, kept_whole, out, n_out,
    wish, changed, n_changed,
):  # fmt: skip
    """Chunks first_chunk..last_chunk of the stripe: changed[start of chunk ...] lists who wants another act.

    wish[i] holds the act wanted by each person listed; n_changed[c] how many of chunk c are listed. Chunk c holds
    the rows chunk_start[c] to chunk_start[c + 1], all of whom live in chunk_place[c]. Its watch lists, watched[WIDE]
    and watched[NARROW], made in steps looked[level, c], are made anew after the place got another box, and both when
    somebody's outrage was touched from outside (touched[block] the last step of that). The traits of those on the
    narrow list are kept from KEPT x COLUMNS x c on (see lay_out), laid in step laid[c], and laid anew when somebody saw
    a killing (witnessed[block]). At night (not is_waking) only those in the streets reconsider, out[:n_out]. A user's
    own rule can't be bounded: then everybody is looked at. Making a list reads 20 bytes for each person that it is made
    from, following it 34 of those listed and 36 of those singled out.
    """
    tables = tables_of_costs(role_cost_out, role_cost_work, role_cost_strike, role_cost_fight, age_cost)
    cost_of_going, cost_of_strike, cost_of_fight, cost_of_age = tables
    n_roles = len(role_cost_out)
    longest = 0
    for c in range(first_chunk, last_chunk):
        longest = max(longest, chunk_start[c + 1] - chunk_start[c])
    everyone = np.arange(longest).astype(np.uint16)
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
    traits = np.empty(longest * COLUMNS, np.float32)
    whole = traits.view(np.int32)
    terms = (
        np.empty(longest, np.float32), np.empty(longest, np.float32), np.empty(longest, np.float32),
        np.empty(longest, np.float32),
    )  # fmt: skip
    flags = (np.empty(longest, np.uint8), np.empty(longest, np.uint8))
    street_of, fight_of = np.empty(2 * n_roles, np.float32), np.empty(n_roles, np.float32)
    strike_of, holds_of = np.empty(n_roles, np.float32), np.empty(n_roles, np.float32)
    eager, fades = np.float32(weight_discontent * grievance), np.float32(weight_discontent * fading)
    social, keeps_striking = np.float32(weight_social), np.float32(MARGIN) - np.float32(solidarity)
    still = np.searchsorted(out[:n_out], chunk_start[first_chunk]) if not is_waking else 0
    c = first_chunk
    while c < last_chunk:
        place = chunk_place[c]
        until = c + 1
        while until < last_chunk and until < c + BATCH and chunk_place[until] == place:
            until += 1
        everybody = weight_belief * place_belief[place] + weight_discontent * place_outrage[place]
        far, curfew = place_cost[place], place_curfew[place]
        may_fight = place_can_fight[place]
        n = 0
        if not is_bounded:
            for i in range(chunk_start[c], chunk_start[until]):
                listed[n] = i
                n += 1
        elif not is_waking:
            while still < n_out and out[still] < chunk_start[until]:
                listed[n] = out[still]
                still += 1
                n += 1
        else:
            drawn = everybody + weight_social * (place_pull[place] + most_near[place]) - far
            for r in range(n_roles):
                street_of[r] = drawn - curfew - cost_of_going[QUIET * n_roles + r]
                street_of[n_roles + r] = drawn - curfew - cost_of_going[STRIKING * n_roles + r]
                fight_of[r] = drawn - cost_of_fight[r] - (0.0 if may_fight else NEVER)
                strike = everybody + weight_social * place_strike_pull[place] - cost_of_strike[r]
                strike_of[r], holds_of[r] = strike + weight_social * most_near[place], strike
            fear_out = np.float32(weight_risk * place_risk_out[place])
            fear_fight = np.float32(weight_risk * place_risk_fight[place])
            fear_strike = np.float32(weight_risk * place_risk_strike[place])
            for d in range(c, until):
                start, end = chunk_start[d], chunk_start[d + 1]
                # what the next chunk needs is asked for now
                following = min(d + 1, last_chunk - 1)
                expected = min(n_watched[NARROW, following], KEPT)
                for k in range(0, expected * COLUMNS, LINE):
                    fetch(kept, following * KEPT * COLUMNS + k)
                for k in range(0, expected, 2 * LINE):
                    fetch(watched[NARROW], chunk_start[following] + k)
                for k in range(chunk_start[following], chunk_start[following + 1], 4 * LINE):
                    fetch(activity, k)
                is_stale = looked[WIDE, d] < boxed[WIDE, place]
                is_laid = True
                for k in range(start >> BLOCK_BITS, ((end - 1) >> BLOCK_BITS) + 1):
                    is_stale = is_stale or touched[k] >= looked[WIDE, d]
                    is_laid = is_laid and witnessed[k] < laid[d]
                if is_stale:
                    lay_out(
                        start, end - start, everyone, lines, role, age, sex, team, hardship, risk_aversion, threshold,
                        outrage, threshold_spread, cost_of_age, traits, whole, 0,
                    )  # fmt: skip
                    n_watched[WIDE, d] = watch(
                        start, end - start, everyone, box[WIDE, place], traits, whole, activity, role_cost_strike,
                        solidarity, terms, flags, watched[WIDE],
                    )  # fmt: skip
                    looked[WIDE, d] = tick
                if is_stale or looked[NARROW, d] < boxed[NARROW, place]:
                    candidates = watched[WIDE, start:end]
                    lay_out(
                        start, n_watched[WIDE, d], candidates, lines, role, age, sex, team, hardship, risk_aversion,
                        threshold, outrage, threshold_spread, cost_of_age, traits, whole, 0,
                    )  # fmt: skip
                    n_watched[NARROW, d] = watch(
                        start, n_watched[WIDE, d], candidates, box[NARROW, place], traits, whole, activity,
                        role_cost_strike, solidarity, terms, flags, watched[NARROW],
                    )  # fmt: skip
                    looked[NARROW, d] = tick
                    is_laid = False
                candidates = watched[NARROW, start:end]
                n_candidates = n_watched[NARROW, d]
                if n_candidates <= KEPT:
                    shown, shown_whole, at = kept, kept_whole, d * KEPT * COLUMNS
                else:
                    shown, shown_whole, at, is_laid = traits, whole, 0, False
                if not is_laid:
                    lay_out(
                        start, n_candidates, candidates, lines, role, age, sex, team, hardship, risk_aversion,
                        threshold, outrage, threshold_spread, cost_of_age, shown, shown_whole, at,
                    )  # fmt: skip
                    laid[d] = tick
                n = single_out(
                    start, n_candidates, candidates, shown, shown_whole, at, activity, team_pull, street_of, fight_of,
                    strike_of, holds_of, n_roles, eager, fades, fear_out, fear_fight, fear_strike, social,
                    keeps_striking, terms, flags, listed, n,
                )  # fmt: skip
        if is_bounded:
            n = shortlist(
                n, listed, tick, step_hours, lines,
                role, age, sex, household, team, block, hardship, risk_aversion, threshold, outrage, relatives,
                activity, since, household_out, team_pull, block_pull,
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
            r = role[i]
            trait = age_cost[sex[i], age[i]]
            reluctance = threshold_spread * np.float64(threshold[i])
            fear = weight_risk * np.float64(risk_aversion[i])
            drive = everybody + (
                weight_discontent * (np.float64(hardship[i]) * grievance + np.float64(outrage[i]) * fading)
                - reluctance
            )
            is_out = 1 if act >= DEMONSTRATING else 0
            others = np.int64(relatives[i])
            at_home = (np.int64(household_out[household[i]]) - is_out) / others if others > 0 else 0.0
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
                changed[chunk_start[c] + n_changed[c]] = i
                n_changed[c] += 1
        c = until


sweep = numba.njit(nogil=True, cache=True)(_sweep)


def sweep_with(rule: Callable[..., int]) -> Any:
    """The sweep compiled with a user's own rule in place of `decide` (same arguments, see there)."""
    scope = {**_sweep.__globals__, "decide": numba.njit(inline="always", nogil=True)(rule)}
    return numba.njit(nogil=True)(types.FunctionType(_sweep.__code__, scope, "_sweep"))
