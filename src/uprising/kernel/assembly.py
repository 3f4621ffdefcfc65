"""Assemblies and calls in a step (ODD: assembly). Axes: g towns, s sites, p places; times in steps."""

from __future__ import annotations

from uprising.kernel.engine.jit import compiled
from uprising.kernel.perception.beliefs import BLOODSHED


@compiled(error_model="numpy")
def assemble(
    tick, early, gather, march, waits, turnout, cost_early, campus_salience, call_draw,
    place_group, danger, site_group, is_campus, world_salience, crowd, group_population, out_by_group, mass_size, size,
    first_square, last_square, called, present, is_open, expected, waiting, salience, route_draw,
    calls,
):
    """What is announced and expected in this step; returns whether any town's assembly calls[g] a demonstration.

    called[g] is the step in which the demonstration that was called last begins. From `early` steps before it until
    `march` steps after it expected[g] real people are counted on, who gather on first_square[g] and go on to
    last_square[g] after `gather` steps (route_draw[s]); up to `waits` steps before, coming early costs waiting[g].
    While a town is quiet its universities are open: they draw as campus_salience, and present[g] counts who is there.
    An assembly that is large enough calls: present[g] >= size[g] > 0 where is_open[g].
    """
    expected[:] = 0.0
    waiting[:] = 0.0
    present[:] = 0.0
    route_draw[:] = 0.0
    for g in range(len(called)):
        since = tick - called[g]
        is_open[g] = (out_by_group[g] < mass_size[g]) & ((since < -early) | (since >= march))
        if -early <= since < march:
            expected[g] = turnout * group_population[g]
            square = first_square[g] if since < gather else last_square[g]
            if square >= 0:
                route_draw[square] = call_draw
        elif -waits <= since < -early:
            waiting[g] = cost_early
    for p in range(len(danger)):
        if danger[p] > BLOODSHED:
            is_open[place_group[p]] = False
    for s in range(len(crowd)):
        salience[s] = world_salience[s]
        if is_campus[s]:
            g = site_group[s]
            present[g] += crowd[s]
            if is_open[g]:
                salience[s] = campus_salience
    any_calls = False
    for g in range(len(called)):
        calls[g] = is_open[g] & (tick >= called[g] + march) & (present[g] >= size[g]) & (size[g] > 0.0)
        any_calls |= calls[g]
    return any_calls
