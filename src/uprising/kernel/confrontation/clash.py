"""Confrontation at sites (ODD: confrontation): arrests, shots, fights, bystanders, capture.

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
from uprising.schema import constant
from uprising.state import HELD_BY_INSURGENTS

OBSERVE, DISPERSE, FIRE_IF_THREATENED, FIRE_AT_WILL = range(4)
POSTURES = ("observe", "disperse", "fire_if_threatened", "fire_at_will")
DEAD_CROWD, DEAD_FIGHTERS, DEAD_BYSTANDERS, DEAD_GUARDS, DEAD_TROOPS = range(5)
WOUNDED_CROWD, WOUNDED_FIGHTERS, WOUNDED_BYSTANDERS, ARRESTED, SHOTS, CAPTURED = range(5, 11)
N_OUTCOMES = 11
ARREST_CROWD_PER_GUARD = constant("arrest_crowd_per_guard")
THREATENING_CROWD, AT_WILL_EAGERNESS = constant("threatening_crowd"), constant("at_will_eagerness")
POLICE_EAGERNESS, POLITICAL_EAGERNESS = constant("police_eagerness"), constant("political_eagerness")
CALM_TROOPS, TROOPS_PRESSED_RATIO = constant("calm_troops"), constant("troops_pressed_ratio")
MOST_FIRING, VOLLEY_HOURS, EXPOSED_CROWD = constant("most_firing"), constant("volley_hours"), constant("exposed_crowd")
OPEN_GROUND_EXPOSURE, TARGETS_PER_ENEMY = constant("open_ground_exposure"), constant("targets_per_enemy")
AREA_FIRE_MEN, AREA_FIRE_HALF = constant("area_fire_men"), constant("area_fire_half")
COVER_FROM_AREA_FIRE, STRAY_DENSITY = constant("cover_from_area_fire"), constant("stray_density")
HEAVY_STRAY, TROOP_DEFENCE, BARE_HANDS = constant("heavy_stray"), constant("troop_defence"), constant("bare_hands")
ARMED_AGAINST_EMPTY, EMPTY_SITE_CROWD = constant("armed_against_empty"), constant("empty_site_crowd")
LINE_SOFTENS_REFUSAL, BELIEF_FOR_STORMING = constant("line_softens_refusal"), constant("belief_for_storming")
CALM_EAGERNESS, ANGRY_EAGERNESS = constant("calm_eagerness"), constant("angry_eagerness")


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
):
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
            mean = arrest_per_man_hour * step_hours * guard * math.exp(-people / (ARREST_CROWD_PER_GUARD * guard))
            outcome[s, ARRESTED] = min(int(people), poisson(mean, seed, purpose_arrest, s, tick))

        # shots: pressed by a crowd that wants what it guards, a guard opens fire
        firing = 0.0
        if people > 0.0:
            if guard > 0.0 and posture[s] >= FIRE_IF_THREATENED:
                pressed = saturating(people * prize[s] / (pressed_ratio * guard)) * saturating(
                    people / THREATENING_CROWD
                )
                eager = AT_WILL_EAGERNESS if posture[s] == FIRE_AT_WILL else 1.0
                political = POLICE_EAGERNESS + POLITICAL_EAGERNESS * guards_political[s] / guard
                hazard = shots_per_hour * eager * political * pressed
                if uniform(seed, purpose_shots, 2 * s, tick) < 1.0 - math.exp(-hazard * step_hours):
                    firing += min(guard, MOST_FIRING)
            if troop > 0.0 and troops_posture[s] >= FIRE_IF_THREATENED:
                nervous = (1.0 - mood[s]) * (AT_WILL_EAGERNESS if troops_posture[s] == FIRE_AT_WILL else CALM_TROOPS)
                hazard = shots_per_hour * nervous * saturating(people / (TROOPS_PRESSED_RATIO * troop))
                if uniform(seed, purpose_shots, 2 * s + 1, tick) < 1.0 - math.exp(-hazard * step_hours):
                    firing += min(troop, MOST_FIRING)
        if firing > 0.0:
            exposed = people / (people + EXPOSED_CROWD)
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
            in_cover = cover[s] * (1.0 + (exposure_armour - 1.0) * (1.0 - on_foot))
            exposure = in_cover + (1.0 - cover[s]) * OPEN_GROUND_EXPOSURE
            effective = min(armed, TARGETS_PER_ENEMY * enemy)
            lost = poisson(ambush_per_hour * contact * effective * exposure, seed, purpose_troops, s, tick)
            lost = min(lost, int(enemy))
            share = lost * troop / (troop + guard)
            to_troops = math.floor(share + uniform(seed, purpose_troops, s, tick))
            outcome[s, DEAD_TROOPS] = min(to_troops, lost, int(troop))
            outcome[s, DEAD_GUARDS] = min(lost - outcome[s, DEAD_TROOPS], int(guard))
            heavy = heavy_weapons if troops_posture[s] == FIRE_AT_WILL and troop > 0.0 else 1.0
            volume = enemy / AREA_FIRE_MEN / (1.0 + enemy / AREA_FIRE_HALF)
            rate = area_fire_per_hour * heavy * volume * (1.0 - COVER_FROM_AREA_FIRE * cover[s])
            mean = armed * (1.0 - math.exp(-rate * contact))
            killed = min(int(armed), poisson(mean, seed, purpose_insurgents, s, tick))
            outcome[s, DEAD_FIGHTERS] = killed
            outcome[s, WOUNDED_FIGHTERS] = min(int(armed) - killed, int(wounded_per_dead * killed))
            stray = bystanders * mean * (residents_per_hectare[s] / STRAY_DENSITY) * (1.0 + HEAVY_STRAY * (heavy - 1.0))
            outcome[s, DEAD_BYSTANDERS] = poisson(stray, seed, purpose_bystanders, s, tick)
            outcome[s, WOUNDED_BYSTANDERS] = int(wounded_per_dead * outcome[s, DEAD_BYSTANDERS])

        # capture: a defended site by arms (an angry crowd counts little), an undefended one by an angry crowd
        if not is_held_by_insurgents[s] and prize[s] > 0.0:
            defence = guard + TROOP_DEFENCE * troop
            if defence > 0.0:
                odds = saturating((armed + BARE_HANDS * people * outraged[s]) / (capture_ratio * defence))
            else:
                odds = saturating((armed * ARMED_AGAINST_EMPTY + people * outraged[s]) / EMPTY_SITE_CROWD)
            if uniform(seed, purpose_capture, s, tick) < 1.0 - math.exp(-odds * step_hours):
                outcome[s, CAPTURED] = 1


@compiled(error_model="numpy")
def face(
    present, site_place, heard_outrage, outrage_most, belief, line, prize, prize_symbol, is_voice, holder,
    insurgents, fighters, guards, political, troops, on_foot, troops_posture, wanted, outraged, mood, is_held,
):
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
        refused = 1.0 - LINE_SOFTENS_REFUSAL * line if is_voice[s] else 1.0
        eager = 1.0 if is_voice[s] or prize[s] == prize_symbol else CALM_EAGERNESS + ANGRY_EAGERNESS * outrage
        wanted[s] = prize[s] * refused * eager
        outraged[s] = max(outrage, BELIEF_FOR_STORMING * belief[site_place[s]])
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
):
    """`face`, then `confront` with guards of one posture; lists the sites with an outcome in `touched`, how many."""
    n = len(site_place)
    fighters, guards, political, troops, on_foot, wanted, outraged, mood = np.empty((8, n))
    troops_posture, is_held = np.empty(n, np.int64), np.empty(n, np.bool_)
    face(
        present=present, site_place=site_place, heard_outrage=heard_outrage, outrage_most=outrage_most, belief=belief,
        line=line, prize=prize, prize_symbol=prize_symbol, is_voice=is_voice, holder=holder, insurgents=insurgents,
        fighters=fighters, guards=guards, political=political, troops=troops, on_foot=on_foot,
        troops_posture=troops_posture, wanted=wanted, outraged=outraged, mood=mood, is_held=is_held,
    )
    confront(
        seed=seed, tick=tick, step_hours=step_hours, light=light, crowd=crowd, fighters=fighters, guards=guards,
        guards_political=political, troops=troops, troops_infantry=on_foot, posture=np.full(n, posture),
        troops_posture=troops_posture, prize=wanted, outraged=outraged, mood=mood, cover=cover,
        residents_per_hectare=residents_per_hectare, is_held_by_insurgents=is_held,
        arrest_per_man_hour=arrest_per_man_hour, shots_per_hour=shots_per_hour, pressed_ratio=pressed_ratio,
        kills_per_man_hour=kills_per_man_hour, wounded_per_dead=wounded_per_dead, ambush_per_hour=ambush_per_hour,
        area_fire_per_hour=area_fire_per_hour, heavy_weapons=heavy_weapons, exposure_armour=exposure_armour,
        bystanders=bystanders, capture_ratio=capture_ratio, purpose_arrest=purpose_arrest,
        purpose_shots=purpose_shots, purpose_dead=purpose_dead, purpose_troops=purpose_troops,
        purpose_insurgents=purpose_insurgents, purpose_bystanders=purpose_bystanders, purpose_capture=purpose_capture,
        outcome=outcome,
    )
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
):
    """Those killed in this step outrage whoever hears of them, and frighten their town (see perception.news)."""
    spread_outrage(killed, outrage_closeness, outrage_half_dead, outrage_most, outrage_fade, heard_outrage)
    spread_outrage(killed, same_town, danger_half_dead, 1.0, danger_fade, danger)
