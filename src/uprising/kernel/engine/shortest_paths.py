"""Shortest ways over the links of a travel graph. Axes: e directed links, m nodes; lengths in km, all above 0."""

from __future__ import annotations

import numpy as np

from uprising.kernel.engine.jit import compiled

NO_WAY = -9999
"""predecessor of a node that can't be reached, and of the start itself"""


@compiled
def shortest_ways(start, end, length, km, predecessor):
    """km[a, b] of the shortest way from a to b, infinite where there is none; predecessor[a, b] the last node before b.

    Bellman and Ford, with a queue of nodes to which a shorter way was found: lengths are added from a on, link by link,
    so the sums are those of Dijkstra's algorithm to the last bit. Of two ways that are equally long, the one whose last
    link is longer counts.
    """
    n_nodes = len(km)
    link = np.argsort(start, kind="mergesort")
    first = np.searchsorted(start[link], np.arange(n_nodes + 1))
    queue, is_waiting = np.empty(n_nodes, np.int64), np.zeros(n_nodes, np.bool_)
    for a in range(n_nodes):
        row, before = km[a], predecessor[a]
        row[:] = np.inf
        row[a] = 0.0
        queue[0] = a
        n_done, n_queued = 0, 1
        while n_done < n_queued:
            at = queue[n_done % n_nodes]
            is_waiting[at] = False
            n_done += 1
            for e in link[first[at] : first[at + 1]]:
                b, via = end[e], row[at] + length[e]
                if via < row[b]:
                    row[b] = via
                    if not is_waiting[b]:
                        is_waiting[b] = True
                        queue[n_queued % n_nodes] = b
                        n_queued += 1
        before[:] = NO_WAY
        for e in range(len(length)):
            b = end[e]
            if row[b] < np.inf and b != a and row[start[e]] + length[e] == row[b]:
                if before[b] == NO_WAY or row[start[e]] < row[before[b]]:
                    before[b] = start[e]
