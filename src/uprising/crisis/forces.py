"""Forces: columns march, loyalty changes, troops occupy sites, control of towns shifts, the staff directs."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from uprising.actors import units as orders
from uprising.actors.council import BARGAIN
from uprising.crisis.state import Crisis
from uprising.kernel.engine.bind import bind
from uprising.kernel.forces import presence
from uprising.kernel.forces.step import move
from uprising.schema import constant
from uprising.state import DISSOLVED, HEGEMON, JOINED, NEUTRAL, UNIT_SIDES
from uprising.wording import sentence, with_article

STIRRED, CONTROL_HOURS, DIRECT_HOURS = constant("stirred"), constant("control_hours"), constant("direct_hours")
INTERVENTION_READINESS, COUNTY_RISES = constant("intervention_readiness"), constant("county_rises")


class Forces:
    """A step of all units, and what of it is reported."""

    writes: ClassVar[tuple[str, ...]] = (
        "units", "sites.holder", "towns.control", "towns.arms_loose", "places.own_belief", "places.heard_outrage",
        "country.national_control", "country.county_has_risen", "country.readiness_shift", "country.alarm",
        "country.seen_once", "log.events",
    )

    def __init__(self, crisis: Crisis) -> None:
        self.crisis = crisis
        setting, geography, units = crisis.setting, crisis.setting.geography, crisis.units
        world, parameters, perceived, dt = setting.world, setting.parameters, crisis.perceived, setting.step_hours
        n_units, n_counties = len(units.stance), len(world.county_ids)
        self.changed = np.zeros((3, n_units), np.int64)
        self.arrived, self.cleared = np.zeros(n_units, np.int64), np.zeros(world.n_sites, np.int64)
        self.share_of_county = np.zeros(n_counties)
        self._move = bind(
            move, "tick", "came_under_fire", among=crisis.deployment.as_arguments(),
            step_hours=dt, contact_per_hour=parameters["contact_per_hour"],
            cascade_per_hour=parameters["cascade_per_hour"], km_per_step=parameters["march_km_per_hour"] * dt,
            outrage_most=parameters["outrage_most"], stirred=STIRRED, pace=1.0 - math.exp(-dt / CONTROL_HOURS),
            cohesion=world.cohesion, affinity=world.affinity, n_sides=len(UNIT_SIDES), loyalty=units.loyalty,
            neutral_below=units.neutral_below, joins_below=units.joins_below, first_men=world.unit_men,
            new_stance=np.zeros_like(units.stance), road_km=world.road_km, predecessor=world.predecessor,
            depart=units.depart, destination=units.destination, abroad_km=units.abroad_km, entered=units.entered,
            place_group=world.place_group, population=world.population, place_county=world.place_county,
            group_population=geography.town_population, county_population=geography.county_population,
            outrage=crisis.places.heard_outrage, share_stopped=perceived.share_stopped,
            share_out=perceived.share_out, out_by_group=perceived.town_out,
            fighters_by_group=perceived.town_insurgents, unarmed=crisis.sites.unarmed, armed=crisis.sites.insurgents,
            is_power=geography.is_power, holder=crisis.sites.holder, control=crisis.towns.control,
            has_risen=crisis.country.county_has_risen, changed=self.changed, arrived=self.arrived,
            cleared=self.cleared, governed=np.zeros(world.n_places), share_of_county=self.share_of_county,
        )

    def __call__(self) -> None:
        """Move all units by a step and report what emerged."""
        crisis, setting, tick = self.crisis, self.crisis.setting, self.crisis.now.tick
        n_changed, n_arrived, n_cleared, rises, governed = self._move(
            tick=tick, came_under_fire=crisis.incidents.under_fire
        )
        crisis.country.national_control = governed / setting.geography.population
        for u, node, place in self.changed[:, :n_changed].T.tolist():
            unit_changed(crisis, u, node, place)
        for u in self.arrived[:n_arrived].tolist():
            unit_arrived(crisis, u)
        for s in self.cleared[:n_cleared].tolist():
            report_cleared(crisis, s)
        if rises:
            self._let_counties_rise()
        notice_withdrawal(crisis)
        if tick % int(DIRECT_HOURS / setting.step_hours) == 0:
            crisis.deployment.direct(crisis.units, crisis.sites.insurgents, crisis.sites.holder, tick)

    def _let_counties_rise(self) -> None:
        """Report counties that are out of the government's hands."""
        crisis, world = self.crisis, self.crisis.setting.world
        for c in np.flatnonzero(self.share_of_county < COUNTY_RISES):
            key = world.county_ids[c]
            crisis.country.county_has_risen[c] = True
            crisis.say_once(f"rises {key}", "county_rises", key, "councils", 1.0 - self.share_of_county[c],
                            f"{world.county_names[c]} is out of the government's hands")


def unit_changed(crisis: Crisis, u: int, node: int, near: int) -> None:
    """Draw what follows when a unit at a node, in or near a place, has taken another stance."""
    world, units = crisis.setting.world, crisis.units
    name, new = world.unit_names[u], units.stance[u]
    place = world.node_ids[node] if node >= 0 else ""
    men = float(units.men[u])
    if new == JOINED:
        town = int(world.place_group[near])
        crisis.towns.arms_loose[town] += crisis.setting.parameters["usable_arms"] * men
        crisis.embolden(town)
        crisis.say("unit_joined", place, world.unit_ids[u], men, f"{name} goes over to the insurgents")
    elif new == NEUTRAL and world.unit_side[u] == HEGEMON:
        crisis.say("fraternisation", place, world.unit_ids[u], men, f"Men of {name} fraternise")
    elif new == NEUTRAL:
        crisis.say("unit_neutral", place, world.unit_ids[u], men, f"{name} stands aside")
    elif new == DISSOLVED:
        crisis.say("unit_dissolved", place, world.unit_ids[u], men, f"{name} breaks up")


def unit_arrived(crisis: Crisis, u: int) -> None:
    """Report what it means that a unit of the hegemon has arrived."""
    world, units = crisis.setting.world, crisis.units
    if world.unit_side[u] != HEGEMON:
        return
    town = int(world.place_group[crisis.deployment.look(units)[u]])
    capital, men = world.group_ids[world.capital], float(units.men[u])
    if units.order[u] == orders.FIGHT and town == world.capital:
        text = _of_the_hegemon(crisis, f"troops enter {world.group_names[world.capital]}")
        if crisis.say_once("intervention", "intervention", capital, "hegemon", men, text):
            crisis.country.alarm = True
            crisis.country.readiness_shift += INTERVENTION_READINESS
            crisis.insult()  # foreign tanks in the streets enrage as a refusal does (P8)
    if units.order[u] == orders.SEAL:
        node = world.node_ids[int(units.node[u])]
        crisis.say_once("sealed", "border_sealed", node, "hegemon", men, "The border is sealed")
    if units.order[u] == orders.RING:
        crisis.say_once("ringed", "capital_ringed", capital, "hegemon", men, "The capital is being ringed")


def _of_the_hegemon(crisis: Crisis, what: str) -> str:
    return sentence(f"{with_article(crisis.setting.case.settings.case.hegemon)}'s {what}")


def notice_withdrawal(crisis: Crisis) -> None:
    """Notice once that the hegemon's troops have left the capital that they had entered."""
    seen = crisis.country.seen_once
    if crisis.council.option != BARGAIN or "intervention" not in seen or "withdrawal" in seen:
        return
    if crisis.deployment.has_withdrawn(crisis.units):
        world = crisis.setting.world
        text = _of_the_hegemon(crisis, f"troops have left {world.group_names[world.capital]}")
        crisis.say_once("withdrawal", "withdrawal", world.group_ids[world.capital], "hegemon", 0.0, text)


def report_cleared(crisis: Crisis, s: int) -> None:
    """Report that troops have taken over a site that insurgents held."""
    world, men = crisis.setting.world, crisis.deployment.present[s, presence.TROOPS]
    crisis.say("site_cleared", world.site_ids[s], "hegemon", men, f"{world.site_names[s]} is cleared")
