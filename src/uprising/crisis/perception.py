"""Signals (MODEL 6.1 and 6.3): what each place believes, fears and has heard of at the start of a step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from uprising import purposes
from uprising.actors import government as governing
from uprising.actors import outside
from uprising.kernel.engine.draws import normal
from uprising.kernel.perception import beliefs

if TYPE_CHECKING:
    from uprising.crisis.order import Crisis


def read_signals(crisis: Crisis) -> None:
    parameters, eve, dt = crisis.parameters, crisis.eve, crisis.step_hours
    hear_of_events(crisis)
    felt, now = crisis.foreseen, crisis.tick - crisis.foreseen_from
    crisis.felt = felt.strength[now]
    crisis.readiness_shift *= 0.5 ** (dt / 48.0)
    readiness = eve.readiness * (1.0 + felt.fear[now]) + crisis.readiness_shift
    crisis.readiness = min(1.5, max(0.02, readiness))
    crisis.legitimacy = min(1.0, max(0.0, crisis.government.legitimacy + felt.legitimacy[now]))
    outer_belief = eve.belief + felt.belief[now]
    if crisis.tick == 0 or crisis.hour_of_day < dt:
        crisis.mood = mood_of_the_day(crisis)

    crisis.siege.muster()
    crisis.mean_belief, crisis.national_strike, crisis.is_marching = beliefs.look(
        crisis.readiness, outer_belief, crisis.mood, *crisis.for_look
    )
    crisis.assembly.meet(crisis)
    left = governing.unmet(
        crisis.government, crisis.demands, crisis.leaders, crisis.mean_belief, parameters["appeasement"]
    )
    seen = crisis.seen
    seen["grievance"] = (1.0 - crisis.legitimacy) * left
    seen["anger"] = None if felt.losses is None else parameters["loss_aversion"] * left * felt.losses[now]
    seen["fading"] = 0.5 ** (crisis.hour / (24.0 * parameters["outrage_half_life_days"]))
    crisis.crowd.look_around()


def arguments(crisis: Crisis) -> tuple[Any, ...]:
    """What beliefs.look takes in every step: arrays are those of the crisis, which change in place."""
    world, parameters, crowd, dt = crisis.world, crisis.parameters, crisis.crowd, crisis.step_hours
    return (
        world.place_group, crowd.counters.place_role, crisis.weight, *crisis.worker_roles, crowd.fighters_home,
        crisis.siege.in_towns, crisis.assembly.expected, crisis.assembly.waiting,
        crisis.group_population, crisis.arms_loose, parameters["deterrence"], parameters["ambush_advantage"],
        parameters["cost_curfew"],
        crisis.closeness, math.exp(-dt / parameters["news_hours"]), crisis.news, crisis.share_of_population,
        crisis.danger, parameters["learning_per_hour"] * dt, parameters["despair_per_hour"] * dt,
        0.5 ** (dt / (24.0 * parameters["belief_half_life_days"])), crisis.own_belief,
        crisis.site_group, crisis.holder, crisis.site_arms, parameters["pull_town"],
        parameters["weight_belief"], parameters["cost_won"], crisis.control, crisis.march_size, crisis.mass_size,
        crisis.has_marched, crisis.mass_noticed, crisis.heard_outrage, *crisis.of_places, *crisis.of_towns,
    )  # fmt: skip


def hear_of_events(crisis: Crisis) -> None:
    """Dated events of this step are told; a day ahead, once, how all of them will be felt."""
    dt = crisis.step_hours
    if not 0 <= crisis.tick - crisis.foreseen_from < len(crisis.foreseen.strength):
        crisis.foreseen_from = crisis.tick - crisis.tick % crisis.steps_per_hour
        hours = dt * (crisis.foreseen_from + np.arange(round(24.0 / dt), dtype=np.float64))
        crisis.foreseen = outside.foresee(
            crisis.outside, crisis.powers, hours, crisis.steps_per_hour, crisis.parameters["news_hours"]
        )
    for e in crisis.events_at.get(crisis.tick, ()):
        row = crisis.event_rows[e]
        crisis.say("external", crisis.world.place_ids[0], row["power"] or "", 0.0, row["text"])
        crisis.council_alarm = crisis.council_alarm or float(row["hegemon_alarm"]) != 0.0


def mood_of_the_day(crisis: Crisis) -> Any:
    """[g] weather, rumours and what else makes a day: half of its variance is the country's, half the town's."""
    day, spread = int(crisis.hour // 24.0), crisis.parameters["mood_spread"] * math.sqrt(0.5)
    nation = normal(crisis.seed, purposes.MOOD, 0, day)
    return np.array(
        [
            spread * (nation + normal(crisis.seed, purposes.MOOD, g + 1, day))
            for g in range(len(crisis.control))
        ]
    )
