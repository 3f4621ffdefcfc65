"""Signals (MODEL 6.1 and 6.3): what each place believes, fears and has heard of at the start of a step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from uprising import purposes
from uprising.kernel import hear, muster, perceive
from uprising.kernel.draws import normal
from uprising.levels import government as governing
from uprising.levels import outside

if TYPE_CHECKING:
    from uprising.clocks.crisis import Crisis


def read_signals(crisis: Crisis) -> None:
    world, parameters, crowd = crisis.world, crisis.parameters, crisis.crowd
    felt = outside.strength(crisis.outside, crisis.hour, parameters["news_hours"])
    crisis.felt = felt
    at = crisis.outside.hours
    for e in np.flatnonzero((at >= crisis.hour) & (at < crisis.hour + crisis.step_hours)):
        row = crisis.event_rows[e]
        crisis.say("external", world.place_ids[0], row["power"] or "", 0.0, row["text"])
        crisis.council_alarm = crisis.council_alarm or float(row["hegemon_alarm"]) != 0.0
    eve = crisis.eve
    crisis.readiness_shift *= 0.5 ** (crisis.step_hours / 48.0)
    readiness = eve.readiness * (1.0 + outside.total(crisis.outside.fear, felt)) + crisis.readiness_shift
    crisis.readiness = min(1.5, max(0.02, readiness))
    crisis.legitimacy = min(
        1.0, max(0.0, crisis.government.legitimacy + outside.total(crisis.outside.legitimacy, felt))
    )
    outer_belief = eve.belief + outside.total(crisis.outside.belief, felt)

    n_places, n_groups, place = world.n_places, len(world.group_ids), world.place_group
    by_place, by_group = np.zeros((11, n_places)), np.zeros((10, n_groups))
    (crisis.out_by_place, crisis.stopped, crisis.worker_count, crisis.belief, pull, strike_pull, seen_belief, risk_out,
     risk_strike, fight_risk, curfew) = by_place  # fmt: skip
    (crisis.out_by_group, crisis.fighters_by_group, stopped, workers, crisis.share_out, share_seen, risk, risk_fight,
     beaten, town_curfew) = by_group  # fmt: skip
    perceive.count_towns(
        place, crowd.counters.place_role, crisis.weight, *crisis.worker_roles, crowd.fighters_home,
        crisis.out_by_place, crisis.out_by_group, crisis.fighters_by_group, crisis.stopped, crisis.worker_count,
        stopped, workers,
    )  # fmt: skip
    crisis.share_stopped = stopped / workers
    crisis.national_strike = float(crisis.stopped.sum() / crisis.worker_count.sum())

    # force believed ready to act, and what it makes of risk
    crisis.siege.muster(crisis.units)
    crisis.force_by_group = crisis.siege.in_towns(muster.VISIBLE)
    storm = crisis.siege.in_towns(muster.STORMING)
    patrols = crisis.siege.in_towns(muster.PATROLLING)
    defeat = perceive.weigh_force(
        crisis.force_by_group, storm, patrols, crisis.group_population,
        crisis.out_by_group, crisis.fighters_by_group, crisis.arms_loose, crisis.readiness, parameters["deterrence"],
        parameters["ambush_advantage"], parameters["cost_curfew"], crisis.share_out, share_seen, risk, risk_fight,
        beaten, town_curfew,
    )  # fmt: skip

    dt = crisis.step_hours
    hear.spread_news(
        share_seen[place], crisis.closeness, crisis.news, math.exp(-dt / parameters["news_hours"])
    )
    crisis.mean_belief = perceive.learn(
        place, crisis.share_of_population, share_seen, risk, beaten, crisis.news, crisis.danger, outer_belief,
        parameters["learning_per_hour"] * dt, parameters["despair_per_hour"] * dt,
        0.5 ** (dt / (24.0 * parameters["belief_half_life_days"])), defeat, crisis.own_belief, crisis.belief,
    )  # fmt: skip
    left = governing.unmet(
        crisis.government, crisis.demands, crisis.leaders, crisis.mean_belief, parameters["appeasement"]
    )
    half_life = 24.0 * parameters["outrage_half_life_days"]
    if crisis.tick == 0 or crisis.hour_of_day < crisis.step_hours:
        crisis.mood = mood_of_the_day(crisis)
    can_fight = np.zeros(n_places, np.bool_)
    arms = crisis.arms_loose + np.bincount(crisis.site_group, crisis.arms_in_store(), n_groups)
    perceive.see(
        place, share_seen, stopped, workers, risk, risk_fight, town_curfew, storm, patrols, crisis.mood,
        crisis.news, crisis.danger, crisis.belief, arms, crisis.weight, parameters["pull_town"],
        parameters["weight_belief"],
        pull, strike_pull, seen_belief, risk_out, risk_strike, fight_risk, can_fight, curfew,
    )  # fmt: skip
    curfew += parameters["cost_won"] * (1.0 - crisis.control[place])
    crisis.seen = {
        "pull": pull,
        "strike_pull": strike_pull,
        "belief": seen_belief,
        "outrage": crisis.heard_outrage.copy(),
        "risk_out": risk_out,
        "risk_strike": risk_strike,
        "risk_fight": fight_risk,
        "can_fight": can_fight,
        "curfew": curfew,
        "grievance": (1.0 - crisis.legitimacy) * left,
        "anger": parameters["loss_aversion"] * left * outside.losses(crisis.outside, felt),
        "fading": 0.5 ** (crisis.hour / half_life),
    }
    crowd.look_around()


def mood_of_the_day(crisis: Crisis) -> Any:
    """[g] weather, rumours and what else makes a day: half of its variance is the country's, half the town's."""
    day, spread = int(crisis.hour // 24.0), crisis.parameters["mood_spread"] * np.sqrt(0.5)
    nation = normal(crisis.seed, purposes.MOOD, 0, day)
    return np.array(
        [
            spread * (nation + normal(crisis.seed, purposes.MOOD, g + 1, day))
            for g in range(len(crisis.control))
        ]
    )
