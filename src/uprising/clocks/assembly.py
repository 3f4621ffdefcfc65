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

from uprising.clocks.crowd import SCHOOL_ENDS
from uprising.state import ROLES, SITE_KINDS

if TYPE_CHECKING:
    from uprising.clocks.crisis import Crisis

CALL_HOURS = 3.0
"""so long people count on what was announced, then on what they see"""
GATHER_HOURS = 1.5
"""so long they gather at one square before they march to another"""
MARCH_HOURS = 3.5
"""until when the call tells where to go"""
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
    has_begun = crisis.mass_noticed | ((crisis.called >= 0) & (crisis.called <= crisis.tick))
    meets = crisis.is_campus & ~has_begun[crisis.site_group]
    crisis.salience[:] = np.where(meets, crisis.parameters["campus_salience"], crisis.world.salience)
    crisis.route_draw[:] = 0.0
    since = (crisis.tick - crisis.called) * crisis.step_hours
    for g in np.flatnonzero((since >= -1.0) & (since < MARCH_HOURS)):
        first, last = crisis.route[g]
        if first >= 0:
            crisis.route_draw[first if since[g] < GATHER_HOURS else last] = crisis.parameters["refusal_draw"]


def expect(crisis: Crisis) -> None:
    """expected[g]: real people whom everybody counts on in the streets of town g now; waiting[g]: cost of coming early.

    On the day of a call, until its hour, who would come alone waits for the others.
    """
    since = (crisis.tick - crisis.called) * crisis.step_hours
    is_hour = (since >= 0.0) & (since < CALL_HOURS)
    crisis.expected[:] = np.where(is_hour, crisis.parameters["call_turnout"] * crisis.group_population, 0.0)
    is_early = (since >= -SCHOOL_ENDS) & (since < 0.0)
    crisis.waiting[:] = np.where(is_early, crisis.parameters["cost_early"], 0.0)


def assemble(crisis: Crisis) -> None:
    """Where enough have come together at a town's universities they call people into the streets for the next day."""
    world = crisis.world
    campus = np.flatnonzero(crisis.is_campus)
    present = np.bincount(
        crisis.site_group[campus], weights=crisis.crowd.crowd[campus], minlength=len(crisis.called)
    )
    is_free = (crisis.tick - crisis.called) * crisis.step_hours >= CALL_HOURS
    meets = (crisis.assembly_size > 0.0) & (present >= crisis.assembly_size) & is_free & ~crisis.mass_noticed
    for g in np.flatnonzero(meets):
        hours = 24.0 - crisis.hour_of_day + SCHOOL_ENDS
        crisis.called[g] = crisis.tick + round(hours / crisis.step_hours)
        name = world.group_names[g]
        crisis.say("call", world.group_ids[g], "students", present[g],
                   f"{present[g]:,.0f} people meet at the universities of {name} and call a demonstration for the next day")  # fmt: skip
