"""Laws of attrition: how fast each side loses men, from the numbers of both. Pure functions of numbers.

The street fights and the published models of combat use the same functions. Rates are men per unit of time of the
coefficients; a step's losses as whole men come from `whole_losses`.
"""

from __future__ import annotations

import numba

from uprising.kernel.engine.draws import poisson
from uprising.kernel.engine.jit import compiled


@numba.njit(inline="always", nogil=True)
def square_losses(x, y, fire_of_x, fire_of_y):
    """Lanchester's square law, aimed fire: (loss rate of x, of y) = (b y, a x)."""
    return fire_of_y * y, fire_of_x * x


@numba.njit(inline="always", nogil=True)
def linear_losses(x, y, fire_of_x, fire_of_y):
    """Lanchester's linear law, area fire: (loss rate of x, of y) = (b x y, a x y)."""
    return fire_of_y * x * y, fire_of_x * x * y


@numba.njit(inline="always", nogil=True)
def deitchman_losses(regulars, insurgents, aimed_fire, area_fire):
    """Deitchman's guerrilla law (1962): (loss rate of the regulars, of the insurgents) = (b y, a x y).

    Insurgents in hiding aim at regulars in the open; regulars fire into the area where insurgents are.
    aimed_fire b: regulars lost per insurgent and unit of time; area_fire a: per regular and insurgent.
    """
    return aimed_fire * insurgents, area_fire * regulars * insurgents


@compiled
def whole_losses(rate, duration, standing, seed, purpose, who, step):
    """Losses of one step as a whole number, Poisson with mean rate x duration, never more than who stand."""
    return min(int(standing), poisson(rate * duration, seed, purpose, who, step))
