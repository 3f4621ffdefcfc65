"""Who governs a town (ODD: forces): loyal force against streets, strikes and insurgents.

Axes: g towns, s sites, p places, c counties.
"""

from __future__ import annotations

import numpy as np

from uprising.kernel.engine.jit import compiled
from uprising.kernel.forces.presence import ACTING, LOYAL_ON_DUTY, TROOPS
from uprising.schema import constant
from uprising.state import HELD_BY_HEGEMON, HELD_BY_INSURGENTS

ROUTINE, GARRISON, OUTNUMBERED = constant("routine"), constant("garrison"), constant("outnumbered")
CONTROL_PER_DEMONSTRATOR = constant("control_per_demonstrator")
CONTROL_PER_INSURGENT, CONTROL_PER_STRIKE = constant("control_per_insurgent"), constant("control_per_strike")
COUNTY_RISES = constant("county_rises")


@compiled(error_model="numpy")
def shift_control(
    pace, site_group, in_towns, is_power, holder, group_population, out_by_group, fighters_by_group, share_stopped,
    control,
):
    """control[g] moves by the share `pace` toward governed / (governed + against + 1), in place.

    governed = loyal force + routine; against = people in the streets / 20 + 2 insurgents + 2 routine x share on
    strike. in_towns[g, :] are the men of kernel.forces.presence; routine ends where insurgents hold a seat of power.
    """
    is_habit_broken = np.zeros(len(control), np.bool_)
    for s in range(len(site_group)):
        is_habit_broken[site_group[s]] |= is_power[s] & (holder[s] == HELD_BY_INSURGENTS)
    for g in range(len(control)):
        routine = ROUTINE * group_population[g]
        governed = in_towns[g, LOYAL_ON_DUTY] + (0.0 if is_habit_broken[g] else routine)
        against = (
            CONTROL_PER_DEMONSTRATOR * out_by_group[g] + CONTROL_PER_INSURGENT * fighters_by_group[g]
            + CONTROL_PER_STRIKE * routine * share_stopped[g]
        )
        control[g] += (governed / (governed + against + 1.0) - control[g]) * pace


@compiled(error_model="numpy")
def govern_counties(control, place_group, population, place_county, county_population, has_risen, governed, share):
    """governed[p] people whom the government governs and share[c] of a county's; has a county newly fallen below half.

    has_risen[c] says of which that is known.
    """
    share[:] = 0.0
    for p in range(len(place_group)):
        governed[p] = control[place_group[p]] * population[p]
        share[place_county[p]] += governed[p]
    rises = False
    for c in range(len(share)):
        share[c] /= county_population[c]
        rises |= (share[c] < COUNTY_RISES) & (not has_risen[c])
    return rises


@compiled
def occupy(present, fighters, holder, cleared):
    """The hegemon's troops in action take over sites from weaker opponents, in place.

    Returns of how many insurgents had held, listed in `cleared`.
    """
    n = 0
    for s in range(len(holder)):
        troops = present[s, TROOPS]
        if present[s, ACTING] > 0.0 and troops >= GARRISON and fighters[s] < troops / OUTNUMBERED:
            if holder[s] == HELD_BY_INSURGENTS:
                cleared[n] = s
                n += 1
            holder[s] = HELD_BY_HEGEMON
    return n
