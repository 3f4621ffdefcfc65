"""Assemblies and calls (ODD: assembly): students meet on ground of their own and call people into the streets.

While a town is quiet its universities draw whoever would go out: meetings begin where people know each other and the
police is far (Zhao 1998 on campuses; Polletta 1999 on free spaces). Where as many as `assembly_share` of the town's
students are together, they call a demonstration for the next day, at the hour when work ends. In the hours before it
each makes up his mind, and counts on `call_turnout` of the town being there until the streets show otherwise: what
all know that all have heard moves them at once (Schelling 1960; Chwe 2001). Who would come alone waits for that hour
(`cost_early`). A march gathers on the town's second most salient square and goes to the most salient.
"""

from __future__ import annotations

import numpy as np

from uprising.crisis.setting import WORK_ENDS
from uprising.crisis.state import Crisis
from uprising.kernel.assembly import assemble
from uprising.kernel.engine.bind import bind
from uprising.schema import constant
from uprising.state import ROLES, SITE_KINDS

EARLY_HOURS, GATHER_HOURS, MARCH_HOURS = constant("early_hours"), constant("gather_hours"), constant("march_hours")


class Assembly:
    """What is announced in each town; a part of perception."""

    def __init__(self, crisis: Crisis) -> None:
        self.crisis = crisis
        setting, geography = crisis.setting, crisis.setting.geography
        world, parameters, towns = setting.world, setting.parameters, crisis.towns
        n_towns = len(world.group_ids)
        students = crisis.population.counters.place_role[:, ROLES.index("student"), :].sum(axis=1) * setting.weight
        size = parameters["assembly_share"] * np.bincount(world.place_group, weights=students, minlength=n_towns)
        self.present = np.zeros(n_towns)
        is_open, self.calls = np.zeros((2, n_towns), np.bool_)
        squares = np.array([_squares(crisis, town) for town in range(n_towns)])
        hours = np.array([EARLY_HOURS, GATHER_HOURS, MARCH_HOURS, WORK_ENDS])
        early, gather, march, waits = (int(steps) for steps in np.rint(hours / setting.step_hours))
        self.early = early
        self._assemble = bind(
            assemble, "tick", early=early, gather=gather, march=march, waits=waits,
            turnout=parameters["call_turnout"], cost_early=parameters["cost_early"],
            campus_salience=parameters["campus_salience"], call_draw=parameters["call_draw"],
            place_group=world.place_group, danger=crisis.places.danger, site_group=geography.site_town,
            is_campus=world.site_kind == SITE_KINDS.index("university"), world_salience=world.salience,
            crowd=crisis.sites.unarmed, group_population=geography.town_population,
            out_by_group=crisis.perceived.town_out, mass_size=geography.mass_size, size=size,
            first_square=squares[:, 0], last_square=squares[:, 1], called=towns.called, present=self.present,
            is_open=is_open, expected=towns.expected, waiting=towns.waiting, salience=crisis.perceived.salience,
            route_draw=crisis.perceived.route_attraction, calls=self.calls,
        )

    def meet(self) -> None:
        """See what is announced for this step; call for the next day where enough have come together."""
        crisis, now, called = self.crisis, self.crisis.now, self.crisis.towns.called
        world = crisis.setting.world
        any_calls = self._assemble(tick=now.tick)
        if now.tick == called[world.capital] - self.early:
            crisis.country.alarm = True  # those in power see that people set out
        if not any_calls:
            return
        for town in np.flatnonzero(self.calls):
            hours = 24.0 - now.hour_of_day + WORK_ENDS
            called[town] = now.tick + round(hours / crisis.setting.step_hours)
            number, name = self.present[town], world.group_names[town]
            crisis.say("call", world.group_ids[town], "students", number,
                       f"{number:,.0f} people meet at the universities of {name} and call a demonstration")


def _squares(crisis: Crisis, town: int) -> tuple[int, int]:
    """Where a march of a town begins and ends: its two most salient squares, the most salient last; -1 for none."""
    world = crisis.setting.world
    kinds = [SITE_KINDS.index(kind) for kind in ("square", "monument")]
    found = np.flatnonzero((crisis.setting.geography.site_town == town) & np.isin(world.site_kind, kinds))
    if len(found) == 0:
        return -1, -1
    order = found[np.argsort(-world.salience[found], kind="stable")]
    return int(order[min(1, len(order) - 1)]), int(order[0])
