"""Confrontation at sites (MODEL 6.5): arrests, shots, fights, bystanders, capture.

Everything is in real people. One pass over the s sites; who bears the losses is drawn in `bear`.
Guards are the loyal men of the government who stand there; troops are the hegemon's.
"""

from __future__ import annotations

import math

import numpy as np

from uprising.kernel.engine.draws import poisson, uniform
from uprising.kernel.engine.jit import compiled
from uprising.kernel.forces.presence import ACTING, ALLIED, GUARDS, ON_FOOT, POLITICAL, STORMING, TROOPS
from uprising.kernel.perception.news import spread_outrage
from uprising.state import HELD_BY_INSURGENTS

OBSERVE, DISPERSE, FIRE_IF_THREATENED, FIRE_AT_WILL = range(4)
POSTURES = ("observe", "disperse", "fire_if_threatened", "fire_at_will")
DEAD_CROWD, DEAD_FIGHTERS, DEAD_BYSTANDERS, DEAD_GUARDS, DEAD_TROOPS = range(5)
WOUNDED_CROWD, WOUNDED_FIGHTERS, WOUNDED_BYSTANDERS, ARRESTED, SHOTS, CAPTURED = range(5, 11)
N_OUTCOMES = 11
BARE_HANDS = 0.01
"""what an angry unarmed person counts against a guard, relative to an armed one"""
VOLLEY_HOURS = 0.5
"""how long a force that has opened fire goes on, whatever the length of a step"""


@compiled
def saturating(x):
    """x^2 / (1 + x^2): near 0 for few, a half at x = 1, 1 for many."""
    return x * x / (1.0 + x * x)


@compiled
def confront(
    seed, tick, step_hours, light,
    crowd, fighters, guards, guards_political, troops, troops_infantry, posture, troops_posture,
    prize, outraged, mood, cover, residents_per_hectare, is_held_by_insurgents,
    arrest_per_man_hour, shots_per_hour, pressed_ratio, kills_per_man_hour, wounded_per_dead,
    ambush_per_hour, area_fire_per_hour, heavy_weapons, exposure_armour, bystanders, capture_ratio,
    purpose_arrest, purpose_shots, purpose_dead, purpose_troops, purpose_insurgents, purpose_bystanders,
    purpose_capture,
    outcome,
):  # fmt: skip
    """Fill outcome[s, N_OUTCOMES] with this step's integer losses in real people.

    Parameters
    ----------
    crowd, fighters : people present, unarmed and under arms (joined soldiers included)
    guards, guards_political, troops : loyal men; how many of the guards are political police; the hegemon's men
    troops_infantry : share of the troops who fight on foot
    posture, troops_posture : rules of engagement 0..3 of guards by site and of troops by site
    prize : what there is to take for a crowd, 0..1 (by kind of site and by the demands refused)
    outraged : outrage of the place relative to its most, 0..1
    mood : share of the crowd's contact with troops that is peaceful, 0..1
    light : 1 by day, less at night
    """
    for s in range(len(crowd)):
        for k in range(N_OUTCOMES):
            outcome[s, k] = 0
        people = crowd[s]
        armed = fighters[s]
        guard = guards[s]
        troop = troops[s]
        if people + armed <= 0.0:
            continue

        # arrest (Epstein 2002): a force arrests while it outnumbers the crowd
        if posture[s] >= DISPERSE and guard > 0.0 and people > 0.0:
            mean = arrest_per_man_hour * step_hours * guard * math.exp(-people / (5.0 * guard))
            outcome[s, ARRESTED] = min(int(people), poisson(mean, seed, purpose_arrest, s, tick))

        # shots: pressed by a crowd that wants what it guards, a guard opens fire
        firing = 0.0
        if people > 0.0:
            if guard > 0.0 and posture[s] >= FIRE_IF_THREATENED:
                pressed = saturating(people * prize[s] / (pressed_ratio * guard)) * saturating(
                    people / 1000.0
                )
                eager = 4.0 if posture[s] == FIRE_AT_WILL else 1.0
                political = 0.2 + 0.8 * guards_political[s] / guard
                hazard = shots_per_hour * eager * political * pressed
                if uniform(seed, purpose_shots, 2 * s, tick) < 1.0 - math.exp(-hazard * step_hours):
                    firing += min(guard, 300.0)
            if troop > 0.0 and troops_posture[s] >= FIRE_IF_THREATENED:
                nervous = (1.0 - mood[s]) * (4.0 if troops_posture[s] == FIRE_AT_WILL else 0.25)
                hazard = shots_per_hour * nervous * saturating(people / (3.0 * troop))
                if uniform(seed, purpose_shots, 2 * s + 1, tick) < 1.0 - math.exp(-hazard * step_hours):
                    firing += min(troop, 300.0)
        if firing > 0.0:
            exposed = people / (people + 1000.0)
            killed = poisson(
                kills_per_man_hour * VOLLEY_HOURS * firing * exposed, seed, purpose_dead, s, tick
            )
            outcome[s, SHOTS] = 1
            still_there = int(people) - outcome[s, ARRESTED]
            outcome[s, DEAD_CROWD] = min(still_there, killed)
            outcome[s, WOUNDED_CROWD] = min(
                still_there - outcome[s, DEAD_CROWD], int(wounded_per_dead * outcome[s, DEAD_CROWD])
            )

        # fight (Deitchman 1962): ambushers aim, regulars fire at an area
        enemy = troop * (1.0 if troops_posture[s] >= FIRE_IF_THREATENED else 0.0) + guard * (
            1.0 if posture[s] >= FIRE_IF_THREATENED else 0.0
        )
        if armed > 0.0 and enemy > 0.0:
            contact = step_hours * light
            on_foot = (troops_infantry[s] * troop + guard) / (troop + guard)
            exposure = cover[s] * (1.0 + (exposure_armour - 1.0) * (1.0 - on_foot)) + (1.0 - cover[s]) * 0.5
            effective = min(armed, 2.0 * enemy)
            lost = poisson(ambush_per_hour * contact * effective * exposure, seed, purpose_troops, s, tick)
            lost = min(lost, int(enemy))
            share = lost * troop / (troop + guard)
            to_troops = math.floor(share + uniform(seed, purpose_troops, s, tick))
            outcome[s, DEAD_TROOPS] = min(to_troops, lost, int(troop))
            outcome[s, DEAD_GUARDS] = min(lost - outcome[s, DEAD_TROOPS], int(guard))
            heavy = heavy_weapons if troops_posture[s] == FIRE_AT_WILL and troop > 0.0 else 1.0
            volume = enemy / 1000.0 / (1.0 + enemy / 4000.0)
            rate = area_fire_per_hour * heavy * volume * (1.0 - 0.7 * cover[s])
            mean = armed * (1.0 - math.exp(-rate * contact))
            killed = min(int(armed), poisson(mean, seed, purpose_insurgents, s, tick))
            outcome[s, DEAD_FIGHTERS] = killed
            outcome[s, WOUNDED_FIGHTERS] = min(int(armed) - killed, int(wounded_per_dead * killed))
            stray = bystanders * mean * (residents_per_hectare[s] / 300.0) * (1.0 + 0.5 * (heavy - 1.0))
            outcome[s, DEAD_BYSTANDERS] = poisson(stray, seed, purpose_bystanders, s, tick)
            outcome[s, WOUNDED_BYSTANDERS] = int(wounded_per_dead * outcome[s, DEAD_BYSTANDERS])

        # capture: a defended site by arms (an angry crowd counts little), an undefended one by an angry crowd
        if not is_held_by_insurgents[s] and prize[s] > 0.0:
            defence = guard + 3.0 * troop
            if defence > 0.0:
                odds = saturating((armed + BARE_HANDS * people * outraged[s]) / (capture_ratio * defence))
            else:
                odds = saturating((armed * 10.0 + people * outraged[s]) / 1000.0)
            if uniform(seed, purpose_capture, s, tick) < 1.0 - math.exp(-odds * step_hours):
                outcome[s, CAPTURED] = 1


@compiled(error_model="numpy")
def face(
    present, site_place, heard_outrage, outrage_most, belief, line, prize, prize_symbol, is_voice, holder,
    insurgents, fighters, guards, political, troops, on_foot, troops_posture, wanted, outraged, mood, is_held,
):  # fmt: skip
    """What people and forces at each site make of each other, as `confront` asks for it.

    present[s, :] are the men of forces.presence. Soldiers who went over fight where insurgents do, and no more of them
    than there are insurgents. A crowd wants a prize the more the leader's line refuses it (a voice) and the more
    outraged it is (all but voices and symbols). The posture of the hegemon's troops is the hardest of those there.
    """
    for s in range(len(site_place)):
        fighters[s] = insurgents[s] + min(present[s, ALLIED], insurgents[s])
        guards[s] = present[s, GUARDS]
        political[s] = present[s, POLITICAL]
        troops[s] = present[s, TROOPS]
        on_foot[s] = present[s, ON_FOOT] / max(troops[s], 1.0)
        is_acting = FIRE_IF_THREATENED if present[s, ACTING] > 0.0 else OBSERVE
        troops_posture[s] = FIRE_AT_WILL if present[s, STORMING] > 0.0 else is_acting
        outrage = heard_outrage[site_place[s]] / outrage_most
        refused = 1.0 - 0.7 * line if is_voice[s] else 1.0
        eager = 1.0 if is_voice[s] or prize[s] == prize_symbol else 0.1 + 0.9 * outrage
        wanted[s] = prize[s] * refused * eager
        outraged[s] = max(outrage, 0.3 * belief[site_place[s]])
        mood[s] = max(0.0, 1.0 - outrage)
        is_held[s] = holder[s] == HELD_BY_INSURGENTS


@compiled(error_model="numpy")
def clash(
    tick, light, posture, line, seed, step_hours,
    present, site_place, heard_outrage, outrage_most, belief, prize, prize_symbol, is_voice, holder,
    crowd, insurgents, cover, residents_per_hectare,
    arrest_per_man_hour, shots_per_hour, pressed_ratio, kills_per_man_hour, wounded_per_dead,
    ambush_per_hour, area_fire_per_hour, heavy_weapons, exposure_armour, bystanders, capture_ratio,
    purpose_arrest, purpose_shots, purpose_dead, purpose_troops, purpose_insurgents, purpose_bystanders,
    purpose_capture,
    outcome, touched,
):  # fmt: skip
    """`face`, then `confront` with guards of one posture; lists the sites with an outcome in `touched`, how many."""
    n = len(site_place)
    fighters, guards, political, troops, on_foot, wanted, outraged, mood = np.empty((8, n))
    troops_posture, is_held = np.empty(n, np.int64), np.empty(n, np.bool_)
    face(
        present, site_place, heard_outrage, outrage_most, belief, line, prize, prize_symbol, is_voice, holder,
        insurgents, fighters, guards, political, troops, on_foot, troops_posture, wanted, outraged, mood, is_held,
    )  # fmt: skip
    confront(
        seed, tick, step_hours, light, crowd, fighters, guards, political, troops, on_foot,
        np.full(n, posture), troops_posture, wanted, outraged, mood, cover, residents_per_hectare, is_held,
        arrest_per_man_hour, shots_per_hour, pressed_ratio, kills_per_man_hour, wounded_per_dead,
        ambush_per_hour, area_fire_per_hour, heavy_weapons, exposure_armour, bystanders, capture_ratio,
        purpose_arrest, purpose_shots, purpose_dead, purpose_troops, purpose_insurgents, purpose_bystanders,
        purpose_capture, outcome,
    )  # fmt: skip
    n_touched = 0
    for s in range(n):
        has_outcome = False
        for k in range(N_OUTCOMES):
            has_outcome |= outcome[s, k] != 0
        if has_outcome:
            touched[n_touched] = s
            n_touched += 1
    return n_touched


@compiled
def spread_word(
    killed, outrage_closeness, outrage_half_dead, outrage_most, outrage_fade, heard_outrage,
    same_town, danger_half_dead, danger_fade, danger,
):  # fmt: skip
    """Those killed in this step outrage whoever hears of them, and frighten their town (see perception.news)."""
    spread_outrage(killed, outrage_closeness, outrage_half_dead, outrage_most, outrage_fade, heard_outrage)
    spread_outrage(killed, same_town, danger_half_dead, 1.0, danger_fade, danger)
