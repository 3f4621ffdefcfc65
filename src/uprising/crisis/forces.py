"""Units in a step (MODEL 6.6 and 6.10): columns march, loyalty changes, troops occupy, control of towns shifts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from uprising.actors import units as units_level
from uprising.actors.council import BARGAIN
from uprising.crisis.institutions import insult
from uprising.kernel.forces import presence
from uprising.kernel.forces import step as movement
from uprising.state import (
    DISSOLVED,
    HEGEMON,
    JOINED,
    NEUTRAL,
    UNIT_SIDES,
)
from uprising.wording import sentence, with_article

if TYPE_CHECKING:
    from uprising.crisis.order import Crisis

STIRRED = 0.003
"""share of a town in the streets from which soldiers anywhere ask themselves whom they serve"""


def move_units(crisis: Crisis) -> None:
    units, siege = crisis.units, crisis.siege
    n_changed, n_arrived, n_cleared, rises, governed = movement.move(
        crisis.tick, crisis.under_fire, *crisis.for_move
    )
    crisis.national_control = governed / crisis.population
    if n_changed:
        for u, node, place in crisis.changed[:, :n_changed].T.tolist():
            unit_changed(crisis, u, node, place)
    if n_arrived:
        for u in crisis.arrived[:n_arrived].tolist():
            unit_arrived(crisis, u)
    if n_cleared:
        for s in crisis.cleared[:n_cleared].tolist():
            tell_cleared(crisis, s)
    if rises:
        counties_rise(crisis)
    notice_withdrawal(crisis)
    if crisis.tick % int(3.0 / crisis.step_hours) == 0:
        siege.direct(units, crisis.crowd.fighters, crisis.holder, crisis.tick)


def arguments(crisis: Crisis) -> tuple[Any, ...]:
    """What kernel.forces.step takes in every step: arrays are those of the crisis, which change in place."""
    world, parameters, units, crowd = crisis.world, crisis.parameters, crisis.units, crisis.crowd
    dt = crisis.step_hours
    return (
        *crisis.siege.for_muster,
        dt, parameters["contact_per_hour"], parameters["cascade_per_hour"], parameters["march_km_per_hour"] * dt,
        parameters["outrage_most"], STIRRED, 1.0 - math.exp(-dt / 12.0),
        world.cohesion, world.affinity, len(UNIT_SIDES), units.loyalty, units.neutral_below, units.joins_below,
        world.unit_men, crisis.new_stance,
        world.road_km, world.predecessor, units.depart, units.destination, units.abroad_km, units.entered,
        world.place_group, world.population, world.place_county, crisis.group_population, crisis.county_population,
        crisis.heard_outrage, crisis.share_stopped, crisis.share_out, crisis.out_by_group, crisis.fighters_by_group,
        crowd.crowd, crowd.fighters, crisis.is_power, crisis.holder,
        crisis.control, crisis.has_risen, crisis.changed, crisis.arrived, crisis.cleared,
        crisis.governed, crisis.share_of_county,
    )  # fmt: skip


def unit_changed(crisis: Crisis, u: int, node: int, near: int) -> None:
    """A unit at a node, in or near a place, has taken another stance."""
    world, units = crisis.world, crisis.units
    name, new = world.unit_names[u], units.stance[u]
    place = world.node_ids[node] if node >= 0 else ""
    men = float(units.men[u])
    if new == JOINED:
        group = int(world.place_group[near])
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
        text = _of_the_hegemon(crisis, f"troops enter {world.group_names[world.capital]}")
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


def _of_the_hegemon(crisis: Crisis, what: str) -> str:
    return sentence(f"{with_article(crisis.case.settings.case.hegemon)}'s {what}")


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
            _of_the_hegemon(crisis, f"troops have left {world.group_names[world.capital]}"),
        )


def tell_cleared(crisis: Crisis, s: int) -> None:
    """Troops have taken over a site that insurgents held."""
    men = crisis.siege.present[s, presence.TROOPS]
    crisis.say(
        "site_cleared", crisis.world.site_ids[s], "hegemon", men, f"{crisis.world.site_names[s]} is cleared"
    )


def counties_rise(crisis: Crisis) -> None:
    """Counties are out of the government's hands."""
    world = crisis.world
    for c in np.flatnonzero(crisis.share_of_county < 0.5):
        key = world.county_ids[c]
        crisis.has_risen[c] = True
        crisis.say_once(f"rises {key}", "county_rises", key, "councils", 1.0 - crisis.share_of_county[c],
                       f"{world.county_names[c]} is out of the government's hands")  # fmt: skip
