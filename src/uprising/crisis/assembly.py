"""Assemblies and calls (MODEL P2): students meet on ground of their own and call people into the streets.

While a town is quiet its universities draw whoever would go out: meetings begin where people know each other and the
police is far (Zhao 1998 on campuses; Polletta 1999 on free spaces). Where as many as `assembly_share` of the town's
students are together, they call a demonstration for the next day, at the hour when work ends. In the hours before it
each makes up his mind, and counts on `call_turnout` of the town being there until the streets show otherwise: what
all know that all have heard moves them at once (Schelling 1960; Chwe 2001). Who would come alone waits for that hour
(`cost_early`). A march gathers on the town's second most salient square and goes to the most salient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from uprising.crisis.population import WORK_ENDS
from uprising.kernel.assembly import assemble
from uprising.state import ROLES, SITE_KINDS

if TYPE_CHECKING:
    from uprising.crisis.order import Crisis

EARLY_HOURS = 2.0
"""so long before its hour people make up their minds about a call: everybody reconsiders within two hours"""
GATHER_HOURS = 0.5
"""so long after its hour they stay on the first square"""
MARCH_HOURS = 2.5
"""so long after its hour people count on what was announced and go where the call said; then on what they see"""
NEVER = -(10**6)
"""the step of a call that nobody made"""


class Assembly:
    """What is announced in each town; towns are groups of places (see kernel.assembly for the arrays)."""

    def __init__(self, crisis: Crisis) -> None:
        world, parameters = crisis.world, crisis.parameters
        towns = len(world.group_ids)
        students = crisis.crowd.counters.place_role[:, ROLES.index("student"), :].sum(axis=1) * crisis.weight
        size = parameters["assembly_share"] * np.bincount(world.place_group, weights=students, minlength=towns)
        self.called = np.full(towns, NEVER)
        self.present, self.expected, self.waiting = np.zeros((3, towns))
        is_open, self.calls = np.zeros((2, towns), np.bool_)
        self.salience, self.route_draw = world.salience.copy(), np.zeros(world.n_sites)
        squares = np.array([_squares(crisis, g) for g in range(towns)])
        hours = np.array([EARLY_HOURS, GATHER_HOURS, MARCH_HOURS, WORK_ENDS])
        early, gather, march, waits = (int(steps) for steps in np.rint(hours / crisis.step_hours))
        self._announced = (
            early, gather, march, waits, parameters["call_turnout"], parameters["cost_early"],
            parameters["campus_salience"], parameters["call_draw"], world.place_group, crisis.danger, crisis.site_group,
            world.site_kind == SITE_KINDS.index("university"), world.salience, crisis.crowd.crowd,
            crisis.group_population, crisis.out_by_group, crisis.mass_size, size, squares[:, 0], squares[:, 1],
            self.called, self.present, is_open, self.expected, self.waiting, self.salience, self.route_draw, self.calls,
        )  # fmt: skip
        self.early = early

    def meet(self, crisis: Crisis) -> None:
        """See what is announced for this step; call for the next day where enough have come together."""
        any_calls = assemble(crisis.tick, *self._announced)
        if crisis.tick == self.called[crisis.world.capital] - self.early:
            crisis.alarm = True  # those in power see that people set out
        if not any_calls:
            return
        world = crisis.world
        for g in np.flatnonzero(self.calls):
            hours = 24.0 - crisis.hour_of_day + WORK_ENDS
            self.called[g] = crisis.tick + round(hours / crisis.step_hours)
            number, name = self.present[g], world.group_names[g]
            crisis.say("call", world.group_ids[g], "students", number,
                       f"{number:,.0f} people meet at the universities of {name} and call a demonstration")  # fmt: skip


def _squares(crisis: Crisis, town: int) -> tuple[int, int]:
    """Where a march of a town begins and ends: its two most salient squares, the most salient last; -1 for none."""
    world = crisis.world
    kinds = [SITE_KINDS.index(kind) for kind in ("square", "monument")]
    found = np.flatnonzero((crisis.site_group == town) & np.isin(world.site_kind, kinds))
    if len(found) == 0:
        return -1, -1
    order = found[np.argsort(-world.salience[found], kind="stable")]
    return int(order[min(1, len(order) - 1)]), int(order[0])
