"""Shortest ways over the links of a travel graph. Axes: e directed links, m nodes; lengths in km, all above 0."""

from __future__ import annotations

import numba
import numpy as np

NO_WAY = -9999
"""predecessor of a node that can't be reached, and of the start itself"""


@numba.njit(nogil=True, cache=True)
def shortest_ways(start, end, length, km, predecessor):
    """km[a, b] of the shortest way from a to b, infinite where there is none; predecessor[a, b] the last node before b.

    Bellman and Ford: lengths are added from a on, link by link, so the sums are those of Dijkstra's algorithm to the
    last bit. Of two ways that are equally long, the one whose last link is longer counts.
    """
    for a in range(len(km)):
        row, before = km[a], predecessor[a]
        row[:] = np.inf
        row[a] = 0.0
        has_changed = True
        while has_changed:
            has_changed = False
            for e in range(len(length)):
                via = row[start[e]] + length[e]
                if via < row[end[e]]:
                    row[end[e]] = via
                    has_changed = True
        before[:] = NO_WAY
        for e in range(len(length)):
            b = end[e]
            if row[b] < np.inf and b != a and row[start[e]] + length[e] == row[b]:
                if before[b] == NO_WAY or row[start[e]] < row[before[b]]:
                    before[b] = start[e]
