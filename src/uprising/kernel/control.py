"""Who governs a town (MODEL 6.10): loyal force against streets, strikes and insurgents.

Axes: g towns, s sites.
"""

from __future__ import annotations

import numba
import numpy as np

from uprising.kernel.muster import LOYAL_ON_DUTY

ROUTINE = 0.004
"""men per inhabitant that the mere habit of obeying is worth, while no seat of power has been seized"""


@numba.njit(nogil=True, cache=True)
def shift_control(
    pace, site_group, present, is_seized, group_population, out_by_group, fighters_by_group, share_stopped, control,
):  # fmt: skip
    """control[g] moves by the share `pace` toward governed / (governed + against + 1), in place.

    governed = loyal force + routine; against = people in the streets / 20 + 2 insurgents + 2 routine x share on
    strike. present[s, :] are the men of kernel.muster; is_seized[s] seats of power that insurgents hold.
    """
    force = np.zeros(len(control))
    is_habit_broken = np.zeros(len(control), np.bool_)
    for s in range(len(site_group)):
        force[site_group[s]] += present[s, LOYAL_ON_DUTY]
        is_habit_broken[site_group[s]] |= is_seized[s]
    for g in range(len(control)):
        routine = ROUTINE * group_population[g]
        governed = force[g] + (0.0 if is_habit_broken[g] else routine)
        against = 0.05 * out_by_group[g] + 2.0 * fighters_by_group[g] + 2.0 * routine * share_stopped[g]
        control[g] += (governed / (governed + against + 1.0) - control[g]) * pace
