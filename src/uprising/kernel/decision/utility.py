"""What a person wants, given what weighs on them."""

from __future__ import annotations

import inspect

import numba

from uprising.state import DEMONSTRATING, FIGHTING, QUIET, STRIKING

ACTIVITY_BASE = 16
"""an intention is ACTIVITY_BASE x the present activity + the one wanted; a change, the one before + the present one"""


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
