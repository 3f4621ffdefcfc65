"""News and outrage between places (ODD: perception, ODD: casualties). Axes: p, q places; shares are in [0, 1]."""

from __future__ import annotations

import math

import numpy as np

from uprising.kernel.engine.jit import compiled

LN_2 = math.log(2.0)


@compiled
def spread_news(share_out, closeness, news, fade):
    """News of others' streets: news moves toward the closeness-weighted share out, by 1 - fade a step.

    share_out[p], closeness[p, q] (rows add up to at most 1), news[p] in place.
    """
    n = len(share_out)
    heard = np.zeros(n)
    for q in range(n):  # places side by side: their sums don't wait for each other
        if share_out[q] != 0.0:
            for p in range(n):
                heard[p] += closeness[p, q] * share_out[q]
    for p in range(n):
        news[p] = heard[p] + (news[p] - heard[p]) * fade


@compiled
def spread_outrage(killed, closeness, half_dead, most, fade, outrage):
    """Outrage of places: fades, and rises toward its most with killings heard of (ODD: casualties).

    killed[p] real people killed by the state or the hegemon this step; outrage[p] in place.
    """
    n = len(killed)
    is_calm = not killed.any()
    for p in range(n):
        heard = 0.0
        for q in range(0 if is_calm else n):
            heard += closeness[p, q] * killed[q]
        outrage[p] = most - (most - outrage[p] * fade) * math.exp(-heard / (half_dead / LN_2))
