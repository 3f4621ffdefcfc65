"""Casualties: losses fall on individuals and units; arms, sites and outrage change."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from uprising import purposes
from uprising.actors import council as ruling_abroad
from uprising.crisis.state import Crisis
from uprising.kernel.confrontation import casualties, clash
from uprising.kernel.engine.bind import bind
from uprising.kernel.forces import presence
from uprising.schema import constant
from uprising.state import (
    DISSOLVED,
    HEGEMON,
    HELD_BY_INSURGENTS,
    JOINED,
    LOYAL,
    N_STRIPES,
    NEUTRAL,
    POLITICAL_POLICE,
)
from uprising.wording import counted

VICTIMS_HOUSEHOLD_OUTRAGE, OWN_OUTRAGE_MOST = constant("victims_household_outrage"), constant("own_outrage_most")
SHOTS_REPEL, CAPTURE_ATTRACTS = constant("shots_repel"), constant("capture_attracts")
POLITICAL_POLICE_LYNCHED = constant("political_police_lynched")
ARMS_REPORTED, GENERAL_STRIKE_SHARE = constant("arms_reported"), constant("general_strike_share")


class Casualties:
    """Who bears the losses of a step, what captures mean, and what people hear of it."""

    writes: ClassVar[tuple[str, ...]] = (
        "people.activity", "people.site", "people.since", "people.outrage", "counters", "incidents.under_fire",
        "places.dead", "places.wounded", "places.heard_outrage", "places.danger", "places.own_belief",
        "sites.arms", "sites.attraction", "sites.holder", "sites.prisoners", "towns.arms_loose",
        "towns.has_marched", "towns.mass_noticed", "units.men", "units.lost", "units.stance",
        "country.carry", "country.killings", "country.hegemon_losses", "country.last_fighting", "country.alarm",
        "country.council_alarm", "country.seen_once", "log.events",
    )

    def __init__(self, crisis: Crisis) -> None:
        self.crisis = crisis
        setting, geography, population = crisis.setting, crisis.setting.geography, crisis.population
        world, parameters, places, dt = setting.world, setting.parameters, crisis.places, setting.step_hours
        self._killed = np.zeros(world.n_places)
        self._bear_losses = bind(
            casualties.bear_losses, "tick", "sites", "fallen", "household_jump", "witness_jump", "most",
            among=population.as_arguments(), seed=np.int64(setting.seed), purpose_present=purposes.VICTIM,
            purpose_residents=purposes.BYSTANDER, outcome=crisis.incidents.outcome, weight=population.weight,
            carry=crisis.country.carry, first_out=population.first_row, n_out=population.n_out,
            out=population.rows_out, slot=population.slot_of, n_present=population.n_present,
            fighters=crisis.sites.insurgents, site_place=world.site_place,
            segment_start=population.groups.segment_start, n_places=world.n_places, n_stripes=N_STRIPES,
            outrage=population.people.outrage, touched=population.outrage_changed_at,
            witnessed=population.witnessed_at, dead=places.dead, wounded=places.wounded, killed=self._killed,
        )
        self._spread_word = bind(
            clash.spread_word, killed=self._killed, outrage_closeness=geography.outrage_closeness,
            outrage_half_dead=parameters["outrage_half_dead"], outrage_most=parameters["outrage_most"],
            outrage_fade=0.5 ** (dt / (24.0 * parameters["outrage_half_life_days"])),
            heard_outrage=places.heard_outrage, same_town=geography.same_town,
            danger_half_dead=parameters["danger_half_dead"],
            danger_fade=0.5 ** (dt / (24.0 * parameters["danger_half_life_days"])), danger=places.danger,
        )

    def __call__(self) -> None:
        """Let losses fall on those who are there, and word of them spread."""
        crisis, incidents, country = self.crisis, self.crisis.incidents, self.crisis.country
        incidents.under_fire[:] = False
        self._killed[:] = 0.0
        if len(incidents.sites):
            self._bear()
        self._spread_word()
        kept = 0.5 ** (crisis.setting.step_hours / ruling_abroad.REMEMBERED_HOURS)
        country.killings *= kept
        country.hegemon_losses *= kept
        notice_crowds(crisis)

    def _bear(self) -> None:
        """Let losses at sites fall on people and units, and count the dead that people of each place hear of."""
        crisis, sites, parameters = self.crisis, self.crisis.incidents.sites, self.crisis.setting.parameters
        of_sites = list(zip(sites.tolist(), crisis.incidents.outcome[sites].tolist(), strict=True))
        fallen = [losses[clash.DEAD_FIGHTERS] - take_allied(crisis, s, losses) for s, losses in of_sites]
        # own outrage is kept as if it had been felt at the start of the run, and fades with time since then
        jump = parameters["witness_outrage"] / crisis.perceived.fading
        self._bear_losses(
            tick=np.int64(crisis.now.tick), sites=sites, fallen=np.array(fallen, np.int64),
            household_jump=VICTIMS_HOUSEHOLD_OUTRAGE * jump, witness_jump=jump,
            most=OWN_OUTRAGE_MOST * parameters["outrage_most"] / crisis.perceived.fading,
        )
        for s, losses in of_sites:
            take_troops(crisis, s, losses)


def take_troops(crisis: Crisis, s: int, losses: list[int]) -> None:
    """Draw from a site's losses what follows for units, for its holder, and for those who hear of it."""
    place, country = crisis.setting.world.site_place[s], crisis.country
    if losses[clash.DEAD_GUARDS]:
        crisis.places.dead[place, 1] += take_men(crisis, s, losses[clash.DEAD_GUARDS], False)
    if losses[clash.DEAD_TROOPS]:
        lost = take_men(crisis, s, losses[clash.DEAD_TROOPS], True)
        crisis.places.dead[place, 2] += lost
        country.hegemon_losses += lost
    if losses[clash.SHOTS]:
        report_shots(crisis, s, losses[clash.DEAD_CROWD])
    if losses[clash.DEAD_FIGHTERS] or losses[clash.DEAD_GUARDS] or losses[clash.DEAD_TROOPS]:
        country.last_fighting = crisis.now.tick
    if losses[clash.CAPTURED]:
        capture(crisis, s)


def take_allied(crisis: Crisis, s: int, of_site: list[int]) -> int:
    """Take from their units the insurgents' dead at a site who are soldiers that joined them; return how many."""
    losses, allied = of_site[clash.DEAD_FIGHTERS], float(crisis.deployment.present[s, presence.ALLIED])
    if losses == 0 or allied <= 0.0:
        return 0
    units, insurgents = crisis.units, float(crisis.sites.insurgents[s])
    share = min(round(losses * allied / (allied + insurgents)), int(allied))
    share = max(share, losses - int(insurgents))
    left = float(share)
    for u in np.flatnonzero((units.node == crisis.setting.world.n_places + s) & (units.stance == JOINED)):
        taken = min(left, float(math.floor(units.men[u])))
        units.men[u] -= taken
        units.lost[u] += taken
        left -= taken
    return int(share - left)


def take_men(crisis: Crisis, s: int, losses: int, hegemon: bool) -> float:
    """Take dead from the loyal units at a site, largest first; return how many were taken."""
    units, world = crisis.units, crisis.setting.world
    there = (
        (units.node == world.n_places + s)
        & (units.stance == LOYAL)
        & ((world.unit_side == HEGEMON) == hegemon)
    )
    left = float(losses)
    for u in sorted(np.flatnonzero(there), key=lambda u: -units.men[u]):
        taken = min(left, float(math.floor(units.men[u])))
        units.men[u] -= taken
        units.lost[u] += taken
        crisis.incidents.under_fire[u] = True
        left -= taken
    return losses - left


def report_shots(crisis: Crisis, s: int, dead: int) -> None:
    """Report shots at a site, which repel demonstrators and alarm the government."""
    world = crisis.setting.world
    crisis.country.alarm = True
    crisis.sites.attraction[s] -= SHOTS_REPEL
    name = world.site_names[s]
    text = f"Shots at {name}: {dead} dead" if dead else f"Shots at {name}"
    crisis.say("shots", world.site_ids[s], "guards", dead, text)


def capture(crisis: Crisis, s: int) -> None:
    """Let insurgents take a site with its weapons and prisoners."""
    world, units, sites, country = crisis.setting.world, crisis.units, crisis.sites, crisis.country
    town = int(crisis.setting.geography.site_town[s])
    site, name = world.site_ids[s], world.site_names[s]
    sites.holder[s] = HELD_BY_INSURGENTS
    there = (units.node == world.n_places + s) & (world.unit_side != HEGEMON) & (units.stance <= NEUTRAL)
    men = float(units.men[there].sum())
    political = there & (world.unit_side == POLITICAL_POLICE)
    if political.any():
        killed = np.floor(POLITICAL_POLICE_LYNCHED * units.men[political])
        units.men[political] -= killed
        units.lost[political] += killed
        crisis.places.dead[world.site_place[s], 1] += killed.sum()
        country.killings += float(killed.sum())
    units.stance[there] = DISSOLVED
    arms = crisis.setting.parameters["usable_arms"] * (float(sites.arms[s]) + men)
    crisis.towns.arms_loose[town] += arms
    sites.arms[s] = 0.0
    crisis.embolden(town)
    sites.attraction[s] += CAPTURE_ATTRACTS
    crisis.say("site_captured", site, "insurgents", men, f"{name} is taken")
    if arms >= ARMS_REPORTED:
        crisis.say("arms_seized", site, "insurgents", arms, f"{counted(arms, 'weapon')} taken at {name}")
    if sites.prisoners[s] > 0.0:
        freed = float(sites.prisoners[s])
        sites.prisoners[s] = 0.0
        crisis.say("prisoners_freed", site, "insurgents", freed, f"{counted(freed, 'prisoner')} freed from {name}")
    if crisis.setting.geography.is_power[s]:
        country.council_alarm = True
    country.alarm = True


def notice_crowds(crisis: Crisis) -> None:
    """Notice first marches, masses and a general strike."""
    world, strike = crisis.setting.world, crisis.perceived.national_strike
    if crisis.perceived.is_marching:
        notice_marches(crisis)
    if strike > GENERAL_STRIKE_SHARE:
        crisis.say_once("strike", "general_strike", world.group_ids[world.capital], "workers", strike,
                        "Half of the country's workers have stopped work")


def notice_marches(crisis: Crisis) -> None:
    """Notice towns in which a march or a mass is out."""
    world, geography = crisis.setting.world, crisis.setting.geography
    towns, out = crisis.towns, crisis.perceived.town_out
    for g in np.flatnonzero((out >= geography.march_size) & ~towns.mass_noticed):
        towns.has_marched[g] = True
        name, key, size = world.group_names[g], world.group_ids[g], out[g]
        if crisis.say_once(f"march {key}", "march", key, "demonstrators", size, f"{size:,.0f} people march in {name}"):
            crisis.country.alarm = True
        if size >= geography.mass_size[g]:
            text = f"{size:,.0f} people in the streets of {name}"
            if crisis.say_once(f"mass {key}", "mass_protest", key, "demonstrators", size, text):
                crisis.country.alarm = True
        towns.mass_noticed[g] = size >= geography.mass_size[g]
