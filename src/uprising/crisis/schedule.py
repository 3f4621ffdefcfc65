"""Whose turn it is to reconsider (ODD: decision)."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from uprising.schema import whole_constant
from uprising.state import N_STRIPES

STRIPE_MINUTES = whole_constant("stripe_minutes")
"""everybody reconsiders every N_STRIPES x STRIPE_MINUTES of waking time"""


class Schedule:
    """Stripes whose turn begins in a step: one every STRIPE_MINUTES, whatever the length of a step."""

    def __init__(self, step_minutes: int) -> None:
        cycle = N_STRIPES * STRIPE_MINUTES
        n_steps = cycle // math.gcd(cycle, step_minutes)
        edges = [-(-t * step_minutes // STRIPE_MINUTES) for t in range(n_steps + 1)]
        # from then on it is as from the first step on
        self.stripes = [[slot % N_STRIPES for slot in range(first, after)] for first, after in pairwise(edges)]
        self.flags = [np.isin(np.arange(N_STRIPES), found) for found in self.stripes]

    def due(self, tick: int) -> list[int]:
        """The stripes, in the order of their turns."""
        return self.stripes[tick % len(self.stripes)]

    def is_due(self, tick: int) -> NDArray[np.bool_]:
        """[N_STRIPES] whether it is a stripe's turn."""
        return self.flags[tick % len(self.stripes)]
