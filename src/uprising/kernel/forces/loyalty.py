"""Loyalty of units (ODD: forces): contact, mood and a threshold cascade wear it down, cohesion and fire restore it.

Axes: u units. Loyalty 1 is unbroken; below a unit's own first threshold it stands aside, below its second it
goes over (Granovetter 1978 among units).
"""

from __future__ import annotations

import numpy as np

from uprising.kernel.engine.jit import compiled
from uprising.schema import constant
from uprising.state import DISSOLVED, HEGEMON, JOINED, LOYAL, NEUTRAL

RALLIES, BREAKS_UP, LOYALTY_LEAST = constant("rallies"), constant("breaks_up"), constant("loyalty_least")
CROWD_PER_MAN, SOFTNESS_BASE = constant("crowd_per_man"), constant("softness_base")
COHESION_RESTORES, FIRE_RESTORES = constant("cohesion_restores"), constant("fire_restores")


@compiled(error_model="numpy")
def wear(
    step_hours, contact_per_hour, cascade_per_hour, node, n_places, crowd, men, side, stance, mood, came_under_fire,
    cohesion, affinity, n_sides, loyalty,
):
    """One step for every unit, in place.

    fall = softness (c_contact (contact + mood) + c_cascade x share of the side that has defected) until a unit
    stands aside, then softness c_contact contact: to go over it must meet those it goes over to (P6); with
    softness = affinity (1.5 - cohesion) and contact = crowd / (crowd + 5 men) at a site, crowd[s] the people there;
    rise = 0.01 cohesion (1 - loyalty) + 0.1 (1 - affinity) under fire from insurgents. Rates per hour.
    """
    of_side = np.zeros(n_sides)
    defected = np.zeros(n_sides)
    for u in range(len(men)):
        of_side[side[u]] += men[u]
        if stance[u] != LOYAL:
            defected[side[u]] += men[u]
    for k in range(n_sides):
        defected[k] = defected[k] / of_side[k] if of_side[k] > 0.0 else 0.0
    for u in range(len(men)):
        s = node[u] - n_places
        around = crowd[s] if 0 <= s < len(crowd) else 0.0
        contact = around / (around + CROWD_PER_MAN * max(men[u], 1.0))
        softness = affinity[u] * (SOFTNESS_BASE - cohesion[u])
        fall = softness * contact_per_hour * contact
        if stance[u] == LOYAL:
            fall += softness * (contact_per_hour * mood[u] + cascade_per_hour * defected[side[u]])
        rise = COHESION_RESTORES * cohesion[u] * (1.0 - loyalty[u])
        if came_under_fire[u]:
            rise += FIRE_RESTORES * (1.0 - affinity[u])
        loyalty[u] = min(1.0, max(LOYALTY_LEAST, loyalty[u] + (rise - fall) * step_hours))


@compiled(error_model="numpy")
def take_sides(loyalty, neutral_below, joins_below, men, first_men, side, stance, new):
    """new[u]: the stance that a unit's loyalty makes it take; returns how many change theirs.

    Below its first threshold a unit stands aside. Below the second one of the country goes over, and one that has
    lost most of its men breaks up. Who has joined or broken up stays so.
    """
    n = 0
    for u in range(len(loyalty)):
        new[u] = stance[u]
        if stance[u] > NEUTRAL:
            continue
        if loyalty[u] > neutral_below[u] + RALLIES:
            new[u] = LOYAL
        if loyalty[u] < neutral_below[u]:
            new[u] = NEUTRAL
        if side[u] != HEGEMON and loyalty[u] < joins_below[u]:
            new[u] = JOINED
        if side[u] != HEGEMON and men[u] < BREAKS_UP * first_men[u]:
            new[u] = DISSOLVED
        n += 1 if new[u] != stance[u] else 0
    return n


@compiled(error_model="numpy")
def feel(
    place_group, outrage, outrage_most, share_stopped, share_out, stirred, unit_place, unarmed, armed, mood, around,
):
    """mood[u] of the country around a unit: outrage of the place or strikes of the town, whichever is more.

    It reaches units once in some town more than the share `stirred` is in the streets. around[s] are the people
    there, unarmed and armed.
    """
    most = 0.0
    for g in range(len(share_out)):
        most = max(most, share_out[g])
    is_stirred = 1.0 if most > stirred else 0.0
    for u in range(len(mood)):
        p = unit_place[u]
        mood[u] = max(outrage[p] / outrage_most, share_stopped[place_group[p]]) * is_stirred
    for s in range(len(around)):
        around[s] = unarmed[s] + armed[s]
