"""Columns on the road (ODD: forces): units under way move along their shortest road.

Axes: u units, m nodes of the travel graph.
"""

from __future__ import annotations

from uprising.kernel.engine.jit import compiled

ABROAD = -1
"""node of a unit that is outside the country"""


@compiled
def march(
    tick, km_per_step, road_km, predecessor, depart, node, origin, destination, abroad_km, entered, arrived,
):
    """One step of all units under way, in place; returns how many arrive, listed in arrived[:n].

    way = steps since the departure x km a step - km abroad; a unit stands at the last node of its road from origin
    to destination that is not further, predecessor[origin, node] leading back along it.
    """
    n = 0
    for u in range(len(node)):
        way = (tick - depart[u]) * km_per_step - abroad_km[u]
        if destination[u] < 0 or not way >= 0.0:
            continue
        if node[u] == ABROAD:
            entered[u] = tick
        first, last = origin[u], destination[u]
        if way >= road_km[first, last]:
            node[u] = last
            origin[u] = last
            destination[u] = -1
            abroad_km[u] = 0.0
            arrived[n] = u
            n += 1
            continue
        at = last
        while at != first and road_km[first, at] > way:
            at = predecessor[first, at]
        node[u] = at
    return n
