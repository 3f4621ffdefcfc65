"""Perception: events and news reach people; belief, fear, outrage and the pull of the streets in each place."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from uprising import purposes
from uprising.actors import government as ruling
from uprising.actors import outside
from uprising.crisis.assembly import Assembly
from uprising.crisis.setting import WORKER_ROLES
from uprising.crisis.state import Crisis
from uprising.kernel.engine.bind import bind
from uprising.kernel.engine.draws import normal
from uprising.kernel.perception import beliefs
from uprising.schema import constant

READINESS_HALF_LIFE_HOURS = constant("readiness_half_life_hours")
READINESS_LEAST, READINESS_MOST = constant("readiness_least"), constant("readiness_most")


class Perception:
    """What each place believes, fears and has heard of at the start of a step."""

    writes: ClassVar[tuple[str, ...]] = (
        "perceived", "places.news", "places.own_belief", "towns.mood", "towns.called", "towns.expected",
        "towns.waiting", "country.readiness_shift", "country.alarm", "country.council_alarm", "log.events",
    )

    def __init__(self, crisis: Crisis) -> None:
        self.crisis = crisis
        self.assembly = Assembly(crisis)
        setting, geography = crisis.setting, crisis.setting.geography
        places, towns, sites, perceived = crisis.places, crisis.towns, crisis.sites, crisis.perceived
        world, parameters, dt = setting.world, setting.parameters, setting.step_hours
        g = len(world.group_ids)
        stopped, workers, share_seen, share_expected, risk, risk_fight, beaten, curfew, arms = np.zeros((9, g))
        self._look = bind(
            beliefs.look, "readiness", "outer_belief",
            mood=towns.mood, place_group=world.place_group, place_role=crisis.population.counters.place_role,
            weight=setting.weight, first_worker=WORKER_ROLES[0], second_worker=WORKER_ROLES[1],
            fighters_home=places.insurgents_home, in_towns=crisis.deployment.in_towns,
            expected=towns.expected, waiting=towns.waiting, group_population=geography.town_population,
            arms_loose=towns.arms_loose, deterrence=parameters["deterrence"],
            ambush_advantage=parameters["ambush_advantage"], cost_curfew=parameters["cost_curfew"],
            closeness=geography.closeness, news_fade=math.exp(-dt / parameters["news_hours"]), news=places.news,
            share_of_population=geography.share_of_population, danger=places.danger,
            learning=parameters["learning_per_hour"] * dt, despair=parameters["despair_per_hour"] * dt,
            belief_fade=0.5 ** (dt / (24.0 * parameters["belief_half_life_days"])), own_belief=places.own_belief,
            site_group=geography.site_town, holder=sites.holder, site_arms=sites.arms,
            pull_town=parameters["pull_town"], weight_belief=parameters["weight_belief"],
            cost_won=parameters["cost_won"], control=towns.control, march_size=geography.march_size,
            mass_size=geography.mass_size, has_marched=towns.has_marched, is_mass=towns.mass_noticed,
            heard_outrage=places.heard_outrage,
            out_by_place=perceived.out, stopped=perceived.stopped, workers=perceived.workers,
            belief=perceived.belief, pull=perceived.pull, strike_pull=perceived.strike_pull,
            seen_belief=perceived.felt_belief, seen_outrage=perceived.outrage, risk_out=perceived.risk_out,
            risk_strike=perceived.risk_strike, fight_risk=perceived.risk_fight, seen_curfew=perceived.curfew,
            can_fight=perceived.can_fight,
            out_by_group=perceived.town_out, fighters_by_group=perceived.town_insurgents,
            share_out=perceived.share_out, share_stopped=perceived.share_stopped,
            stopped_by_group=stopped, workers_by_group=workers, share_seen=share_seen,
            share_expected=share_expected, risk=risk, risk_fight=risk_fight, beaten=beaten, curfew=curfew, arms=arms,
        )

    def __call__(self) -> None:
        """Work out what people weigh in this step."""
        crisis, perceived, now = self.crisis, self.crisis.perceived, self.crisis.now
        setting, country = crisis.setting, crisis.country
        parameters, eve, dt = setting.parameters, setting.eve, setting.step_hours
        self._hear_of_events()
        felt, t = perceived.foreseen, now.tick - perceived.foreseen_from
        country.readiness_shift *= 0.5 ** (dt / READINESS_HALF_LIFE_HOURS)
        readiness = eve.readiness * (1.0 + felt.fear[t]) + country.readiness_shift
        perceived.readiness = min(READINESS_MOST, max(READINESS_LEAST, readiness))
        perceived.legitimacy = min(1.0, max(0.0, crisis.government.legitimacy + felt.legitimacy[t]))
        if now.tick == 0 or now.hour_of_day < dt:
            crisis.towns.mood[:] = mood_of_the_day(crisis)
        crisis.deployment.muster()
        perceived.mean_belief, perceived.national_strike, perceived.is_marching = self._look(
            readiness=perceived.readiness, outer_belief=eve.belief + felt.belief[t]
        )
        self.assembly.meet()
        left = ruling.unmet(
            crisis.government, setting.demands, setting.leaders, perceived.mean_belief, parameters["appeasement"]
        )
        perceived.grievance = (1.0 - perceived.legitimacy) * left
        losses = felt.losses
        perceived.anger = None if losses is None else parameters["loss_aversion"] * left * losses[t]
        perceived.fading = 0.5 ** (now.hour / (24.0 * parameters["outrage_half_life_days"]))
        crisis.influence.look_around()

    def _hear_of_events(self) -> None:
        """Note dated events of this step; foresee, a day ahead, how all of them will be felt."""
        crisis, setting, perceived = self.crisis, self.crisis.setting, self.crisis.perceived
        dt, tick = setting.step_hours, crisis.now.tick
        if not 0 <= tick - perceived.foreseen_from < len(perceived.foreseen.strength):
            perceived.foreseen_from = tick - tick % setting.steps_per_hour
            hours = dt * (perceived.foreseen_from + np.arange(round(24.0 / dt), dtype=np.float64))
            perceived.foreseen = outside.foresee(
                setting.outside, setting.powers, hours, setting.steps_per_hour, setting.parameters["news_hours"]
            )
        for e in setting.events_at.get(tick, ()):
            row = setting.event_rows[e]
            crisis.say("external", setting.world.place_ids[0], row["power"] or "", 0.0, row["text"])
            if float(row["hegemon_alarm"]) != 0.0:
                crisis.country.council_alarm = True


def mood_of_the_day(crisis: Crisis) -> NDArray[np.float64]:
    """Draw [g] weather, rumours and what else makes a day: half of its variance is the country's, half the town's."""
    setting = crisis.setting
    day, spread = int(crisis.now.hour // 24.0), setting.parameters["mood_spread"] * math.sqrt(0.5)
    nation = normal(setting.seed, purposes.MOOD, 0, day)
    return np.array(
        [
            spread * (nation + normal(setting.seed, purposes.MOOD, g + 1, day))
            for g in range(len(crisis.towns.control))
        ]
    )
