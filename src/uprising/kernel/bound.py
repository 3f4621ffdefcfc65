"""An exact bound that lets quiet chunks of people be skipped (same result with the bound off, tested).

The best that any person of a role in a chunk could reach is a maximum of functions affine in two numbers
that are common to all, x = b_D g (weight of hardship) and y = b_R P (weight of risk):

    best(x, y) = max_i ( h_i x - rho_i y - sigma z_i - k trait_i ),   k = 1 out, 1/2 strike, 2 fight

A maximum of affine functions is convex, so interpolating it between the corners of a grid cell never
underestimates it. The table is made once; a chunk in which nobody is active, nobody's outrage has been
touched, and every bound stays below zero can't hold anybody who changes.
"""

from __future__ import annotations

import numba
import numpy as np

N_X, N_Y = 5, 4
ACTS = 3
TRAIT_WEIGHT = (1.0, 0.5, 2.0)


@numba.njit(nogil=True, cache=True)
def best_of_chunks(
    chunk_start, role, age, sex, hardship, risk_aversion, threshold, age_cost, threshold_spread, n_roles,
    most_x, most_y, never, best,
):  # fmt: skip
    """best[chunk, act, role, x, y] on the grid x = 0..most_x, y = 0..most_y; -never where nobody is."""
    best[:] = -never
    for c in range(best.shape[0]):
        for i in range(chunk_start[c], chunk_start[c + 1]):
            trait = age_cost[sex[i], age[i]]
            if trait > never:
                continue
            r = role[i]
            own = -threshold_spread * np.float64(threshold[i])
            for a in range(ACTS):
                weight = 1.0 if a == 0 else (0.5 if a == 1 else 2.0)
                base = own - weight * trait
                for x in range(N_X):
                    up = base + np.float64(hardship[i]) * (most_x * x / (N_X - 1))
                    for y in range(N_Y):
                        value = up - np.float64(risk_aversion[i]) * (most_y * y / (N_Y - 1))
                        best[c, a, r, x, y] = max(best[c, a, r, x, y], value)


@numba.njit(inline="always", nogil=True)
def between(corners, x, y, most_x, most_y):
    """Bilinear interpolation of corners[N_X, N_Y] at (x, y) inside the grid: an upper bound of the maximum."""
    u = x / most_x * (N_X - 1)
    v = y / most_y * (N_Y - 1)
    i = min(int(u), N_X - 2)
    j = min(int(v), N_Y - 2)
    u -= i
    v -= j
    low = corners[i, j] + (corners[i, j + 1] - corners[i, j]) * v
    high = corners[i + 1, j] + (corners[i + 1, j + 1] - corners[i + 1, j]) * v
    return low + (high - low) * u


@numba.njit(nogil=True, cache=True)
def chunks_that_may_change(
    chunk_place, busy, swept, touched, largest_outrage, best, most_x, most_y, x, weight_risk, fading,
    weight_discontent, everybody, place_risk_out, place_risk_strike, place_risk_fight, place_can_fight,
    most_pull, most_strike_pull, is_waking, place_cost, place_curfew, role_cost_out, role_cost_strike, role_cost_fight,
    rounding, may_change,
):  # fmt: skip
    """may_change[c] = False where nobody of chunk c can change act in this step; returns how many may.

    busy[c] people who were not quiet when the chunk was last looked at (tick swept[c]); touched[p] tick at
    which outrage or act of somebody of place p was last changed from outside; largest_outrage[c] as stored.
    most_pull[p, role] no pull on anybody of the place and role is larger. At night (not is_waking) only those in
    the streets reconsider.
    """
    n = 0
    for c in range(len(chunk_place)):
        p = chunk_place[c]
        may = busy[c] > 0 or (is_waking and swept[c] <= touched[p])
        if is_waking and not may:
            common = everybody[p] + weight_discontent * largest_outrage[c] * fading + rounding
            for r in range(len(role_cost_out)):
                fight = common + most_pull[p, r] - place_cost[p]
                out = fight - place_curfew[p]
                strike = common + most_strike_pull[p, r]
                if (
                    out - role_cost_out[r]
                    + between(best[c, 0, r], x, weight_risk * place_risk_out[p], most_x, most_y) > 0.0
                    or strike - role_cost_strike[r]
                    + between(best[c, 1, r], x, weight_risk * place_risk_strike[p], most_x, most_y) > 0.0
                    or (
                        place_can_fight[p]
                        and fight - role_cost_fight[r]
                        + between(best[c, 2, r], x, weight_risk * place_risk_fight[p], most_x, most_y) > 0.0
                    )
                ):  # fmt: skip
                    may = True
                    break
        may_change[c] = may
        n += 1 if may else 0
    return n
