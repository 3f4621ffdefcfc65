"""What a person wants: the rule of taking part, a term a line (ODD: decision).

    drive  = b_E E_p + b_D o_p + b_D (h_i g + o_i) - sigma z_i
    out    = drive + b_S S_i - b_R rho_i P_p - C(hour, role, age, sex) - fatigue
    strike = drive + b_S S'_i - b_R rho_i P'_p - C_strike
    fight  = drive + b_S S_i - b_R rho_i P''_p - C_fight        (only where there are arms and blood was shed)

Symbols: E belief, o outrage (of the place, and a person's own), h hardship, g = (1 - legitimacy) x share of demands
not met, z personal threshold, S social pull, rho risk aversion, P believed risk, C cost.

Everything that decides is in this file. `sweep` evaluates these functions in double precision for those who might
want another activity; `candidates` finds these people with the same functions in single precision and with bounds;
`plain` is the whole decision in plain Python. A changed term changes all of them. Three properties are taken for
granted by the bounds: a utility rises with belief, outrage, hardship, grievance and pulls, falls with risks and
costs, and adds its four parts. A rule without them must be a user's own (`uprising.run(rules=...)`): then everybody
is evaluated.

The functions are of numbers, in either precision. ZERO and ONE are single so that they widen nothing.
"""

from __future__ import annotations

import inspect

import numba
import numpy as np

from uprising.schema import constant
from uprising.state import DEMONSTRATING, FIGHTING, QUIET, STRIKING

ACTIVITY_BASE = 16
"""an intention is ACTIVITY_BASE x the present activity + the one wanted; a change, the one before + the present one"""
AGE_FOR_FIGHT, AGE_FOR_STRIKE = constant("age_for_fight"), constant("age_for_strike")
ZERO, ONE, NOTHING = np.float32(0.0), np.float32(1.0), np.float32(-0.0)
"""NOTHING is for a term that is left out of a sum: added, it changes no bit, so the compiler leaves it out too"""

term = numba.njit(inline="always", nogil=True)


@term
def shared_drive(belief, outrage, weight_belief, weight_discontent):
    """Return the drive that all people of a place share."""
    return weight_belief * belief + weight_discontent * outrage


@term
def own_drive(hardship, own_outrage, threshold, grievance, fading, weight_discontent, threshold_spread):
    """Return the drive that a person adds to it."""
    discontent = hardship * grievance + own_outrage * fading
    return weight_discontent * discontent - threshold_spread * threshold


@term
def household_share(household_out, is_out, others):
    """Return the share of the other members of a household who are in the streets; others is at least 1."""
    return (household_out - is_out) / others


@term
def social_pull(household, block, town, team, pull_household):
    """Return the pull of household, block, town and team (the pulls of the last three are weighted already)."""
    near = pull_household * household + block
    return near + town + team


@term
def fear(risk_aversion, believed_risk, weight_risk):
    """Return what a believed risk takes off."""
    return weight_risk * risk_aversion * believed_risk


@term
def tiredness(is_out, is_resting, hours, fatigue, rest_hours):
    """Return the cost of hours in the streets, or what is left of it after hours at home."""
    tired = fatigue * max(ZERO, hours)
    unrested = fatigue * rest_hours * max(ZERO, ONE - hours / rest_hours)
    return is_out * tired + is_resting * unrested


@term
def cost_of_going_out(role, age, way, curfew, missed_work, tired):
    """Return the cost of being in the streets: of the role, of age and sex, of the way there, and so on."""
    return role + age + way + curfew + missed_work + tired


@term
def cost_of_striking(role, age, age_for_strike):
    """Return the cost of a strike."""
    return role + age_for_strike * age


@term
def cost_of_fighting(role, age, way, age_for_fight):
    """Return the cost of taking up arms."""
    return role + age_for_fight * age + way


@term
def utility(drive, pull, risk, cost):
    """Return the utility of an activity, relative to staying quiet."""
    return drive + pull - risk - cost


@term
def decide(activity, can_fight, drive, pull_out, pull_strike, risk_out, risk_strike, risk_fight,
           cost_out, cost_strike, cost_fight, hysteresis, commitment, solidarity):
    """Return the activity that a person wants: QUIET, STRIKING, DEMONSTRATING or FIGHTING.

    An activity begins where its utility is above 0. It ends below -hysteresis; whoever has used a weapon can't simply
    go home (-commitment), and a strike holds by its own organisation (-solidarity). All terms are already weighted; a
    user's own rule has this signature and returns one of the four.
    """
    fight = utility(drive, pull_out, risk_fight, cost_fight)
    if activity == FIGHTING:
        if fight > -commitment:
            return FIGHTING
    elif can_fight and fight > 0.0:
        return FIGHTING
    out = utility(drive, pull_out, risk_out, cost_out)
    if out > 0.0 or (activity == DEMONSTRATING and out > -hysteresis):
        return DEMONSTRATING
    strike = utility(drive, pull_strike, risk_strike, cost_strike)
    if strike > 0.0 or (activity == STRIKING and strike > -solidarity):
        return STRIKING
    return QUIET


@term
def surely_stays(activity, can_fight, fight_least, fight_most, out_least, out_most, strike_least, strike_most,
                 hysteresis, commitment, solidarity, margin):
    """Return whether `decide` wants the present activity, wherever utilities lie between these bounds.

    Without branches: no processor could foresee who goes on for which reason. margin is on the safe side of rounding.
    """
    begins_no_fight = (fight_most < -margin) | (not can_fight)
    stays_in = begins_no_fight & (out_most < -margin)
    stays_quiet = (activity == QUIET) & stays_in & (strike_most < -margin)
    stays_on_strike = (activity == STRIKING) & stays_in & (strike_least > margin - solidarity)
    stays_out = (activity == DEMONSTRATING) & begins_no_fight & (out_least > margin - hysteresis)
    fights_on = (activity == FIGHTING) & (fight_least > margin - commitment)
    return stays_quiet | stays_on_strike | stays_out | fights_on | (activity > FIGHTING)


TERMS = (
    "shared_drive", "own_drive", "household_share", "social_pull", "fear", "tiredness", "cost_of_going_out",
    "cost_of_striking", "cost_of_fighting", "utility", "decide",
)
"""what the rule is made of; `surely_stays` goes with `decide`"""


def arguments_of_a_rule() -> tuple[str, ...]:
    """Return the names of the arguments of `decide`, which a user's own rule shares."""
    return tuple(inspect.signature(getattr(decide, "py_func", decide)).parameters)
