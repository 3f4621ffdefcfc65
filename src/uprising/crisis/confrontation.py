"""Confrontation and its consequences (MODEL 6.5): losses, outrage, arms and sites that change hands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from uprising import purposes
from uprising.actors import council
from uprising.crisis import movement
from uprising.kernel.confrontation import clash as fight
from uprising.kernel.forces import presence
from uprising.state import (
    DISSOLVED,
    HEGEMON,
    HELD_BY_INSURGENTS,
    JOINED,
    LOYAL,
    NEUTRAL,
    POLITICAL_POLICE,
)
from uprising.wording import counted

if TYPE_CHECKING:
    from uprising.crisis.order import Crisis

PARAMETERS = (
    "arrest_per_man_hour", "shots_per_hour", "pressed_ratio", "kills_per_man_hour", "wounded_per_dead",
    "ambush_per_hour", "area_fire_per_hour", "heavy_weapons", "exposure_armour", "bystanders", "capture_ratio",
)  # fmt: skip
PURPOSES = (
    purposes.ARREST, purposes.SHOTS, purposes.SHOTS_DEAD, purposes.FIGHT_TROOPS, purposes.FIGHT_INSURGENTS,
    purposes.FIGHT_BYSTANDERS, purposes.CAPTURE,
)  # fmt: skip
"""of kernel.confrontation.clash, in its order"""


def confront(crisis: Crisis) -> None:
    if len(crisis.touched):
        crisis.outcome[:] = 0
        crisis.touched = crisis.touched[:0]
    if crisis.crowd.n_out.any():
        government = crisis.government
        n_touched = fight.clash(
            crisis.tick, 1.0 if crisis.is_light else 0.4, government.posture,
            float(crisis.leaders[government.leader]["line"]), *crisis.for_clash,
        )  # fmt: skip
        crisis.touched = crisis.sites[:n_touched]


def arguments(crisis: Crisis) -> tuple[Any, ...]:
    """What clash.clash takes in every step: arrays are those of the crisis, which change in place."""
    world, parameters, crowd = crisis.world, crisis.parameters, crisis.crowd
    return (
        crisis.seed, crisis.step_hours, crisis.siege.present, world.site_place, crisis.heard_outrage,
        parameters["outrage_most"], crisis.belief, crisis.prize, parameters["prize_symbol"], crisis.is_voice,
        crisis.holder, crowd.crowd, crowd.fighters, world.cover, world.residents_per_hectare,
        *(parameters[name] for name in PARAMETERS), *PURPOSES, crisis.outcome, crisis.sites,
    )  # fmt: skip


def what_word_takes(crisis: Crisis) -> tuple[Any, ...]:
    """What kernel.confrontation.clash.spread_word takes in every step, beside who was killed."""
    parameters, dt = crisis.parameters, crisis.step_hours
    return (
        crisis.outrage_closeness, parameters["outrage_half_dead"], parameters["outrage_most"],
        0.5 ** (dt / (24.0 * parameters["outrage_half_life_days"])), crisis.heard_outrage,
        crisis.same_town, parameters["danger_half_dead"],
        0.5 ** (dt / (24.0 * parameters["danger_half_life_days"])), crisis.danger,
    )  # fmt: skip


def bear_consequences(crisis: Crisis) -> None:
    world, parameters, crowd, outcome = crisis.world, crisis.parameters, crisis.crowd, crisis.outcome
    crisis.under_fire, killed = crisis.nobody, crisis.none
    touched = crisis.touched
    if len(touched):
        crisis.under_fire = np.zeros(len(world.unit_ids), np.bool_)
        of_sites = list(zip(touched.tolist(), outcome[touched].tolist(), strict=True))
        fallen = [losses[fight.DEAD_FIGHTERS] - take_allied(crisis, s, losses) for s, losses in of_sites]
        jump = parameters["witness_outrage"] / crisis.seen["fading"]
        jumps = 2.0 * jump, jump, 1.5 * parameters["outrage_most"] / crisis.seen["fading"]
        killed = movement.bear_losses(
            crowd, crisis.tick, touched, fallen, outcome, jumps, crisis.dead, crisis.wounded
        )
        for s, losses in of_sites:
            take_troops(crisis, s, losses)
    fight.spread_word(killed, *crisis.for_word)
    kept = 0.5 ** (crisis.step_hours / council.REMEMBERED_HOURS)
    crisis.killings *= kept
    crisis.hegemon_losses *= kept
    notice_crowds(crisis)


def take_troops(crisis: Crisis, s: int, losses: list[int]) -> None:
    """What a site's losses mean for units, for whoever holds it, and for those who hear of it."""
    place = crisis.world.site_place[s]
    if losses[fight.DEAD_GUARDS]:
        crisis.dead[place, 1] += take_men(crisis, s, losses[fight.DEAD_GUARDS], False)
    if losses[fight.DEAD_TROOPS]:
        lost = take_men(crisis, s, losses[fight.DEAD_TROOPS], True)
        crisis.dead[place, 2] += lost
        crisis.hegemon_losses += lost
    if losses[fight.SHOTS]:
        tell_shots(crisis, s, losses[fight.DEAD_CROWD])
    if losses[fight.DEAD_FIGHTERS] or losses[fight.DEAD_GUARDS] or losses[fight.DEAD_TROOPS]:
        crisis.last_fighting = crisis.tick
    if losses[fight.CAPTURED]:
        capture(crisis, s)


def take_allied(crisis: Crisis, s: int, of_site: list[int]) -> int:
    """The share of the insurgents' dead at a site that falls on soldiers who joined them; taken from their units."""
    losses, allied = of_site[fight.DEAD_FIGHTERS], float(crisis.siege.present[s, presence.ALLIED])
    if losses == 0 or allied <= 0.0:
        return 0
    units, world = crisis.units, crisis.world
    share = min(round(losses * allied / (allied + float(crisis.crowd.fighters[s]))), int(allied))
    share = max(share, losses - int(crisis.crowd.fighters[s]))
    left = float(share)
    for u in np.flatnonzero((units.node == world.n_places + s) & (units.stance == JOINED)):
        taken = min(left, float(math.floor(units.men[u])))
        units.men[u] -= taken
        units.lost[u] += taken
        left -= taken
    return int(share - left)


def take_men(crisis: Crisis, s: int, losses: int, hegemon: bool) -> float:
    """Take dead from the units at a site, largest first; returns how many were taken."""
    units, world = crisis.units, crisis.world
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
        crisis.under_fire[u] = True
        left -= taken
    return losses - left


def tell_shots(crisis: Crisis, s: int, dead: int) -> None:
    world = crisis.world
    place = world.site_ids[s]
    crisis.alarm = True
    crisis.attraction[s] -= 0.5
    crisis.say(
        "shots",
        place,
        "guards",
        dead,
        f"Shots at {world.site_names[s]}: {dead} dead" if dead else f"Shots at {world.site_names[s]}",
    )


def capture(crisis: Crisis, s: int) -> None:
    world, units = crisis.world, crisis.units
    group = int(crisis.site_group[s])
    name = world.site_names[s]
    crisis.holder[s] = HELD_BY_INSURGENTS
    there = (units.node == world.n_places + s) & (world.unit_side != HEGEMON) & (units.stance <= NEUTRAL)
    men = float(units.men[there].sum())
    political = there & (world.unit_side == POLITICAL_POLICE)
    if political.any():
        killed = np.floor(0.02 * units.men[political])
        units.men[political] -= killed
        units.lost[political] += killed
        crisis.dead[world.site_place[s], 1] += killed.sum()
        crisis.killings += float(killed.sum())
    units.stance[there] = DISSOLVED
    arms = crisis.parameters["usable_arms"] * (float(crisis.site_arms[s]) + men)
    crisis.arms_loose[group] += arms
    crisis.site_arms[s] = 0.0
    mine = world.place_group == group
    crisis.own_belief[mine] += crisis.parameters["embolden"]
    crisis.attraction[s] += 1.0
    crisis.say("site_captured", world.site_ids[s], "insurgents", men, f"{name} is taken")
    if arms >= 50.0:
        crisis.say(
            "arms_seized", world.site_ids[s], "insurgents", arms, f"{counted(arms, 'weapon')} taken at {name}"
        )
    if crisis.site_prisoners[s] > 0.0:
        freed = float(crisis.site_prisoners[s])
        crisis.site_prisoners[s] = 0.0
        crisis.say(
            "prisoners_freed",
            world.site_ids[s],
            "insurgents",
            freed,
            f"{counted(freed, 'prisoner')} freed from {name}",
        )
    if crisis.is_power[s]:
        crisis.council_alarm = True
    crisis.alarm = True


def notice_crowds(crisis: Crisis) -> None:
    world = crisis.world
    if crisis.is_marching:
        notice_marches(crisis)
    if crisis.national_strike > 0.5:
        crisis.say_once("strike", "general_strike", world.group_ids[world.capital], "workers",
                       crisis.national_strike, "Half of the country's workers have stopped work")  # fmt: skip


def notice_marches(crisis: Crisis) -> None:
    world = crisis.world
    for g in np.flatnonzero((crisis.out_by_group >= crisis.march_size) & ~crisis.mass_noticed):
        crisis.has_marched[g] = True
        name, key = world.group_names[g], world.group_ids[g]
        size = crisis.out_by_group[g]
        if f"march {key}" not in crisis.seen_once:
            crisis.say_once(
                f"march {key}", "march", key, "demonstrators", size, f"{size:,.0f} people march in {name}"
            )
            crisis.alarm = True
        if size >= crisis.mass_size[g] and crisis.say_once(
            f"mass {key}",
            "mass_protest",
            key,
            "demonstrators",
            size,
            f"{size:,.0f} people in the streets of {name}",
        ):
            crisis.alarm = True
        crisis.mass_noticed[g] = size >= crisis.mass_size[g]
