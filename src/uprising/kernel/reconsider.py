"""People reconsider (MODEL 6.2): each person of one stripe weighs staying, striking, going out, fighting.

    drive  = b_D (h_i g + o_i) + b_E E_p - sigma z_i
    out    = drive + b_S S_i - b_R rho_i P_p - C(hour, role, age, sex) - fatigue
    strike = drive + b_S S'_i - b_R rho_i P'_p - C_strike
    fight  = drive + b_S S_i - b_R rho_i P''_p - C_fight        (only where there are arms and blood was shed)

h hardship, g = (1 - legitimacy) x share of demands not met, o outrage, E belief, z personal threshold,
S social pull, rho risk aversion, P believed risk = readiness (1 - exp(-kappa F / (1 + A))). U > 0 starts an
act, U < -hysteresis ends it; who has used a weapon can't simply go home (-commitment), and a strike holds by
its own organisation (half of that, P13). C holds the hour's cost for the role (night, working hours for those
at work), the way from the countryside, a curfew, age, sex and fatigue; taking up arms asks twice of age and
sex, stopping work half of them. Everybody reads the same old state; what people want is written beside it.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from uprising.state import DEMONSTRATING, FIGHTING, QUIET, STRIKING

NEVER = 90.0
"""costs this high mean that a role or age never acts"""
ROUNDING = 1e-9
"""more than rounding could add to a sum of a few terms around one"""


@numba.njit(inline="always", nogil=True)
def decide(activity, can_fight, drive, pull_out, pull_strike, risk_out, risk_strike, risk_fight,
           cost_out, cost_strike, cost_fight, hysteresis, commitment):  # fmt: skip
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
    if strike > 0.0 or (activity == STRIKING and strike > -0.5 * commitment):
        return STRIKING
    return QUIET


def arguments_of_a_rule() -> tuple[str, ...]:
    """Names of the arguments of `decide`, which a user's own rule shares."""
    return tuple(inspect.signature(getattr(decide, "py_func", decide)).parameters)


def _sweep(
    first_chunk, last_chunk, chunk_start, chunk_place, largest_chunk, tick, step_hours, is_waking, is_bounded,
    role, age, sex, household, team, block, hardship, risk_aversion, threshold, outrage, activity, since,
    household_out, household_size, team_pull, team_strike_pull, block_pull,
    place_pull, place_strike_pull, most_pull, most_strike_pull, place_belief, place_outrage,
    place_risk_out, place_risk_strike, place_risk_fight, place_can_fight, place_cost, place_curfew,
    role_cost_out, role_cost_work, role_cost_strike, role_cost_fight, age_cost,
    grievance, fading, weight_discontent, weight_social, weight_belief, weight_risk, threshold_spread,
    pull_household, fatigue, rest_hours, hysteresis, commitment,
    may_change, busy, swept, largest_outrage, wish, changed, n_changed,
):  # fmt: skip
    """Chunks first_chunk..last_chunk of the stripe: changed[start of chunk ...] lists who wants another act.

    wish[i] holds the act wanted by each person listed; n_changed[c] how many of chunk c are listed.
    most_pull[p, role] and most_strike_pull[p, role] are upper bounds of the weighted pulls of those who live
    there: who would stay quiet even if everybody around were active, or strike on even if nobody were, needs
    no look at the groups (is_bounded; a user's own rule can't be bounded). At night
    (not is_waking) only those in the streets reconsider. Chunks that can't change (kernel.bound) are passed
    over; for the others busy, swept and largest_outrage are brought up to date. Reads 20 bytes a person, 36 of
    those who might move. chunk_start[c + 1] ends chunk c, all of whose people live in chunk_place[c].
    """
    candidates = np.empty(largest_chunk, np.int64)
    n_roles = len(role_cost_out)
    street_base, fight_base, strike_base, strike_pull = (
        np.empty(n_roles), np.empty(n_roles), np.empty(n_roles), np.empty(n_roles)
    )
    for c in range(first_chunk, last_chunk):
        n_changed[c] = 0
        if not may_change[c]:
            continue
        place = chunk_place[c]
        start = chunk_start[c]
        everybody = weight_belief * place_belief[place] + weight_discontent * place_outrage[place]
        far = place_cost[place]
        curfew = place_curfew[place]
        may_fight = place_can_fight[place]
        risk_out, risk_strike = place_risk_out[place], place_risk_strike[place]
        risk_fight = place_risk_fight[place]
        for r in range(n_roles):
            street_base[r] = everybody - far - curfew + most_pull[place, r] - role_cost_out[r]
            fight_base[r] = everybody - far + most_pull[place, r] - role_cost_fight[r] - (0.0 if may_fight else NEVER)
            strike_base[r] = everybody - role_cost_strike[r]
            strike_pull[r] = most_strike_pull[place, r]

        # first, without branches: who is active, or would be if everybody around were?
        n_candidates = 0
        most_outraged = 0.0
        n_steady = 0
        for i in range(start, chunk_start[c + 1]):
            r = role[i]
            act = activity[i]
            trait = age_cost[sex[i], age[i]]
            fear = weight_risk * np.float64(risk_aversion[i])
            own = weight_discontent * (
                np.float64(hardship[i]) * grievance + np.float64(outrage[i]) * fading
            ) - threshold_spread * np.float64(threshold[i])
            street = own + max(
                street_base[r] - fear * risk_out - trait, fight_base[r] - fear * risk_fight - 2.0 * trait
            )
            strike = own + strike_base[r] - fear * risk_strike - 0.5 * trait
            # a striker whom nothing draws to the streets strikes on even if nobody around does
            steady = act == STRIKING and street < -ROUNDING and strike > ROUNDING - 0.5 * commitment
            stays = act == QUIET and street < -ROUNDING and strike + strike_pull[r] < -ROUNDING
            most_outraged = max(most_outraged, np.float64(outrage[i]))
            wakes = act >= DEMONSTRATING or is_waking
            moves = act <= FIGHTING and wakes and not (is_bounded and (steady or stays))
            n_steady += 1 if act == STRIKING and not moves else 0
            candidates[n_candidates] = i
            n_candidates += 1 if moves else 0

        listed = 0
        active = 0
        for k in range(n_candidates):
            i = candidates[k]
            act = activity[i]
            r = role[i]
            trait = age_cost[sex[i], age[i]]
            fear = weight_risk * np.float64(risk_aversion[i])
            drive = everybody + (
                weight_discontent * (np.float64(hardship[i]) * grievance + np.float64(outrage[i]) * fading)
                - threshold_spread * np.float64(threshold[i])
            )
            own_household = household[i]
            is_out = 1 if act >= DEMONSTRATING else 0
            others = np.int64(household_size[own_household]) - 1
            at_home = (np.int64(household_out[own_household]) - is_out) / others if others > 0 else 0.0
            near = pull_household * at_home + np.float64(block_pull[block[i]])
            pull_out = near + place_pull[place]
            pull_strike = near + place_strike_pull[place]
            t = team[i]
            if t >= 0:
                pull_out += np.float64(team_pull[t])
                pull_strike += np.float64(team_strike_pull[t])
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
                hysteresis, commitment,
            )  # fmt: skip
            active += 1 if wanted != QUIET or act != QUIET else 0
            if wanted != act:
                wish[i] = wanted
                changed[start + listed] = i
                listed += 1
        n_changed[c] = listed
        if is_waking:
            busy[c] = active + n_steady
            swept[c] = tick
            largest_outrage[c] = most_outraged


sweep = numba.njit(nogil=True, cache=True)(_sweep)


def sweep_with(rule: Callable[..., int]) -> Any:
    """The sweep compiled with a user's own rule in place of `decide` (same arguments, see there)."""
    scope = {**_sweep.__globals__, "decide": numba.njit(inline="always", nogil=True)(rule)}
    return numba.njit(nogil=True)(types.FunctionType(_sweep.__code__, scope, "_sweep"))
