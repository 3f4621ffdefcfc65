"""Those in power in a step (MODEL 6.7 to 6.11): government, hegemon, outside world, and who leaves the country."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from uprising import purposes
from uprising.actors import council as council_level
from uprising.actors import government as governing
from uprising.actors import outside
from uprising.actors import units as units_level
from uprising.kernel.engine.draws import normal
from uprising.kernel.forces import presence
from uprising.state import (
    HELD_BY_HEGEMON,
    POLITICAL_POLICE,
    SITE_KINDS,
)
from uprising.wording import sentence, with_article

if TYPE_CHECKING:
    from uprising.crisis.order import Crisis


def govern(crisis: Crisis) -> None:
    state = crisis.government
    hours = (crisis.tick - state.last_meeting) * crisis.step_hours
    if not (hours >= governing.MEETING_HOURS or (crisis.alarm and hours >= governing.ALARM_HOURS)):
        return
    crisis.alarm = False
    world = crisis.world
    capital = world.capital
    seen = governing.Situation(
        streets=float(crisis.share_out[capital]),
        people_out=float(crisis.out_by_group[capital]),
        strikes=crisis.national_strike,
        lost=1.0 - 0.5 * (crisis.national_control + float(crisis.control[capital])),
        insurgents=float(crisis.fighters_by_group.sum()),
        loyal_force=float(crisis.siege.in_towns[capital, presence.LOYAL_ON_DUTY]),
        hegemon_inflow=crisis.siege.inflow(crisis.units, crisis.council.promised_tick),
        hegemon_fights=crisis.council.option == council_level.HELP,
        hegemon_bargains=crisis.council.option == council_level.BARGAIN,
        belief=crisis.mean_belief,
        # summed exactly: a library's dot product depends on the processor in its last bits, and a digest must not
        discontent=math.fsum(
            crisis.crowd.private_discontent(crisis.seen["grievance"], crisis.heard_outrage) * crisis.share_of_population
        ),
        outrage=mean_outrage(crisis),
        is_called=bool(crisis.assembly.expected[capital] > 0.0),
    )
    acts = governing.meet(
        state, seen, crisis.demands, crisis.leaders, crisis.parameters, crisis.step_hours, crisis.tick,
    )  # fmt: skip
    for kind, quantity in acts:
        carry_out(crisis, kind, quantity)


def mean_outrage(crisis: Crisis) -> float:
    """The country's mean outrage at what people have heard of, relative to the most that is possible."""
    heard = math.fsum(crisis.heard_outrage * crisis.share_of_population)
    return min(1.0, heard / crisis.parameters["outrage_most"])


def carry_out(crisis: Crisis, kind: str, quantity: float) -> None:
    """Effects of the government's acts on belief, fear, legitimacy and the hegemon's council."""
    world, parameters, state = crisis.world, crisis.parameters, crisis.government
    capital = world.group_ids[world.capital]
    leader = crisis.leaders[state.leader]
    name = leader["name"]
    if kind == "ban":
        crisis.readiness_shift += 0.2
        crisis.say(kind, capital, name, quantity, "Demonstrations are banned")
    elif kind == "ban_lifted":
        crisis.readiness_shift -= parameters["restraint"] * crisis.readiness
        crisis.own_belief += parameters["embolden"]
        crisis.say(kind, capital, name, quantity, "The ban is lifted")
    elif kind == "refusal":
        insult(crisis)
        crisis.attraction[crisis.is_voice & (crisis.site_group == world.capital)] += parameters[
            "refusal_draw"
        ]
        crisis.say(kind, capital, name, quantity, f"{name} refuses the demands on the radio")
    elif kind == "concession":
        rung = crisis.demands[int(quantity)]
        crisis.own_belief += parameters["embolden"]
        gained = 0.03 * float(leader["credibility"]) * float(rung["share_wanting"]) * state.worth[-1]
        state.legitimacy = min(1.0, state.legitimacy + gained)
        crisis.say(kind, capital, name, quantity + 1, f"Conceded: {rung['text']}")
        if rung["kind"] == "security_police":
            units_level.dissolve(
                crisis.units, (world.unit_side == POLITICAL_POLICE) & ~crisis.siege.is_border_guard
            )
            crisis.say(
                "unit_dissolved", capital, "political police", 0.0, "The political police is dissolved"
            )
        if rung["kind"] in ("troops", "plurality", "alliance"):
            crisis.council_alarm = True
    elif kind == "leader_changed":
        crisis.council_alarm = True
        crisis.say(kind, capital, name, 0.0, f"{name} takes over the government")
    elif kind == "help_requested":
        crisis.council_alarm = True
        crisis.say(
            kind,
            capital,
            name,
            quantity,
            f"The government asks {with_article(crisis.case.settings.case.hegemon)} for help",
        )
    elif kind == "repression":
        crisis.siege.call_army(crisis.units, crisis.tick, 1.0 / crisis.step_hours)
    elif kind == "truce":
        crisis.readiness_shift -= parameters["restraint"] * crisis.readiness
        crisis.say(kind, capital, name, quantity, "A cease-fire is announced")
    elif kind == "alliance_left":
        crisis.say(kind, capital, name, quantity, "The government leaves the alliance")
    elif kind == "appeal":
        crisis.say(kind, capital, name, quantity, "The government appeals to the outside world")


def insult(crisis: Crisis) -> None:
    """The whole country hears something that enrages it."""
    most = crisis.parameters["outrage_most"]
    crisis.heard_outrage += min(crisis.parameters["insult_outrage"], most) * (
        1.0 - crisis.heard_outrage / most
    )


def remembered(crisis: Crisis, tick: int) -> float:
    """How fresh something that happened then still is for the council: halves in REMEMBERED_HOURS."""
    return float(0.5 ** ((crisis.tick - tick) * crisis.step_hours / council_level.REMEMBERED_HOURS))


def signals_to_council(crisis: Crisis) -> council_level.Signals:
    world, state = crisis.world, crisis.government
    kinds = [crisis.demands[rung]["kind"] for rung in state.conceded]
    leader = crisis.leaders[state.leader]
    party = 1.0 if "plurality" in kinds else 0.3 * float("security_police" in kinds)
    alliance = 1.0 if "alliance" in kinds else 0.4 * float("troops" in kinds)
    losses = crisis.hegemon_losses / (crisis.hegemon_losses + crisis.parameters["losses_half_dead"])
    # whoever has just taken office has still to show that he can restore order
    in_office = (crisis.tick - state.leader_since) * crisis.step_hours
    proven = 1.0 - 0.5 ** (in_office / crisis.parameters["trust_hours"])
    weak = 1.0 if crisis.council.option == council_level.BARGAIN else losses
    return council_level.Signals(
        control=1.0 - 0.5 * (crisis.national_control + float(crisis.control[world.capital])),
        party=party,
        alliance=alliance,
        killings=crisis.killings / (crisis.killings + 50.0),
        prestige=(1.0 - crisis.attention) * weak,
        spread=crisis.spread,
        request=0.0 if state.is_truce or state.asked_tick < 0 else remembered(crisis, state.asked_tick),
        west=crisis.answer,
        cost=losses,
        trust=float(leader["hegemon_trust"])
        * float(leader["credibility"])
        * proven
        * (1.0 - 0.5 * party - 0.5 * alliance),
    )


def convene_council(crisis: Crisis) -> None:
    council, parameters, world = crisis.council, crisis.parameters, crisis.world
    advance_invasion(crisis)
    if len(crisis.members) == 0:
        return
    hours = (crisis.tick - council.last_session) * crisis.step_hours
    aware = crisis.government.asked_tick >= 0 or crisis.national_control < 0.9 or council.sessions
    due = hours >= parameters["council_inertia_hours"] or (
        crisis.council_alarm and hours >= council_level.ALARM_HOURS
    )
    if not aware or not due:
        return
    crisis.council_alarm = False
    signals = signals_to_council(crisis)
    noise = np.array(
        [0.04 * normal(crisis.seed, purposes.COUNCIL, k, crisis.tick) for k in range(len(crisis.members))]
    )
    alarm = outside.total(crisis.outside.hegemon_alarm, crisis.felt)
    insurgents = float(crisis.fighters_by_group.sum())
    needed = (
        parameters["force_per_thousand_insurgents"] * insurgents / 1000.0
        + 0.02 * float(crisis.out_by_group.sum())
        + 2000.0
    )
    before = council.option
    option, mean = council_level.session(
        council, crisis.members, signals, parameters, alarm, min(hours, 48.0), crisis.siege.at_hand(crisis.units),
        needed, crisis.tick, noise, crisis.case.settings.council.rule,
    )  # fmt: skip
    crisis.sessions.append((crisis.tick, council.positions.copy()))
    capital, hegemon = world.group_ids[world.capital], crisis.case.settings.case.hegemon
    leaning = f"{council_level.OPTIONS[option]} ({mean:.2f})"
    crisis.say(
        "council_session", capital, "council", mean, f"The council of {with_article(hegemon)} leans to {leaning}"
    )
    if option != before:
        order(crisis, before, option)


def order(crisis: Crisis, before: int, option: int) -> None:
    """A decision becomes orders to units."""
    world, council, parameters = crisis.world, crisis.council, crisis.parameters
    per_hour = 1.0 / crisis.step_hours
    capital, hegemon = world.group_ids[world.capital], crisis.case.settings.case.hegemon
    if before == council_level.BARGAIN:
        crisis.say(
            "reversal",
            capital,
            hegemon,
            0.0,
            sentence(f"{with_article(hegemon)} reverses its course: {council_level.OPTIONS[option]}"),
        )
    if option == council_level.HELP:
        crisis.siege.help(crisis.units, crisis.tick, per_hour, parameters["garrison_per_thousand"])
        crisis.say("orders", capital, hegemon, 0.0, sentence(f"{with_article(hegemon)} orders its garrison to help"))
    elif option == council_level.BARGAIN:
        council.promised_tick = crisis.tick
        crisis.siege.withdraw(crisis.units, crisis.tick, per_hour, parameters["staff_hours"])
        crisis.own_belief += parameters["embolden"]
        crisis.say(
            "bargain",
            capital,
            hegemon,
            0.0,
            sentence(f"{with_article(hegemon)} agrees to withdraw from the capital and to talk"),
        )
    elif option == council_level.INVADE:
        crisis.say("orders", capital, hegemon, 0.0, sentence(f"{with_article(hegemon)} prepares a full invasion"))
        crisis.siege.invade(crisis.units, crisis.tick, per_hour, parameters["staff_hours"], crisis.control)


def advance_invasion(crisis: Crisis) -> None:
    """When most of the called force stands ready the assault begins before the next dawn."""
    council, world = crisis.council, crisis.world
    if council.option != council_level.INVADE:
        return
    hegemon = crisis.case.settings.case.hegemon
    capital = world.group_ids[world.capital]
    if (
        council.assault_tick < 0
        and 4.0 <= crisis.hour_of_day < 4.0 + crisis.step_hours
        and crisis.siege.is_ready(crisis.units, crisis.parameters["ready_share"])
    ):
        council.assault_tick = crisis.tick
        crisis.siege.storm(crisis.units, crisis.tick)
        crisis.readiness_shift += 0.5
        # the country hears of it as of any foreign tanks; who wakes under the guns is past that
        insult(crisis)
        crisis.heard_outrage[world.place_group == world.capital] = crisis.parameters["outrage_most"]
        crisis.say(
            "assault",
            capital,
            hegemon,
            crisis.siege.men_in_country(crisis.units),
            sentence(f"{with_article(hegemon)}'s assault begins"),
        )
    if council.assault_tick < 0 or crisis.government.is_installed:
        return
    houses = world.site_kind == SITE_KINDS.index("government_house")
    held = houses & (crisis.holder == HELD_BY_HEGEMON) & (crisis.site_group == world.capital)
    if held.any() or not houses.any():
        state = crisis.government
        state.fallen.append(state.leader)
        state.leader = governing.hegemons_choice(state, crisis.leaders)
        state.leader_since = crisis.tick
        state.is_installed = True
        state.is_truce = False
        state.legitimacy = float(crisis.eve.legitimacy) * 0.7
        name = crisis.leaders[state.leader]["name"]
        crisis.say("government_installed", capital, name, 0.0, sentence(f"{with_article(hegemon)} installs {name}"))


def watch_the_world(crisis: Crisis) -> None:
    if crisis.tick % crisis.steps_per_hour:  # the world reads the news once an hour
        return
    hour = (crisis.tick - crisis.foreseen_from) // crisis.steps_per_hour
    crisis.attention, crisis.answer = crisis.foreseen.answers[hour]
    success = 0.0 if crisis.council.assault_tick >= 0 else 1.0 - crisis.national_control
    hazards = outside.spread_to_neighbours(crisis.neighbours, success)
    crisis.spread = min(1.0, 3.0 * max(hazards, default=0.0))
    if crisis.spread > 0.4:
        name = crisis.neighbours[hazards.index(max(hazards))]["name"]
        crisis.say_once(
            "neighbour", "neighbour_protest", "", name, crisis.spread, f"Unrest spreads to {name}"
        )


def let_flee(crisis: Crisis) -> None:
    world, parameters = crisis.world, crisis.parameters
    steps_per_day = int(24.0 / crisis.step_hours)
    phase = crisis.tick % steps_per_day
    # each stripe decides once a day, in the evening hours
    stripe = phase - int(18.0 / crisis.step_hours)
    if not 0 <= stripe < 4:
        return
    crossings = crisis.siege.crossing_sites
    if len(crossings) == 0:
        return
    passable = crisis.siege.openness(crisis.units)
    if not passable.max() > 0.0:
        return
    if passable.max() > 0.3:
        best = int(crossings[int(np.argmax(passable))])
        crisis.say_once("open border", "border_opened", world.site_ids[best], "border guard", float(passable.max()),
                       f"The border can be crossed at {world.site_names[best]}")  # fmt: skip
    reach = (passable[None, :] * crisis.near_crossings).max(axis=1)
    fear = np.maximum(crisis.seen["risk_out"], 0.3)
    lost_hope = 1.0 - crisis.belief
    hazard = parameters["flight_per_day"] * reach * fear * lost_hope
    day = crisis.tick // steps_per_day
    crisis.crowd.flee(crisis.tick, day, stripe, hazard)


# ---- what the step shows ------------------------------------------------------------------------
