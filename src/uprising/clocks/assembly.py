"""Assemblies and calls (MODEL P2): students meet on ground of their own and call people into the streets.

While a town's streets are quiet, its universities draw whoever would go out: meetings begin where people know each
other and are hard to reach for the police (Zhao 1998 on campuses; Polletta 1999 on free spaces). Where as many as
`assembly_share` of the town's students are together, they call a demonstration for the next day. From its hour on each
counts on `call_turnout` of the town to be there, as long as the streets don't show otherwise: what everybody knows
that everybody has heard is what makes people move at once (Schelling 1960; Chwe 2001).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from uprising.clocks.crowd import WORK_ENDS
from uprising.state import ROLES, SITE_KINDS

if TYPE_CHECKING:
    from uprising.clocks.crisis import Crisis

EARLY_HOURS = 2.0
"""so long before its hour people make up their minds about a call: everybody reconsiders within two hours"""
GATHER_HOURS = 0.5
"""so long after its hour they stay at one square before they march to another"""
MARCH_HOURS = 2.5
"""so long people count on what was announced and go where the call said; then they go by what they see"""
NEVER = -(10**6)
"""the step of a call that nobody made"""


def prepare(crisis: Crisis) -> None:
    """Arrays of assemblies: `called` [g] is the step in which the demonstration that was called for begins."""
    world, counts = crisis.world, crisis.crowd.counters.place_role
    towns = len(world.group_ids)
    students = counts[:, ROLES.index("student"), :].sum(axis=1) * crisis.weight
    crisis.is_campus = world.site_kind == SITE_KINDS.index("university")
    crisis.assembly_size = crisis.parameters["assembly_share"] * np.bincount(
        world.place_group, weights=students, minlength=towns
    )
    crisis.called = np.full(towns, NEVER)
    crisis.expected, crisis.waiting = np.zeros(towns), np.zeros(towns)
    crisis.route_draw = np.zeros(world.n_sites)
    crisis.salience = world.salience.copy()
    crisis.route = np.array([squares(crisis, g) for g in range(towns)])
    invite(crisis)


def squares(crisis: Crisis, town: int) -> tuple[int, int]:
    """Where a march of a town begins and ends: its two most salient squares, the most salient last; -1 for none."""
    world = crisis.world
    kinds = [SITE_KINDS.index(kind) for kind in ("square", "monument")]
    found = np.flatnonzero((crisis.site_group == town) & np.isin(world.site_kind, kinds))
    if len(found) == 0:
        return -1, -1
    order = found[np.argsort(-world.salience[found], kind="stable")]
    return int(order[min(1, len(order) - 1)]), int(order[0])


def invite(crisis: Crisis) -> None:
    """Universities draw whoever would go out, until a demonstration of their town has begun."""
    early = round(EARLY_HOURS / crisis.step_hours)
    has_begun = crisis.mass_noticed | ((crisis.called >= 0) & (crisis.tick >= crisis.called - early))
    meets = crisis.is_campus & ~has_begun[crisis.site_group]
    crisis.salience[:] = np.where(meets, crisis.parameters["campus_salience"], crisis.world.salience)
    crisis.route_draw[:] = 0.0
    since = (crisis.tick - crisis.called) * crisis.step_hours
    for g in np.flatnonzero((since >= -EARLY_HOURS) & (since < MARCH_HOURS)):
        first, last = crisis.route[g]
        if first >= 0:
            crisis.route_draw[first if since[g] < GATHER_HOURS else last] = crisis.parameters["refusal_draw"]


def expect(crisis: Crisis) -> None:
    """expected[g]: real people whom everybody counts on in the streets of town g now; waiting[g]: cost of coming early.

    On the day of a call, until its hour, who would come alone waits for the others.
    """
    since = (crisis.tick - crisis.called) * crisis.step_hours
    is_hour = (since >= -EARLY_HOURS) & (since < MARCH_HOURS)
    crisis.expected[:] = np.where(is_hour, crisis.parameters["call_turnout"] * crisis.group_population, 0.0)
    is_early = (since >= -WORK_ENDS) & (since < -EARLY_HOURS)
    crisis.waiting[:] = np.where(is_early, crisis.parameters["cost_early"], 0.0)


def assemble(crisis: Crisis) -> None:
    """Where enough have come together at a town's universities they call people into the streets for the next day."""
    world = crisis.world
    campus = np.flatnonzero(crisis.is_campus)
    present = np.bincount(
        crisis.site_group[campus], weights=crisis.crowd.crowd[campus], minlength=len(crisis.called)
    )
    is_free = (crisis.tick - crisis.called) * crisis.step_hours >= MARCH_HOURS
    meets = (crisis.assembly_size > 0.0) & (present >= crisis.assembly_size) & is_free & ~crisis.mass_noticed
    for g in np.flatnonzero(meets):
        hours = 24.0 - crisis.hour_of_day + WORK_ENDS
        crisis.called[g] = crisis.tick + round(hours / crisis.step_hours)
        name = world.group_names[g]
        crisis.say("call", world.group_ids[g], "students", present[g],
                   f"{present[g]:,.0f} people meet at the universities of {name} and call a demonstration for the next day")  # fmt: skip
