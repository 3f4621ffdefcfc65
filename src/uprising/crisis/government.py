"""Government: the leader bans, concedes, represses, asks for help, or falls."""

from __future__ import annotations

import math
from typing import ClassVar

from uprising.actors import council as council_abroad
from uprising.actors import government as ruling
from uprising.actors import units as orders
from uprising.crisis.state import Crisis
from uprising.kernel.forces import presence
from uprising.schema import constant
from uprising.state import POLITICAL_POLICE
from uprising.wording import with_article

BAN_READINESS, LEGITIMACY_GAIN = constant("ban_readiness"), constant("legitimacy_gain")


class Government:
    """Meetings of the government, and the effects of what it does."""

    writes: ClassVar[tuple[str, ...]] = (
        "government", "units", "places.own_belief", "places.heard_outrage", "sites.attraction", "country.alarm",
        "country.council_alarm", "country.readiness_shift", "log.events",
    )

    def __init__(self, crisis: Crisis) -> None:
        self.crisis = crisis

    def __call__(self) -> None:
        """Meet, where it is time or there is a reason to."""
        crisis, state, setting = self.crisis, self.crisis.government, self.crisis.setting
        tick = crisis.now.tick
        hours = (tick - state.last_meeting) * setting.step_hours
        if not (hours >= ruling.MEETING_HOURS or (crisis.country.alarm and hours >= ruling.ALARM_HOURS)):
            return
        crisis.country.alarm = False
        acts = ruling.meet(
            state, situation(crisis), demands=setting.demands, leaders=setting.leaders,
            parameters=setting.parameters, step_hours=setting.step_hours, tick=tick,
        )
        for kind, quantity in acts:
            carry_out(crisis, kind, quantity)


def situation(crisis: Crisis) -> ruling.Situation:
    """Return what the government sees."""
    perceived, deployment, geography = crisis.perceived, crisis.deployment, crisis.setting.geography
    capital = crisis.setting.world.capital
    discontent = crisis.population.private_discontent(perceived.grievance, crisis.places.heard_outrage)
    return ruling.Situation(
        streets=float(perceived.share_out[capital]),
        people_out=float(perceived.town_out[capital]),
        strikes=perceived.national_strike,
        lost=1.0 - 0.5 * (crisis.country.national_control + float(crisis.towns.control[capital])),
        insurgents=float(perceived.town_insurgents.sum()),
        loyal_force=float(deployment.in_towns[capital, presence.LOYAL_ON_DUTY]),
        hegemon_inflow=deployment.inflow(crisis.units, crisis.council.promised_tick),
        hegemon_bargains=crisis.council.option == council_abroad.BARGAIN,
        belief=perceived.mean_belief,
        # summed exactly: a library's dot product depends on the processor in its last bits, and a digest must not
        discontent=math.fsum(discontent * geography.share_of_population),
        outrage=mean_outrage(crisis),
        is_called=bool(crisis.towns.expected[capital] > 0.0),
    )


def mean_outrage(crisis: Crisis) -> float:
    """Return the country's mean outrage at what people have heard of, relative to the most that is possible."""
    heard = math.fsum(crisis.places.heard_outrage * crisis.setting.geography.share_of_population)
    return min(1.0, heard / crisis.setting.parameters["outrage_most"])


def carry_out(crisis: Crisis, kind: str, quantity: float) -> None:
    """Let an act of the government work on belief, fear, legitimacy and the hegemon's council."""
    setting, state, country = crisis.setting, crisis.government, crisis.country
    world, parameters = setting.world, setting.parameters
    capital = world.group_ids[world.capital]
    leader = setting.leaders[state.leader]
    name = leader["name"]
    if kind == "ban":
        country.readiness_shift += BAN_READINESS
        crisis.say(kind, capital, name, quantity, "Demonstrations are banned")
    elif kind == "ban_lifted":
        country.readiness_shift -= parameters["restraint"] * crisis.perceived.readiness
        crisis.embolden()
        crisis.say(kind, capital, name, quantity, "The ban is lifted")
    elif kind == "refusal":
        crisis.insult()
        heard_at = setting.geography.is_voice & (setting.geography.site_town == world.capital)
        crisis.sites.attraction[heard_at] += parameters["refusal_draw"]
        crisis.say(kind, capital, name, quantity, f"{name} refuses the demands on the radio")
    elif kind == "concession":
        concede(crisis, int(quantity))
    elif kind == "leader_changed":
        country.council_alarm = True
        crisis.say(kind, capital, name, 0.0, f"{name} takes over the government")
    elif kind == "help_requested":
        country.council_alarm = True
        hegemon = with_article(setting.case.settings.case.hegemon)
        crisis.say(kind, capital, name, quantity, f"The government asks {hegemon} for help")
    elif kind == "repression":
        crisis.deployment.call_army(crisis.units, crisis.now.tick, 1.0 / setting.step_hours)
    elif kind == "truce":
        country.readiness_shift -= parameters["restraint"] * crisis.perceived.readiness
        crisis.say(kind, capital, name, quantity, "A cease-fire is announced")
    elif kind == "alliance_left":
        crisis.say(kind, capital, name, quantity, "The government leaves the alliance")
    elif kind == "appeal":
        crisis.say(kind, capital, name, quantity, "The government appeals to the outside world")


def concede(crisis: Crisis, index: int) -> None:
    """Let a granted demand (its place on the ladder, from 0) work on people, units and the hegemon's council."""
    setting, state, world = crisis.setting, crisis.government, crisis.setting.world
    capital, leader, rung = world.group_ids[world.capital], setting.leaders[state.leader], setting.demands[index]
    crisis.embolden()
    gained = LEGITIMACY_GAIN * float(leader["credibility"]) * float(rung["share_wanting"]) * state.worth[-1]
    state.legitimacy = min(1.0, state.legitimacy + gained)
    crisis.say("concession", capital, leader["name"], index + 1, f"Conceded: {rung['text']}")
    if rung["kind"] == "security_police":
        dissolved = (world.unit_side == POLITICAL_POLICE) & ~crisis.deployment.is_border_guard
        orders.dissolve(crisis.units, dissolved)
        crisis.say("unit_dissolved", capital, "political police", 0.0, "The political police is dissolved")
    if rung["kind"] in ("troops", "plurality", "alliance"):
        crisis.country.council_alarm = True
