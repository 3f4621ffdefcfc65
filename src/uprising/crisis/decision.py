"""Decision: one stripe of the people weighs staying, striking, going out and fighting.

What is decided is kernel.decision.utility; who must be asked, kernel.decision.candidates. Candidate lists and their
bounds last from step to step and change no result, so a snapshot needs none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprising.crisis.setting import DAY_BEGINS, NIGHT_BEGINS, SCHOOL_ENDS, WORK_ENDS
from uprising.crisis.state import Crisis, Perceived
from uprising.crisis.threads import ranges_for
from uprising.kernel.decision import candidates, sweep
from uprising.kernel.engine.bind import bind
from uprising.kernel.population.counters import find_active
from uprising.schema import constant
from uprising.state import DEMONSTRATING, N_STRIPES, ROLES

LIST_HOURS = (480.0, 96.0)
"""candidate lists, wide and narrow, older than this are made again: those who can no longer change stay on them"""
PROHIBITIVE_COST = constant("prohibitive_cost")
NIGHT_COST_OF_FIGHT, CAMPUS_FOR_FIGHT = constant("night_cost_of_fight"), constant("campus_for_fight")
CAMPUS_FOR_STRIKE, CAMPUS_FOR_INTELLECTUALS = constant("campus_for_strike"), constant("campus_for_intellectuals")
PRIME_AGE, PRIME_AGE_YEARS = constant("prime_age"), constant("prime_age_years")
YOUTH_AGE, YOUTH_AGE_YEARS, LEAST_AGE = constant("youth_age"), constant("youth_age_years"), constant("least_age")
IN_UNIFORM = ("soldier", "police", "political_police")
AT_WORK = ("industrial_worker", "other_worker", "intellectual", "official")


class RoleCosts(NamedTuple):
    """[role] costs of going out, of being missed at work, of striking and of fighting."""

    out: NDArray[np.float64]
    work: NDArray[np.float64]
    strike: NDArray[np.float64]
    fight: NDArray[np.float64]


class Decision:
    """Stripes that are due reconsider; who wants another activity is left in the population's intentions."""

    writes: ClassVar[tuple[str, ...]] = ("log.person_steps",)

    def __init__(self, crisis: Crisis) -> None:
        self.crisis = crisis
        setting, population = crisis.setting, crisis.population
        world, self.parameters = setting.world, setting.parameters
        rule = setting.rule
        self.is_bounded = rule is None
        """whether bounds say who could change; a user's own rule can't be bounded"""
        self.before_sweep: Callable[[], None] = lambda: None
        """called before people reconsider: on a first start the sweep is compiled elsewhere (crisis.warm_up)"""
        self._costs: dict[tuple[float, bool], RoleCosts] = {}
        self._was_angry = [False] * N_STRIPES
        self._is_active = np.zeros(world.n_places, np.bool_)
        self.refresh = np.rint(np.array(LIST_HOURS) / setting.step_hours).astype(np.int64)
        self.skin = candidates.skins(len(ROLES))
        n_levels, n_columns = self.skin.shape
        n_places, n_rows = world.n_places, population.people.n_rows
        place_cost = np.where(world.is_countryside, self.parameters["cost_countryside"], 0.0)
        self.outlook = np.zeros((n_places, n_columns))
        most = {name: np.zeros(n_places) for name in ("most_home", "most_block")}
        watched = np.zeros((n_levels, n_rows), np.uint16)
        self.box = [np.zeros((n_levels, n_places, n_columns)) for _ in range(N_STRIPES)]
        self.boxed = [np.full((n_levels, n_places), -1, np.int64) for _ in range(N_STRIPES)]
        by_place = self._by_place(place_cost)
        weights: dict[str, Any] = {
            name: self.parameters[name]
            for name in ("weight_discontent", "weight_social", "weight_belief", "weight_risk", "pull_household")
        }
        self.age_cost = self._age_costs()
        self._find_active = bind(
            find_active, place_role=population.counters.place_role, first_act=DEMONSTRATING, is_active=self._is_active
        )
        self._look_ahead = bind(
            candidates.look_ahead, "role_cost_out", "role_cost_strike", "role_cost_fight", "grievance", "fading",
            among=by_place | weights, place_active=self._is_active,
            most_team_pull=crisis.influence.most_team_pull, most_block_pull=crisis.influence.most_block_pull,
            outlook=self.outlook, **most,
        )
        self._lay_boxes = [
            bind(
                candidates.lay_boxes, "tick", outlook=self.outlook, skin=self.skin, refresh=self.refresh,
                box=box, boxed=boxed,
            )
            for box, boxed in zip(self.box, self.boxed, strict=True)
        ]
        lasting: dict[str, Any] = {
            **by_place, **weights, "step_hours": setting.step_hours,
            "traits": population.traits, "traits_whole": population.traits.view(np.int32),
            "activity": population.people.activity, "since": population.people.since,
            "household_out": population.counters.household_out, "team_pull": crisis.influence.team_pulls,
            "block_pull": crisis.influence.block_pull, "age_cost": self.age_cost,
            **{name: self.parameters[name] for name in (
                "threshold_spread", "fatigue", "rest_hours", "hysteresis", "commitment", "solidarity",
            )},
            **most, "touched": population.outrage_changed_at,
            "witnessed": population.witnessed_at, "watched": watched,
        }
        kernel = sweep.sweep if rule is None else sweep.sweep_with(rule)
        self._sweep = [self._sweep_of(kernel, stripe, lasting) for stripe in range(N_STRIPES)]

    def _by_place(self, place_cost: NDArray[np.float64]) -> dict[str, Any]:
        """What weighs on all people of a place."""
        perceived = self.crisis.perceived
        return {
            "place_pull": perceived.pull, "place_strike_pull": perceived.strike_pull,
            "place_belief": perceived.felt_belief, "place_outrage": perceived.outrage,
            "place_risk_out": perceived.risk_out, "place_risk_strike": perceived.risk_strike,
            "place_risk_fight": perceived.risk_fight, "place_can_fight": perceived.can_fight,
            "place_cost": place_cost, "place_curfew": perceived.curfew,
        }

    def _sweep_of(self, kernel: Callable[..., Any], stripe: int, lasting: dict[str, Any]) -> Callable[..., Any]:
        """The sweep of a stripe, with candidate lists of its own."""
        population = self.crisis.population
        chunks, intended = population.chunks[stripe], population.intentions[stripe]
        n_chunks = len(chunks.place)
        n_levels = len(self.skin)
        # what is kept of half of a chunk's people at most, see candidates.kept_from
        n_kept = int(chunks.start[-1] - chunks.start[0]) + n_chunks
        kept = np.empty(candidates.COLUMNS * ((n_kept + 1) // 2), np.float32)
        return bind(
            kernel, "next_range", "tick", "is_waking", "is_bounded", "role_cost_out", "role_cost_work",
            "role_cost_strike", "role_cost_fight", "grievance", "fading", "n_out",
            among=lasting, ranges=ranges_for(n_chunks, population.threads),
            chunk_start=chunks.start, chunk_place=chunks.place, box=self.box[stripe], boxed=self.boxed[stripe],
            looked=np.full((n_levels, n_chunks), -1, np.int64), laid=np.full(n_chunks, -1, np.int64),
            n_watched=np.zeros((candidates.HELD + 1, n_chunks), np.int64), kept=kept, kept_whole=kept.view(np.int32),
            remembered=np.zeros((n_chunks, candidates.N_REMEMBERED)),
            out=population.rows_out[population.first_row[stripe] :],
            wish=intended.acts, changed=intended.rows, n_changed=intended.n,
        )

    def __call__(self) -> None:
        """Let the stripes that are due reconsider what they perceive."""
        self.before_sweep()
        for stripe in self.crisis.population.schedule.due(self.crisis.now.tick):
            self._reconsider(stripe)

    def _reconsider(self, stripe: int) -> None:
        now, perceived, population = self.crisis.now, self.crisis.perceived, self.crisis.population
        costs = self.role_costs(now.hour_of_day, now.is_workday, perceived)
        is_waking = now.hour_of_day >= DAY_BEGINS
        if is_waking and self.is_bounded:
            self._lay_bounds(stripe)
        next_range = np.zeros(1, np.int64)

        def sweep_ranges(_: int, first: int, last: int) -> None:
            self._sweep[stripe](
                next_range=next_range, tick=np.int64(now.tick), is_waking=is_waking, is_bounded=self.is_bounded,
                role_cost_out=costs.out, role_cost_work=costs.work, role_cost_strike=costs.strike,
                role_cost_fight=costs.fight, grievance=perceived.grievance, fading=perceived.fading,
                n_out=population.n_out[stripe],
            )

        population.spread((sweep_ranges, population.threads))
        start = population.chunks[stripe].start
        self.crisis.log.person_steps += int(start[-1] - start[0])

    def _lay_bounds(self, stripe: int) -> None:
        """Bound what can weigh on people of each place until the lists are next made again."""
        now, perceived = self.crisis.now, self.crisis.perceived
        # with the costs of broad day: what holds by day holds by night
        costs = self.role_costs(12.0, False, perceived)
        self._find_active()
        self._look_ahead(
            role_cost_out=costs.out, role_cost_strike=costs.strike, role_cost_fight=costs.fight,
            grievance=perceived.grievance, fading=perceived.fading,
        )
        # anger may fade, and bounds don't cover how soon a striker's cost of striking grows
        is_angry = perceived.anger is not None and bool(perceived.anger.any())
        if is_angry or self._was_angry[stripe]:
            self.boxed[stripe][:] = -1
        self._was_angry[stripe] = is_angry
        self._lay_boxes[stripe](tick=now.tick)

    def role_costs(self, hour_of_day: float, is_workday: bool, perceived: Perceived) -> RoleCosts:
        """Return the costs by role at this hour.

        Discontent that a role has of its own, `anger`, is taken off: all people of a role share it.
        """
        key = (hour_of_day, is_workday)
        if key not in self._costs:
            self._costs[key] = self._costs_at(hour_of_day, is_workday)
        costs = self._costs[key]
        if perceived.anger is None:  # nobody has lost anything
            return costs
        own = self.parameters["weight_discontent"] * perceived.anger
        return RoleCosts(costs.out - own, costs.work, costs.strike - own, costs.fight - own)

    def _costs_at(self, hour_of_day: float, is_workday: bool) -> RoleCosts:
        parameters = self.parameters
        night = parameters["cost_night"] if hour_of_day >= NIGHT_BEGINS or hour_of_day < DAY_BEGINS else 0.0
        out = np.full(len(ROLES), parameters["cost_out"] + night)
        work = np.zeros(len(ROLES))
        strike = np.full(len(ROLES), PROHIBITIVE_COST)
        fight = np.full(len(ROLES), parameters["cost_fight"] + NIGHT_COST_OF_FIGHT * night)
        for r, role in enumerate(ROLES):
            if role in IN_UNIFORM:
                out[r] = fight[r] = PROHIBITIVE_COST
            if role in AT_WORK:
                strike[r] = parameters["cost_strike"]
                if is_workday and DAY_BEGINS <= hour_of_day < WORK_ENDS:
                    work[r] = parameters["cost_work"]
        student = ROLES.index("student")
        if is_workday and DAY_BEGINS <= hour_of_day < SCHOOL_ENDS:
            work[student] = parameters["cost_work"]
        campus, official = parameters["cost_campus"], ROLES.index("official")
        out[student] -= campus
        fight[student] -= CAMPUS_FOR_FIGHT * campus
        strike[student] = parameters["cost_strike"] - CAMPUS_FOR_STRIKE * campus
        out[ROLES.index("intellectual")] -= CAMPUS_FOR_INTELLECTUALS * campus
        for costs in (out, strike, fight):
            costs[official] += parameters["cost_service"]
        return RoleCosts(out, work, strike, fight)

    def _age_costs(self) -> NDArray[np.float64]:
        """[2, 128] cost of age and sex: per decade above 30, per two years below 16; children stay out."""
        parameters = self.parameters
        age = np.arange(128)
        older, younger = np.maximum(age - PRIME_AGE, 0), np.maximum(YOUTH_AGE - age, 0)
        cost = parameters["cost_age"] * (older / PRIME_AGE_YEARS + younger / YOUTH_AGE_YEARS)
        cost = np.where(age < LEAST_AGE, PROHIBITIVE_COST, cost)
        return np.stack([cost + parameters["cost_female"], cost])
