"""The decision of people in plain Python: what `sweep` decides, faster.

No records, lists of candidates or bounds: columns of people, and everybody is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from uprising.kernel.decision import utility as rule
from uprising.state import DEMONSTRATING, FIGHTING, QUIET, Counters, Groups, People


def intended_activity(
    i: int, people: People, groups: Groups, counters: Counters, pulls: Any, perceived: Any, place_cost: Any,
    age_cost: Any, role_costs: Any, parameters: Mapping[str, float], tick: int, step_hours: float,
) -> int:
    """Return the activity that the person of row i wants.

    Parameters
    ----------
    people, groups, counters
        As in a run. Everybody reads the counters of the last step.
    pulls
        Influence of others: `team_pull` [t, OUT or STOPPED] and `block_pull` [b], weighted.
    perceived
        What weighs on all people of a place, by place (see crisis.state.Perceived).
    place_cost
        [p] cost of the way from the countryside.
    age_cost
        [sex, age] cost of age and sex.
    role_costs
        `out`, `work`, `strike` and `fight` [role] at this hour.
    parameters
        Behavioural parameters by name.
    tick, step_hours
        The step and its length in hours.
    """
    p, role, team, activity = people.home[i], people.role[i], people.team[i], people.activity[i]
    household, block = people.household[i], people.block[i]
    is_out = float(activity >= DEMONSTRATING)
    is_resting = float(activity < DEMONSTRATING and people.since[i] > 0)
    hours = np.float64((tick - int(people.since[i])) * step_hours)
    others = max(int(groups.household_size[household]) - 1, 1)
    team_out, team_stopped = pulls.team_pull[team].astype(float) if team >= 0 else (0.0, 0.0)

    shared = rule.shared_drive(
        perceived.felt_belief[p], perceived.outrage[p], parameters["weight_belief"], parameters["weight_discontent"]
    )
    own = rule.own_drive(
        float(people.hardship[i]), float(people.outrage[i]), float(people.threshold[i]), perceived.grievance,
        perceived.fading, parameters["weight_discontent"], parameters["threshold_spread"],
    )
    at_home = rule.household_share(float(counters.household_out[household]), is_out, float(others))
    near = at_home, float(pulls.block_pull[block])
    pull_out = rule.social_pull(*near, perceived.pull[p], team_out, parameters["pull_household"])
    pull_strike = rule.social_pull(*near, perceived.strike_pull[p], team_stopped, parameters["pull_household"])
    age = age_cost[people.sex[i], people.age[i]]
    missed_work = role_costs.work[role] if activity == QUIET else 0.0
    tired = rule.tiredness(is_out, is_resting, hours, parameters["fatigue"], parameters["rest_hours"])
    risks = perceived.risk_out[p], perceived.risk_strike[p], perceived.risk_fight[p]
    fears = (rule.fear(float(people.risk_aversion[i]), risk, parameters["weight_risk"]) for risk in risks)
    return int(
        rule.decide(
            activity, perceived.can_fight[p], shared + own,
            parameters["weight_social"] * pull_out, parameters["weight_social"] * pull_strike, *fears,
            rule.cost_of_going_out(role_costs.out[role], age, place_cost[p], perceived.curfew[p], missed_work, tired),
            rule.cost_of_striking(role_costs.strike[role], age, rule.AGE_FOR_STRIKE),
            rule.cost_of_fighting(role_costs.fight[role], age, place_cost[p], rule.AGE_FOR_FIGHT),
            parameters["hysteresis"], parameters["commitment"], parameters["solidarity"],
        )
    )


def intentions(rows: Iterable[int], is_waking: bool, people: People, **given: Any) -> list[tuple[int, int, int]]:
    """Return (row, present activity, activity wanted) of those among rows who want another activity.

    By night only those in the streets reconsider. The detained, wounded, dead and fled never do. For `given`, see
    intended_activity.
    """
    found = []
    for i in rows:
        activity = int(people.activity[i])
        if activity <= FIGHTING and (is_waking or activity >= DEMONSTRATING):
            wanted = intended_activity(i, people, **given)
            if wanted != activity:
                found.append((i, activity, wanted))
    return found

