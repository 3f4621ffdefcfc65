"""Signals (MODEL 6.1 and 6.3): what each place believes, fears and has heard of at the start of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from uprising import purposes
from uprising.kernel import hear, muster
from uprising.kernel.draws import normal
from uprising.levels import government as governing
from uprising.levels import outside

if TYPE_CHECKING:
    from uprising.clocks.crisis import Crisis

ARMS_AT_HOME = 0.3
"""share of the weapons in people's hands that others count on"""


def read_signals(crisis: Crisis) -> None:
    world, parameters, crowd = crisis.world, crisis.parameters, crisis.crowd
    felt = outside.strength(crisis.outside, crisis.hour, parameters["news_hours"])
    crisis.felt = felt
    for e, row in enumerate(crisis.event_rows):
        at = crisis.outside.hours[e]
        if crisis.hour <= at < crisis.hour + crisis.step_hours:
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

    states = crowd.counters.place_role
    by_act = states.sum(axis=1)
    crisis.out_by_place = (by_act[:, 2] + by_act[:, 3]) * crisis.weight
    crisis.out_by_group = np.bincount(world.place_group, weights=crisis.out_by_place).astype(np.float64)
    crisis.fighters_by_group = np.bincount(world.place_group, weights=crowd.fighters_home).astype(np.float64)
    crisis.share_out = crisis.out_by_group / crisis.group_population
    workers_by_act = states[:, crisis.workers[0]] + states[:, crisis.workers[1]]
    stopped = workers_by_act[:, 1:4].sum(axis=1) * crisis.weight
    workers = np.maximum(workers_by_act.sum(axis=1) * crisis.weight, 1.0)
    crisis.stopped, crisis.worker_count = stopped, workers
    by_group = np.bincount(world.place_group, weights=stopped).astype(np.float64)
    share_stopped = by_group / np.bincount(world.place_group, weights=workers).astype(np.float64)
    crisis.share_stopped = share_stopped
    crisis.national_strike = float(stopped.sum() / workers.sum())

    # force believed ready to act, and what it makes of risk
    crisis.siege.muster(crisis.units)
    force = crisis.siege.in_towns(muster.VISIBLE)
    crisis.force_by_group = force
    ratio = force / (1.0 + crisis.out_by_group)
    risk = min(1.0, crisis.readiness) * (1.0 - np.exp(-parameters["deterrence"] * ratio))
    # people know how many weapons are about: a part of those at home counts as ready
    armed = crisis.fighters_by_group + ARMS_AT_HOME * crisis.arms_loose
    against = crisis.force_by_group / (parameters["ambush_advantage"] * (1.0 + armed))
    risk_fight = 1.0 - np.exp(-parameters["deterrence"] * against)
    place = world.place_group
    share_seen = crisis.share_out / (crisis.share_out + 0.1)

    # belief: fed by streets that go unpunished and by news of others, starved by overwhelming troops
    dt = crisis.step_hours
    hear.spread_news(share_seen[place], crisis.closeness, crisis.news, np.exp(-dt / parameters["news_hours"]))
    unpunished = (share_seen * (1.0 - risk))[place] * (1.0 - crisis.danger)
    belief = np.minimum(np.maximum(outer_belief + crisis.own_belief, 0.0), 1.0)
    growth = (
        parameters["learning_per_hour"]
        * dt
        * 4.0
        * np.maximum(unpunished, 0.5 * crisis.news)
        * (1.0 - belief)
    )
    storm_group = crisis.siege.in_towns(muster.STORMING)
    beaten = storm_group / (storm_group + 10.0 * crisis.fighters_by_group + 0.02 * crisis.out_by_group + 1.0)
    national = float(storm_group.sum() / (storm_group.sum() + 10.0 * crisis.fighters_by_group.sum() + 1.0))
    despair = parameters["despair_per_hour"] * dt * np.maximum(beaten[place], 0.5 * national)
    fade = 0.5 ** (dt / (24.0 * parameters["belief_half_life_days"]))
    left_of_it = (crisis.own_belief + growth) * fade - despair * belief
    crisis.own_belief = np.minimum(np.maximum(left_of_it, -outer_belief), 1.0)
    belief = np.minimum(np.maximum(outer_belief + crisis.own_belief, 0.0), 1.0)
    crisis.belief = belief
    crisis.mean_belief = float(belief @ crisis.share_of_population)
    patrols = crisis.siege.in_towns(muster.PATROLLING)
    curfew = parameters["cost_curfew"] * patrols / (patrols + 0.005 * crisis.group_population)
    left = governing.unmet(
        crisis.government, crisis.demands, crisis.leaders, crisis.mean_belief, parameters["appeasement"]
    )
    half_life = 24.0 * parameters["outrage_half_life_days"]
    if crisis.tick == 0 or crisis.hour_of_day < crisis.step_hours:
        crisis.mood = mood_of_the_day(crisis)
    pull_town = parameters["pull_town"]
    crisis.seen = {
        "pull": pull_town * np.maximum(share_seen[place], crisis.news),
        "strike_pull": pull_town * np.maximum(share_stopped[place], crisis.news),
        "belief": belief + crisis.mood[place] / parameters["weight_belief"],
        "outrage": crisis.heard_outrage.copy(),
        "risk_out": 1.0 - (1.0 - risk[place]) * (1.0 - crisis.danger),
        "risk_strike": 0.4 * risk[place],
        "risk_fight": risk_fight[place],
        # people take up arms where there are arms and blood has been shed (P4)
        "can_fight": (crisis.arms_loose >= crisis.weight)[place]
        & ((crisis.danger > 0.2) | (storm_group > 0.0)[place]),
        "curfew": curfew[place],
        "grievance": (1.0 - crisis.legitimacy) * left,
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
