"""Units in a step (MODEL 6.6 and 6.10): columns march, loyalty changes, troops occupy, control of towns shifts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from uprising.clocks.institutions import insult
from uprising.kernel import muster
from uprising.kernel.control import shift_control
from uprising.levels import units as units_level
from uprising.levels.hegemon import BARGAIN
from uprising.state import (
    DISSOLVED,
    HEGEMON,
    HELD_BY_HEGEMON,
    HELD_BY_INSURGENTS,
    JOINED,
    NEUTRAL,
)

if TYPE_CHECKING:
    from uprising.clocks.crisis import Crisis


def move_units(crisis: Crisis) -> None:
    world, parameters, units = crisis.world, crisis.parameters, crisis.units
    crowd = crisis.crowd.crowd + crisis.crowd.fighters
    outrage = crisis.heard_outrage / parameters["outrage_most"]
    place = crisis.siege.look(units)
    feeling = np.maximum(outrage, crisis.share_stopped[world.place_group])[place] * (
        crisis.share_out.max() > 0.003
    )
    changes = units_level.change_loyalty(
        units, world, crowd, feeling, parameters["contact_per_hour"], parameters["cascade_per_hour"],
        crisis.step_hours, crisis.under_fire,
    )  # fmt: skip
    for u, old, new in changes:
        unit_changed(crisis, u, old, new)
    for u in units_level.march(
        units, world, crisis.tick, parameters["march_km_per_hour"] * crisis.step_hours
    ):
        unit_arrived(crisis, u)
    notice_withdrawal(crisis)
    crisis.siege.muster(units)
    occupy(crisis)
    if crisis.tick % int(3.0 / crisis.step_hours) == 0:
        crisis.siege.direct(units, crisis.crowd.fighters, crisis.holder, crisis.tick)
    update_control(crisis)


def unit_changed(crisis: Crisis, u: int, old: int, new: int) -> None:
    world, units = crisis.world, crisis.units
    name, site = world.unit_names[u], int(units.node[u])
    place = world.node_ids[site] if site >= 0 else ""
    men = float(units.men[u])
    group = int(world.place_group[crisis.siege.look(units)[u]])
    if new == JOINED:
        crisis.arms_loose[group] += crisis.parameters["usable_arms"] * men
        crisis.own_belief[world.place_group == group] += crisis.parameters["embolden"]
        crisis.say("unit_joined", place, world.unit_ids[u], men, f"{name} goes over to the insurgents")
    elif new == NEUTRAL and world.unit_side[u] == HEGEMON:
        crisis.say("fraternisation", place, world.unit_ids[u], men, f"Men of {name} fraternise")
    elif new == NEUTRAL:
        crisis.say("unit_neutral", place, world.unit_ids[u], men, f"{name} stands aside")
    elif new == DISSOLVED:
        crisis.say("unit_dissolved", place, world.unit_ids[u], men, f"{name} breaks up")


def unit_arrived(crisis: Crisis, u: int) -> None:
    world, units = crisis.world, crisis.units
    if world.unit_side[u] != HEGEMON:
        return
    group = int(world.place_group[crisis.siege.look(units)[u]])
    capital = world.group_ids[world.capital]
    if units.order[u] == units_level.FIGHT and group == world.capital:
        text = f"{crisis.case.settings.case.hegemon}'s troops enter {world.group_names[world.capital]}"
        if crisis.say_once("intervention", "intervention", capital, "hegemon", float(units.men[u]), text):
            crisis.alarm = True
            crisis.readiness_shift += 0.2
            insult(crisis)  # foreign tanks in the streets enrage as a refusal does (P8)
    if units.order[u] == units_level.SEAL:
        crisis.say_once("sealed", "border_sealed", world.node_ids[int(units.node[u])], "hegemon", float(units.men[u]),
                       "The border is sealed")  # fmt: skip
    if units.order[u] == units_level.RING:
        crisis.say_once(
            "ringed",
            "capital_ringed",
            capital,
            "hegemon",
            float(units.men[u]),
            "The capital is being ringed",
        )


def notice_withdrawal(crisis: Crisis) -> None:
    """The hegemon's troops have left the capital that they had entered."""
    if crisis.council.option != BARGAIN or "intervention" not in crisis.seen_once:
        return
    if "withdrawal" not in crisis.seen_once and crisis.siege.has_withdrawn(crisis.units):
        world = crisis.world
        crisis.say_once(
            "withdrawal",
            "withdrawal",
            world.group_ids[world.capital],
            "hegemon",
            0.0,
            f"{crisis.case.settings.case.hegemon}'s troops have left {world.group_names[world.capital]}",
        )


def occupy(crisis: Crisis) -> None:
    """Troops without opponents take over sites; insurgents hold what they took until then."""
    acting = crisis.siege.at_sites(muster.ACTING) > 0.0
    if not acting.any():
        return
    troops = crisis.siege.at_sites(muster.TROOPS)
    weak = crisis.crowd.fighters < troops / 20.0
    taken = (troops >= 50.0) & weak & (crisis.holder != HELD_BY_HEGEMON) & acting
    for s in np.flatnonzero(taken):
        if crisis.holder[s] == HELD_BY_INSURGENTS:
            crisis.say("site_cleared", crisis.world.site_ids[s], "hegemon", troops[s],
                      f"{crisis.world.site_names[s]} is cleared")  # fmt: skip
        crisis.holder[s] = HELD_BY_HEGEMON


def update_control(crisis: Crisis) -> None:
    """Control of each town moves toward loyal force against streets, strikes and insurgents, in half a day."""
    world = crisis.world
    pace = 1.0 - np.exp(-crisis.step_hours / 12.0)
    shift_control(
        pace, crisis.site_group, crisis.siege.present, crisis.is_power & (crisis.holder == HELD_BY_INSURGENTS),
        crisis.group_population, crisis.out_by_group, crisis.fighters_by_group, crisis.share_stopped, crisis.control,
    )  # fmt: skip
    by_place = crisis.control[world.place_group] * world.population
    crisis.national_control = float(by_place.sum() / crisis.population)
    by_county = np.bincount(world.place_county, weights=by_place) / crisis.county_population
    for c in np.flatnonzero(by_county < 0.5):
        key = world.county_ids[c]
        if f"rises {key}" not in crisis.seen_once:
            crisis.say_once(f"rises {key}", "county_rises", key, "councils", 1.0 - by_county[c],
                           f"{world.county_names[c]} is out of the government's hands")  # fmt: skip
