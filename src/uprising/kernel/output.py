"""Who does what, in real people: the numbers that a step leaves behind, place by place.

Axes: p places, r roles, a acts. place_role counts rows; a row stands for `weight` people, rounded half to even.
"""

from __future__ import annotations

import numpy as np

from uprising.kernel.engine.jit import compiled
from uprising.state import DEMONSTRATING, DETAINED, FIGHTING, STRIKING

LEAST, LARGEST = -0.5, float(np.iinfo(np.int32).max)
"""what rounds to a count that a number of 32 bits with a sign holds (schema/outputs.csv)"""


@compiled
def count_people(
    place_role, weight, first_worker, second_worker, crowd, fighting, striking, detained,
):
    """crowd[p, r] in the streets, fighting[p] and detained[p] of all roles, striking[p] workers not at work."""
    for p in range(place_role.shape[0]):
        armed = 0
        held = 0
        for r in range(place_role.shape[1]):
            crowd[p, r] = np.rint(place_role[p, r, DEMONSTRATING] * weight)
            armed += place_role[p, r, FIGHTING]
            held += place_role[p, r, DETAINED]
        fighting[p] = np.rint(armed * weight)
        detained[p] = np.rint(held * weight)
        stopped = 0
        for r in (first_worker, second_worker):
            stopped += place_role[p, r, STRIKING] + place_role[p, r, DEMONSTRATING] + place_role[p, r, FIGHTING]
        striking[p] = np.rint(stopped * weight)


@compiled
def write_row(
    row, private_discontent, place_role, weight, first_worker, second_worker, wounded, dead, fled_rows,
    belief, outrage, fear, site_crowd, site_fighters, holder, node, men, stance, loyalty,
    to_crowd, to_fighting, to_striking, to_detained, to_wounded, to_dead, to_fled,
    to_discontent, to_belief, to_outrage, to_fear, to_site_crowd, to_site_fighting, to_holder,
    to_node, to_men, to_stance, to_loyalty,
):
    """Write a step into `row` of the columns to_*[row, ...] of schema/outputs.csv; people are rounded half to even.

    fled_rows[p] are rows of the table; all else is as the names of the columns say, [p], [p, side], [s] or [u].
    Returns whether all counts fit into 32 bits with a sign; what does not, NaN included, would wrap round unseen.
    """
    count_people(
        place_role=place_role, weight=weight, first_worker=first_worker, second_worker=second_worker,
        crowd=to_crowd[row], fighting=to_fighting[row], striking=to_striking[row], detained=to_detained[row],
    )
    fits = True
    for p in range(len(belief)):
        fits &= LEAST <= wounded[p] <= LARGEST
        to_wounded[row, p] = np.rint(wounded[p])
        to_fled[row, p] = np.rint(fled_rows[p] * weight)
        for side in range(dead.shape[1]):
            fits &= LEAST <= dead[p, side] <= LARGEST
            to_dead[row, p, side] = np.rint(dead[p, side])
        to_discontent[row, p] = private_discontent[p]
        to_belief[row, p] = belief[p]
        to_outrage[row, p] = outrage[p]
        to_fear[row, p] = fear[p]
    for s in range(len(holder)):
        fits &= LEAST <= site_crowd[s] + site_fighters[s] <= LARGEST
        to_site_crowd[row, s] = np.rint(site_crowd[s])
        to_site_fighting[row, s] = np.rint(site_fighters[s])
        to_holder[row, s] = holder[s]
    for u in range(len(men)):
        to_node[row, u] = node[u]
        fits &= LEAST <= men[u] <= LARGEST
        to_men[row, u] = np.rint(men[u])
        to_stance[row, u] = stance[u]
        to_loyalty[row, u] = loyalty[u]
    return fits


@compiled
def share_above(needed, quantiles, share):
    """share[p] of people whose value is above needed[p]: 1 - the distribution with the quantiles [p, k].

    Between quantiles at equal steps the distribution is a straight line; below the first it is 0, above the last 1.
    """
    last = quantiles.shape[1] - 1
    for p in range(len(needed)):
        row = quantiles[p]
        if needed[p] < row[0]:
            below = 0.0
        elif needed[p] >= row[last]:
            below = 1.0
        else:
            k = np.searchsorted(row, needed[p], side="right") - 1
            low, high = k / last, (k + 1) / last
            slope = (high - low) / (row[k + 1] - row[k])
            below = slope * (needed[p] - row[k]) + low
        share[p] = 1.0 - below
