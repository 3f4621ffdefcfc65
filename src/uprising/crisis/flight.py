"""Flight: households decide once a day whether to leave the country through an open crossing."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from uprising import purposes
from uprising.crisis.state import Crisis
from uprising.kernel import flight
from uprising.kernel.engine.bind import bind
from uprising.schema import constant
from uprising.state import N_STRIPES

FLIGHT_HOUR, FLIGHT_FEAR_LEAST = constant("flight_hour"), constant("flight_fear_least")
BORDER_REPORTED = constant("border_reported")


class Flight:
    """Each evening one stripe after the other decides."""

    writes: ClassVar[tuple[str, ...]] = (
        "people.activity", "people.site", "people.since", "counters", "places.fled_rows", "country.seen_once",
        "log.events",
    )

    def __init__(self, crisis: Crisis) -> None:
        self.crisis = crisis
        population, n_places = crisis.population, crisis.setting.world.n_places
        among = population.as_arguments() | {"age": population.people.age}
        self._leaving = np.zeros(population.most_rows, np.int32)
        self._n_leaving = np.zeros(n_places, np.int64)
        self._want, self._leave = [], []
        for stripe in range(N_STRIPES):
            of_stripe = slice(stripe * n_places, (stripe + 1) * n_places + 1)
            starts = population.groups.segment_start[of_stripe]
            self._want.append(bind(
                flight.want_to_flee, "day", "first_place", "last_place", "hazard", among=among,
                seed=np.int64(crisis.setting.seed), purpose=purposes.FLEE, starts=starts,
                first_head=population.first_household[of_stripe], head=population.household_row,
                owner=population.household_id, leaving=self._leaving, n_leaving=self._n_leaving,
            ))
            self._leave.append(bind(
                flight.leave, "tick", "out", "slot", among=among, starts=starts, leaving=self._leaving,
                n_leaving=self._n_leaving, fled_by_place=crisis.places.fled_rows, n_present=population.n_present,
            ))

    def __call__(self) -> None:
        """Let the households of the stripe whose turn it is decide, if any crossing can be passed."""
        crisis, setting = self.crisis, self.crisis.setting
        steps_per_day = int(24.0 / setting.step_hours)
        day, phase = divmod(crisis.now.tick, steps_per_day)
        stripe = phase - int(FLIGHT_HOUR / setting.step_hours)
        if not 0 <= stripe < N_STRIPES:
            return
        crossings = crisis.deployment.crossing_sites
        if len(crossings) == 0:
            return
        passable = crisis.deployment.openness(crisis.units)
        if not passable.max() > 0.0:
            return
        if passable.max() > BORDER_REPORTED:
            best = int(crossings[int(np.argmax(passable))])
            crisis.say_once("open border", "border_opened", setting.world.site_ids[best], "border guard",
                            float(passable.max()),
                            f"The border can be crossed at {setting.world.site_names[best]}")
        reach = (passable[None, :] * setting.geography.near_crossings).max(axis=1)
        fear = np.maximum(crisis.perceived.risk_out, FLIGHT_FEAR_LEAST)
        lost_hope = 1.0 - crisis.perceived.belief
        self._let_flee(day, stripe, setting.parameters["flight_per_day"] * reach * fear * lost_hope)

    def _let_flee(self, day: int, stripe: int, hazard: NDArray[np.float64]) -> None:
        population = self.crisis.population
        want: Callable[..., None] = self._want[stripe]
        self._n_leaving[:] = 0

        def want_of_places(_: int, first: int, last: int) -> None:
            want(day=day, first_place=first, last_place=last, hazard=hazard)

        population.spread((want_of_places, self.crisis.setting.world.n_places))
        first = population.first_row[stripe]
        part = slice(first, first + population.n_out[stripe])
        self._leave[stripe](
            tick=np.int64(self.crisis.now.tick), out=population.rows_out[part], slot=population.slot_of[part]
        )
