"""Council: the hegemon's leaders meet, decide, and give orders; an assault begins when its force is ready."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from uprising import purposes
from uprising.actors import council as deciding
from uprising.actors import government as ruling
from uprising.actors import outside
from uprising.crisis.state import Crisis
from uprising.kernel.engine.draws import normal
from uprising.schema import constant
from uprising.state import HELD_BY_HEGEMON, SITE_KINDS
from uprising.wording import sentence, with_article

AWARE_CONTROL, MISHEARING = constant("aware_control"), constant("mishearing")
NEEDED_BASE, NEEDED_PER_DEMONSTRATOR = constant("needed_base"), constant("needed_per_demonstrator")
LONGEST_MEMORY_HOURS, KILLINGS_HALF = constant("longest_memory_hours"), constant("killings_half")
SECURITY_POLICE_SIGNAL, TROOPS_SIGNAL = constant("security_police_signal"), constant("troops_signal")
PARTY_DISTRUST, ALLIANCE_DISTRUST = constant("party_distrust"), constant("alliance_distrust")
ASSAULT_HOUR, ASSAULT_READINESS = constant("assault_hour"), constant("assault_readiness")
INSTALLED_LEGITIMACY = constant("installed_legitimacy")


class Council:
    """Sessions of the hegemon's council, and its orders."""

    writes: ClassVar[tuple[str, ...]] = (
        "council", "government", "units", "places.own_belief", "places.heard_outrage", "country.council_alarm",
        "country.readiness_shift", "log.events", "log.sessions",
    )

    def __init__(self, crisis: Crisis) -> None:
        self.crisis = crisis

    def __call__(self) -> None:
        """Advance an invasion, and meet where it is time or there is a reason to."""
        crisis, council, setting = self.crisis, self.crisis.council, self.crisis.setting
        parameters, tick = setting.parameters, self.crisis.now.tick
        advance_invasion(crisis)
        if len(setting.members) == 0:
            return
        hours = (tick - council.last_session) * setting.step_hours
        aware = crisis.government.asked_tick >= 0 or crisis.country.national_control < AWARE_CONTROL or council.sessions
        due = hours >= parameters["council_inertia_hours"] or (
            crisis.country.council_alarm and hours >= deciding.ALARM_HOURS
        )
        if not aware or not due:
            return
        crisis.country.council_alarm = False
        signals = signals_to_council(crisis)
        noise = np.array(
            [MISHEARING * normal(setting.seed, purposes.COUNCIL, k, tick) for k in range(len(setting.members))]
        )
        foreseen = crisis.perceived.foreseen
        felt = foreseen.strength[tick - crisis.perceived.foreseen_from]
        alarm = outside.total(setting.outside.hegemon_alarm, felt)
        insurgents = float(crisis.perceived.town_insurgents.sum())
        needed = (
            parameters["force_per_thousand_insurgents"] * insurgents / 1000.0
            + NEEDED_PER_DEMONSTRATOR * float(crisis.perceived.town_out.sum())
            + NEEDED_BASE
        )
        before = council.option
        option, mean = deciding.session(
            council, setting.members, signals, parameters, alarm=alarm, hours_since=min(hours, LONGEST_MEMORY_HOURS),
            force_at_hand=crisis.deployment.at_hand(crisis.units), force_needed=needed, tick=tick, noise=noise,
            rule=setting.case.settings.council.rule,
        )
        crisis.log.sessions.append((tick, council.positions.tolist()))
        capital, hegemon = setting.world.group_ids[setting.world.capital], setting.case.settings.case.hegemon
        leaning = f"{deciding.OPTIONS[option]} ({mean:.2f})"
        text = f"The council of {with_article(hegemon)} leans to {leaning}"
        crisis.say("council_session", capital, "council", mean, text)
        if option != before:
            order(crisis, before, option)


def remembered(crisis: Crisis, tick: int) -> float:
    """Return how fresh something that happened at `tick` still is: it halves in REMEMBERED_HOURS."""
    hours = (crisis.now.tick - tick) * crisis.setting.step_hours
    return float(0.5 ** (hours / deciding.REMEMBERED_HOURS))


def signals_to_council(crisis: Crisis) -> deciding.Signals:
    """Return what reaches the council."""
    setting, state, country = crisis.setting, crisis.government, crisis.country
    kinds = [setting.demands[rung]["kind"] for rung in state.conceded]
    leader = setting.leaders[state.leader]
    party = 1.0 if "plurality" in kinds else SECURITY_POLICE_SIGNAL * float("security_police" in kinds)
    alliance = 1.0 if "alliance" in kinds else TROOPS_SIGNAL * float("troops" in kinds)
    losses = country.hegemon_losses / (country.hegemon_losses + setting.parameters["losses_half_dead"])
    # whoever has just taken office has still to show that he can restore order
    in_office = (crisis.now.tick - state.leader_since) * setting.step_hours
    proven = 1.0 - 0.5 ** (in_office / setting.parameters["trust_hours"])
    weak = 1.0 if crisis.council.option == deciding.BARGAIN else losses
    return deciding.Signals(
        control=1.0 - 0.5 * (country.national_control + float(crisis.towns.control[setting.world.capital])),
        party=party,
        alliance=alliance,
        killings=country.killings / (country.killings + KILLINGS_HALF),
        prestige=(1.0 - country.attention) * weak,
        spread=country.spread,
        request=0.0 if state.is_truce or state.asked_tick < 0 else remembered(crisis, state.asked_tick),
        west=country.answer,
        cost=losses,
        trust=float(leader["hegemon_trust"])
        * float(leader["credibility"])
        * proven
        * (1.0 - PARTY_DISTRUST * party - ALLIANCE_DISTRUST * alliance),
    )


def order(crisis: Crisis, before: int, option: int) -> None:
    """Turn a decision into orders to units."""
    setting, council, deployment, units = crisis.setting, crisis.council, crisis.deployment, crisis.units
    parameters, tick = setting.parameters, crisis.now.tick
    per_hour = 1.0 / setting.step_hours
    capital, hegemon = setting.world.group_ids[setting.world.capital], setting.case.settings.case.hegemon
    if before == deciding.BARGAIN:
        text = f"{with_article(hegemon)} reverses its course: {deciding.OPTIONS[option]}"
        crisis.say("reversal", capital, hegemon, 0.0, sentence(text))
    if option == deciding.HELP:
        deployment.help(units, tick, per_hour, parameters["garrison_per_thousand"])
        crisis.say("orders", capital, hegemon, 0.0, sentence(f"{with_article(hegemon)} orders its garrison to help"))
    elif option == deciding.BARGAIN:
        council.promised_tick = tick
        deployment.withdraw(units, tick, per_hour, parameters["staff_hours"])
        crisis.embolden()
        text = f"{with_article(hegemon)} agrees to withdraw from the capital and to talk"
        crisis.say("bargain", capital, hegemon, 0.0, sentence(text))
    elif option == deciding.INVADE:
        crisis.say("orders", capital, hegemon, 0.0, sentence(f"{with_article(hegemon)} prepares a full invasion"))
        deployment.invade(units, tick, per_hour, parameters["staff_hours"], crisis.towns.control)


def advance_invasion(crisis: Crisis) -> None:
    """Begin the assault before dawn once most of the called force stands ready; then install a government."""
    council, setting, world, now = crisis.council, crisis.setting, crisis.setting.world, crisis.now
    if council.option != deciding.INVADE:
        return
    hegemon, capital = setting.case.settings.case.hegemon, world.group_ids[world.capital]
    if (
        council.assault_tick < 0
        and ASSAULT_HOUR <= now.hour_of_day < ASSAULT_HOUR + setting.step_hours
        and crisis.deployment.is_ready(crisis.units, setting.parameters["ready_share"])
    ):
        council.assault_tick = now.tick
        crisis.deployment.storm(crisis.units, now.tick)
        crisis.country.readiness_shift += ASSAULT_READINESS
        # the country hears of it as of any foreign tanks; who wakes under the guns is past that
        crisis.insult()
        crisis.places.heard_outrage[world.place_group == world.capital] = setting.parameters["outrage_most"]
        men = crisis.deployment.men_in_country(crisis.units)
        crisis.say("assault", capital, hegemon, men, sentence(f"{with_article(hegemon)}'s assault begins"))
    if council.assault_tick < 0 or crisis.government.is_installed:
        return
    houses = world.site_kind == SITE_KINDS.index("government_house")
    in_capital = setting.geography.site_town == world.capital
    held = houses & (crisis.sites.holder == HELD_BY_HEGEMON) & in_capital
    if held.any() or not houses.any():
        state = crisis.government
        state.fallen.append(state.leader)
        state.leader = ruling.hegemons_choice(state, setting.leaders)
        state.leader_since = now.tick
        state.is_installed = True
        state.is_truce = False
        state.legitimacy = float(setting.eve.legitimacy) * INSTALLED_LEGITIMACY
        name = setting.leaders[state.leader]["name"]
        crisis.say("government_installed", capital, name, 0.0, sentence(f"{with_article(hegemon)} installs {name}"))
