"""People in a crisis step: what they see, what they decide, where they go, what befalls them.

Binds the kernels to the arrays of one run. Everything that changes lives in the arrays named in
`Crowd.state_arrays`, so a snapshot is those arrays and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising import purposes
from uprising.case.world import World, steps_by_tram, steps_on_foot
from uprising.crisis.movement import CHANGE, room_for
from uprising.crisis.schedule import STRIPE_MINUTES, Turns
from uprising.crisis.threads import Phase, ranges_for, spread
from uprising.kernel import flight
from uprising.kernel.decision import candidates, sweep
from uprising.kernel.engine import elementary
from uprising.kernel.output import share_above
from uprising.kernel.perception import influence
from uprising.kernel.population.counters import count_states, find_active
from uprising.kernel.population.person import side_by_side
from uprising.state import DEMONSTRATING, N_STRIPES, ROLES, STRIKING, Groups, People, counters_of

CHUNK = 8192
WORTH_THREADS = 500_000
"""with fewer rows handing work to threads takes longer than the work"""
WORTH_LOOKING = 16_000
"""with fewer teams whose pull has changed in a step one thread makes them anew"""
WATCH_HOURS = (480.0, 96.0)
"""watch lists, wide and narrow, older than this are made anew: those who dropped out of question stay on them"""
DISCONTENTED = 0.25
"""discontent, on the scale of MODEL 6.1, above which a person privately rejects the government"""
NEVER_GOES = 99.0
FIXED_KEY = 1956
DAY_BEGINS, SCHOOL_ENDS, WORK_ENDS, NIGHT_BEGINS = 5.0, 14.0, 15.0, 22.0
"""hours of the day; who has work or school is bound from the morning on, on the way there as well"""
IN_UNIFORM = ("soldier", "police", "political_police")
AT_WORK = ("industrial_worker", "other_worker", "intellectual", "official")


class Crowd:
    """People and their groups in one run; see the module.

    Parameters
    ----------
    people, groups : synthesised population (read-only; what changes is copied)
    weight : real people that a row stands for
    """

    def __init__(
        self, world: World, people: People, groups: Groups, parameters: dict[str, float], seed: int,
        weight: float, step_minutes: int, executor: Executor | None, threads: int,
        rule: Callable[..., int] | None = None,
    ) -> None:  # fmt: skip
        self.world, self.groups, self.parameters = world, groups, parameters
        self.seed, self.weight = np.int64(seed), float(weight)
        self.step_minutes, self.step_hours = step_minutes, step_minutes / 60.0
        self.executor = executor if people.n_rows >= WORTH_THREADS else None
        self.threads = threads
        self.sweep = sweep.sweep if rule is None else sweep.sweep_with(rule)
        self.before_sweep: Callable[[], None] = lambda: None
        """called before people reconsider: on a first start the sweep is compiled elsewhere (crisis.warm_up)"""
        n, p, s = people.n_rows, world.n_places, world.n_sites
        self.counters = counters_of(groups, p)
        count_states(0, n, people.home, people.role, people.activity, self.counters.place_role)
        felt = self._felt_teams(people)
        self.first_head = np.zeros(len(groups.segment_start), np.int64)
        self.head, self.owner = np.empty((2, len(groups.household_size)), np.int32)
        flight.list_households(groups.segment_start, people.household, self.first_head, self.head, self.owner)
        columns, self.traits = side_by_side(
            people, groups.household_size, lambda work, length: self.spread((work, length))
        )
        self.people = people._replace(
            activity=people.activity.copy(), site=people.site.copy(), since=people.since.copy(), **columns
        )
        self.rows_at_start = self.counters.place_role.sum(axis=(1, 2))
        # who is in the streets (row, slot, step of arrival), stripe by stripe: see kernel.movement.travel
        self.out, self.slot, self.step = self.streets = room_for(n)
        self.n_out, self.n_present = np.zeros(N_STRIPES, np.int64), np.zeros(2 * s, np.int64)
        self.carry = np.zeros(8)
        self.fled_rows = np.zeros(p, np.int64)
        self.chunks = [self._chunks_of(stripe) for stripe in range(N_STRIPES)]
        workers = threads if self.executor is not None else 1
        self.ranges = [ranges_for(len(places), workers) for _, places in self.chunks]
        self.first_row = np.array([starts[0] for starts, _ in self.chunks])
        most = max(int(starts[-1] - starts[0]) for starts, _ in self.chunks)
        self.changes = tuple(np.zeros(most, kind) for kind in CHANGE)
        self.joined = room_for(most)
        # rows that want another act, and their wishes; stripes that are never due in the same step share one list
        lists = [(np.zeros(most, np.int32), np.zeros(most, np.uint8)) for _ in range(N_STRIPES)]
        self.wishes = lists if step_minutes > STRIPE_MINUTES else lists[:1] * N_STRIPES
        self.n_changed = [np.zeros(len(places), np.int64) for _, places in self.chunks]
        self._prepare_to_look(*felt)
        origin_town = world.place_group[np.concatenate([np.arange(p), world.site_place])]
        self.origin_town = origin_town
        is_same_town = origin_town[:, None] == world.place_group[world.site_place][None, :]
        self.on_foot = steps_on_foot(world.walk_km, step_minutes)
        self.by_tram = steps_by_tram(world.walk_km, is_same_town, step_minutes)
        self.steps_to_site = self.on_foot.copy()
        self.has_trams = np.zeros(len(world.group_ids), np.bool_)
        self.nearness = elementary.exp(-world.walk_km / parameters["reach_km"])
        self.draw = np.zeros((3, s))
        # running sums of draws are made where they are asked for: by each thread on its own
        workers = threads if self.executor is not None else 1
        self.cumulative = [np.zeros((3, p + s, s)) for _ in range(workers)]
        self.shift = np.zeros((workers, 2 * s), np.int64)
        self.is_filled = np.zeros((workers, 3, p + s), np.bool_)
        self.wander = 1.0 - math.exp(-parameters["wander_per_hour"] * N_STRIPES * (STRIPE_MINUTES / 60.0))
        self.crowd = np.zeros(s)
        self.fighters = np.zeros(s)
        self.fighters_home = np.zeros(p)
        self.age_cost = self._age_costs()
        self.place_cost = np.where(world.is_countryside, parameters["cost_countryside"], 0.0)
        self.turns = Turns(step_minutes)
        self._role_costs: dict[tuple[float, bool], tuple[NDArray[np.float64], ...]] = {}
        self.was_active = np.ones(1, np.bool_)
        self.is_active = np.zeros(p, np.bool_)
        self._prepare_watch()
        self.hardship_quantiles: NDArray[np.float64] | None = None

    state_arrays = ("carry", "fled_rows", "crowd", "fighters", "fighters_home")

    def _chunks_of(self, stripe: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Starts (one more than chunks) and places of the chunks of a stripe; a chunk never crosses a place."""
        first = stripe * self.world.n_places
        bounds = self.groups.segment_start[first : first + self.world.n_places + 1]
        starts: list[int] = []
        places: list[int] = []
        for place in range(self.world.n_places):
            pieces = np.arange(bounds[place], bounds[place + 1], CHUNK)
            starts.extend(int(piece) for piece in pieces)
            places.extend([place] * len(pieces))
        return np.array([*starts, int(bounds[-1])], np.int64), np.array(places, np.int64)

    def _prepare_watch(self) -> None:
        """Watch lists of kernel.decision.sweep: none is made yet; a rule of the user's own can't be bounded."""
        self.is_bounded = self.sweep is sweep.sweep
        self.refresh = np.rint(np.array(WATCH_HOURS) / self.step_hours).astype(np.int64)
        self.skin = candidates.skins(len(ROLES))
        n_levels, n_columns = self.skin.shape
        sizes = [len(places) for _, places in self.chunks]
        n_places, n_rows = self.world.n_places, self.people.n_rows
        self.outlook, self.most_near = np.zeros((n_places, n_columns)), np.zeros(n_places)
        self.box = [np.zeros((n_levels, n_places, n_columns)) for _ in sizes]
        self.boxed = [np.full((n_levels, n_places), -1, np.int64) for _ in sizes]
        self.looked = [np.full((n_levels, size), -1, np.int64) for size in sizes]
        self.laid = [np.full(size, -1, np.int64) for size in sizes]
        self.n_watched = [np.zeros((candidates.HELD + 1, size), np.int64) for size in sizes]
        self.was_angry = [False] * len(sizes)
        self.remembered = [np.zeros((size, candidates.N_REMEMBERED)) for size in sizes]
        self.watched = np.zeros((n_levels, n_rows), np.uint16)
        # half of a chunk's people at the most, see kernel.decision.candidates.kept_from
        of_rows = [int(starts[-1] - starts[0]) + len(places) for starts, places in self.chunks]
        self.kept = [np.empty(candidates.COLUMNS * ((n + 1) // 2), np.float32) for n in of_rows]
        n_blocks = (n_rows >> candidates.BLOCK_BITS) + 1
        self.touched, self.witnessed = np.full(n_blocks, -1, np.int64), np.full(n_blocks, -1, np.int64)

    def _prepare_to_look(self, team: NDArray[np.int32], bucket: NDArray[np.int32]) -> None:
        """What look_around keeps: what follows from counts of zero, and which have changed since; see _felt_teams."""
        groups, counters, p = self.groups, self.counters, self.world.n_places
        n_teams, n_workplaces, n_blocks = (
            len(size) for size in (groups.team_size, groups.workplace_size, groups.block_size)
        )
        n_buckets = p * len(ROLES)
        per_member, per_workmate, per_neighbour = (
            (pull / np.maximum(size, least)).astype(np.float32)
            for pull, size, least in (
                (1.0, groups.team_size, influence.SMALLEST_TEAM),
                (1.0, groups.workplace_size, 1),
                (self.parameters["pull_block"], groups.block_size, 1),
            )
        )
        self.acquaintance = self._acquaint()
        first_knower, knower = _turned(self.acquaintance.ravel(), n_teams)
        knower //= influence.N_ACQUAINTANCES
        first_felt, felt = _turned(bucket, n_buckets)
        # those without a team, number -1, read the first pair, which stays 0
        self.team_pulls = np.zeros(2 * (n_teams + 1), np.float32)
        self.team_pull = self.team_pulls[2:].reshape(n_teams, 2)
        self.team_share = np.zeros((n_teams, 2), np.float32)
        self.workplace_share = np.zeros((n_workplaces, 2), np.float32)
        self.most_team_pull = np.zeros((2, n_buckets), np.float32)
        self.block_pull = np.zeros(n_blocks, np.float32)
        # bits of those whose counts have changed since they were last looked at
        self.team_moved, self.block_moved = (np.zeros(n // 64 + 1, np.uint64) for n in (n_teams, n_blocks))
        self.most_block_pull = np.zeros(p)
        self._blocks = (
            counters.block_out, self.block_moved, per_neighbour, groups.block_place,
            *_turned(groups.block_place, p), np.zeros(n_blocks, np.int32), np.zeros(p, np.bool_),
            self.block_pull, self.most_block_pull,
        )  # fmt: skip
        workers = self.threads if self.executor is not None else 1
        # each worker notes on its own which teams' pulls are stale, and which pulls grow or shrink
        self.workplace_moved = np.zeros((workers, n_workplaces), np.bool_)
        self.stale_bits = np.zeros((workers, n_teams // 64 + 1), np.uint64)
        self.largest = np.zeros((workers, 2, n_buckets), np.float32)
        self.has_shrunk = np.zeros((workers, 2, n_buckets), np.bool_)
        self._to_note = (
            self.team_moved, counters.team_out, counters.team_stopped, per_member,
            counters.workplace_out, counters.workplace_stopped,
            per_workmate, groups.team_workplace, *_turned(groups.team_workplace, n_workplaces), first_knower, knower,
            np.zeros(n_teams, np.int32), self.team_share, self.workplace_share,
        )  # fmt: skip
        self._to_renew = (
            self.acquaintance, bucket[:n_teams],
            *(self.parameters[f"pull_{group}"] for group in ("team", "workplace", "acquaintance")),
            self.most_team_pull, np.zeros(64 * self.stale_bits.shape[1], np.int32), self.team_pull,
        )  # fmt: skip
        self._felt = bucket[n_teams:], first_felt, team[felt]
        self.n_stale = 0
        self.is_by_workplace = bool((np.diff(groups.team_workplace) >= 0).all())

    def _acquaint(self) -> NDArray[np.int32]:
        """[t, 3] teams that each team knows."""
        workplace_place = self.groups.workplace_place[self.groups.team_workplace].astype(np.int64)
        order = np.argsort(workplace_place, kind="stable")
        # teams are built place by place; a table in place order keeps that true for any synthesis
        first = np.searchsorted(workplace_place[order], np.arange(self.world.n_places + 1))
        drawn = np.zeros((len(order), influence.N_ACQUAINTANCES), np.int32)
        if len(order):
            influence.acquaint(FIXED_KEY, purposes.ACQUAINTANCE, workplace_place, first.astype(np.int64), drawn)
            drawn = order[drawn].astype(np.int32)
        return drawn

    def _felt_teams(self, people: People) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(team, bucket of place and role) wherever a team is felt: where it is, then where members live."""
        groups, n_roles = self.groups, len(ROLES)
        place, role = groups.workplace_place.astype(np.int32), groups.workplace_role.astype(np.int32)
        own_bucket = (place * n_roles + role)[groups.team_workplace]
        sought = people.team, people.home, people.role, own_bucket, n_roles
        rows = np.empty(people.n_rows // 64, np.int32)
        n = influence.find_commuters(*sought, rows)
        if n > len(rows):
            rows = np.empty(n, np.int32)
            influence.find_commuters(*sought, rows)
        rows = rows[:n]
        n_buckets = np.int64(self.world.n_places * n_roles)
        commuting = np.unique(people.team[rows] * n_buckets + people.home[rows] * np.int64(n_roles) + people.role[rows])
        team, bucket = (column.astype(np.int32) for column in divmod(commuting, n_buckets))
        every = np.arange(len(own_bucket), dtype=np.int32)
        return np.concatenate([every, team]), np.concatenate([own_bucket, bucket])

    def _age_costs(self) -> NDArray[np.float64]:
        """[2, 128] cost of age and sex: per decade above 30, per two years below 16; children stay out."""
        parameters = self.parameters
        age = np.arange(128)
        cost = parameters["cost_age"] * (np.maximum(age - 30, 0) / 10.0 + np.maximum(16 - age, 0) / 2.0)
        cost = np.where(age < 12, NEVER_GOES, cost)
        return np.stack([cost + parameters["cost_female"], cost])

    def role_costs(
        self, hour_of_day: float, is_workday: bool, seen: dict[str, Any]
    ) -> tuple[NDArray[np.float64], ...]:
        """Costs by role at this hour: going out, being missed at work, striking, fighting (MODEL 6.2).

        Discontent that a role has of its own, `seen["anger"]`, is taken off: all of a role share it.
        """
        key = (hour_of_day, is_workday)
        if key not in self._role_costs:
            self._role_costs[key] = self._costs_at(hour_of_day, is_workday)
        out, work, strike, fight = self._role_costs[key]
        if seen["anger"] is None:  # nobody has lost anything
            return out, work, strike, fight
        own = self.parameters["weight_discontent"] * seen["anger"]
        return out - own, work, strike - own, fight - own

    def _costs_at(self, hour_of_day: float, is_workday: bool) -> tuple[NDArray[np.float64], ...]:
        parameters = self.parameters
        night = parameters["cost_night"] if hour_of_day >= NIGHT_BEGINS or hour_of_day < DAY_BEGINS else 0.0
        out = np.full(len(ROLES), parameters["cost_out"] + night)
        work = np.zeros(len(ROLES))
        strike = np.full(len(ROLES), NEVER_GOES)
        fight = np.full(len(ROLES), parameters["cost_fight"] + 0.5 * night)
        for r, role in enumerate(ROLES):
            if role in IN_UNIFORM:
                out[r] = fight[r] = NEVER_GOES
            if role in AT_WORK:
                strike[r] = parameters["cost_strike"]
                if is_workday and DAY_BEGINS <= hour_of_day < WORK_ENDS:
                    work[r] = parameters["cost_work"]
        student = ROLES.index("student")
        if is_workday and DAY_BEGINS <= hour_of_day < SCHOOL_ENDS:
            work[student] = parameters["cost_work"]
        campus, official = parameters["cost_campus"], ROLES.index("official")
        out[student] -= campus
        fight[student] -= 0.5 * campus
        strike[student] = parameters["cost_strike"] - 0.5 * campus
        out[ROLES.index("intellectual")] -= 0.5 * campus
        for costs in (out, strike, fight):
            costs[official] += parameters["cost_service"]
        return out, work, strike, fight

    def look_around(self) -> None:
        """Pulls of teams, workplaces and blocks from the counts (skipped while nobody is active).

        They follow from the counts alone, so a snapshot needs none of them.
        """
        active = find_active(self.counters.place_role, STRIKING, self.is_active)
        if not active and not self.was_active[0]:
            return
        self.was_active[0] = active
        if self.executor is None or self.n_stale < WORTH_LOOKING or not self.is_by_workplace:
            influence.look_at_blocks(*self._blocks)
            self.n_stale = influence.look_at_teams(
                *self._to_note, self.workplace_moved, self.stale_bits, *self._to_renew, self.largest, self.has_shrunk,
                *self._felt,
            )  # fmt: skip
        else:
            self._look_together()

    def _look_together(self) -> None:
        """What look_around does, spread over threads: whoever makes a pull anew, it follows from the same counts."""
        n_pieces = 2 * self.threads
        n_teams, n_words = len(self.team_share), self.stale_bits.shape[1]
        # no two pieces share a workplace or a word of bits
        workplace = self.groups.team_workplace
        teams = [k * n_teams // n_pieces for k in range(n_pieces + 1)]
        teams = [0, *(int(np.searchsorted(workplace, workplace[t])) for t in teams[1:-1]), n_teams]
        words = [k * n_words // n_pieces for k in range(n_pieces + 1)]
        n_stale = np.zeros(n_pieces, np.int64)

        def note(worker: int, begin: int, end: int) -> None:
            for k in range(begin, end):
                if k == n_pieces:
                    influence.look_at_blocks(*self._blocks)
                else:
                    influence.note_stale(
                        teams[k], teams[k + 1], *self._to_note, self.workplace_moved[worker], self.stale_bits[worker]
                    )

        def renew(worker: int, begin: int, end: int) -> None:
            for k in range(begin, end):
                n_stale[k] = influence.renew_pulls(
                    words[k], words[k + 1], self.team_moved, self.stale_bits, self.team_share, self.workplace_share,
                    workplace, *self._to_renew, self.largest[worker], self.has_shrunk[worker],
                )  # fmt: skip

        self.spread((note, n_pieces + 1), (renew, n_pieces))
        self.n_stale = int(n_stale.sum())
        influence.renew_most(
            self.n_stale, *self._felt, self.team_pull, self.largest, self.has_shrunk, self.most_team_pull
        )

    def look_anew(self) -> None:
        """The next look_around asks all teams and blocks, whatever it knows: after a snapshot."""
        self.team_moved[:] = self.block_moved[:] = ~np.uint64(0)

    def spread(self, *phases: Phase) -> None:
        """Run phases of work across threads, where there are any (see crisis.threads)."""
        spread(self.executor, self.threads, *phases)

    def reconsider(self, tick: int, hour_of_day: float, is_workday: bool, seen: dict[str, Any]) -> int:
        """The stripes that are due reconsider against `seen` (arrays by place); how many people of the table did."""
        self.before_sweep()
        return sum(self._reconsider(stripe, tick, hour_of_day, is_workday, seen) for stripe in self.turns.due(tick))

    def _reconsider(
        self, stripe: int, tick: int, hour_of_day: float, is_workday: bool, seen: dict[str, Any]
    ) -> int:
        (starts, places), (changed, wish) = self.chunks[stripe], self.wishes[stripe]
        people, counters, parameters = self.people, self.counters, self.parameters
        out, work, strike, fight = self.role_costs(hour_of_day, is_workday, seen)
        is_waking = hour_of_day >= DAY_BEGINS
        if is_waking and self.is_bounded:
            self._look_ahead(seen)
            # anger may fade, and boxes don't bound how soon a striker's cost of striking grows
            is_angry = seen["anger"] is not None and bool(seen["anger"].any())
            if is_angry or self.was_angry[stripe]:
                self.boxed[stripe][:] = -1
            self.was_angry[stripe] = is_angry
            candidates.lay_boxes(self.outlook, self.skin, tick, self.refresh, self.box[stripe], self.boxed[stripe])

        next_range = np.zeros(1, np.int64)

        def sweep(_: int, first: int, last: int) -> None:
            self.sweep(
                next_range, self.ranges[stripe], starts, places, np.int64(tick), self.step_hours, is_waking,
                self.is_bounded, self.traits, self.traits.view(np.int32), people.activity, people.since,
                counters.household_out, self.team_pulls, self.block_pull,
                seen["pull"], seen["strike_pull"], seen["belief"], seen["outrage"], seen["risk_out"],
                seen["risk_strike"], seen["risk_fight"], seen["can_fight"], self.place_cost, seen["curfew"],
                out, work, strike, fight, self.age_cost,
                seen["grievance"], seen["fading"], parameters["weight_discontent"], parameters["weight_social"],
                parameters["weight_belief"], parameters["weight_risk"], parameters["threshold_spread"],
                parameters["pull_household"], parameters["fatigue"], parameters["rest_hours"],
                parameters["hysteresis"], parameters["commitment"], parameters["solidarity"],
                self.most_near, self.box[stripe], self.boxed[stripe], self.touched, self.witnessed,
                self.looked[stripe], self.laid[stripe], self.watched, self.n_watched[stripe], self.kept[stripe],
                self.kept[stripe].view(np.int32), self.remembered[stripe], self.out[self.first_row[stripe] :],
                self.n_out[stripe], wish, changed, self.n_changed[stripe],
            )  # fmt: skip

        self.spread((sweep, self.threads if self.executor is not None else 1))
        return int(starts[-1] - starts[0])

    def _look_ahead(self, seen: dict[str, Any]) -> None:
        """The outlook of each place, with the costs of broad day: what holds by day holds by night."""
        parameters = self.parameters
        out, _, strike, fight = self.role_costs(12.0, False, seen)
        find_active(self.counters.place_role, DEMONSTRATING, self.is_active)
        candidates.look_ahead(
            seen["belief"], seen["outrage"], seen["risk_out"], seen["risk_strike"], seen["risk_fight"],
            seen["can_fight"], self.place_cost, seen["curfew"],
            self.is_active, seen["pull"], seen["strike_pull"],
            self.most_team_pull, self.most_block_pull, out, strike, fight,
            seen["grievance"], seen["fading"], parameters["weight_discontent"], parameters["weight_social"],
            parameters["weight_belief"], parameters["weight_risk"], parameters["pull_household"], self.outlook,
            self.most_near,
        )  # fmt: skip

    def let_trams_run(self, is_running: NDArray[np.bool_]) -> None:
        """Ways inside the towns where trams and buses run are shorter."""
        if (is_running == self.has_trams).all():
            return
        rows = (is_running != self.has_trams)[self.origin_town]
        is_by_tram = is_running[self.origin_town[rows], None]
        self.steps_to_site[rows] = np.where(is_by_tram, self.by_tram[rows], self.on_foot[rows])
        self.has_trams[:] = is_running

    def choices(self, worker: int) -> tuple[Any, ...]:
        return self.draw, self.nearness, self.cumulative[worker], self.is_filled[worker]

    @property
    def places_of_people(self) -> tuple[Any, ...]:
        people = self.people
        return (people.home, people.role, people.household, people.team, people.block)

    @property
    def counts(self) -> tuple[Any, ...]:
        counters = self.counters
        return (
            self.groups.team_workplace, counters.household_out, counters.team_out, counters.team_stopped,
            counters.workplace_out, counters.workplace_stopped, counters.block_out, counters.place_role,
            self.team_moved, self.block_moved,
        )  # fmt: skip

    def flee(self, tick: int, day: int, stripe: int, hazard: NDArray[np.float64]) -> int:
        """Households of a stripe decide whether to leave; rows that left."""
        people, n_places = self.people, self.world.n_places
        segments = slice(stripe * n_places, (stripe + 1) * n_places + 1)
        starts, first_head = self.groups.segment_start[segments], self.first_head[segments]
        leaving, n_leaving = self.wishes[stripe][0], np.zeros(n_places, np.int64)
        part = slice(self.first_row[stripe], self.first_row[stripe] + self.n_out[stripe])

        def want(_: int, first: int, last: int) -> None:
            flight.want_to_flee(
                self.seed, day, purposes.FLEE, first, last, starts, first_head, self.head, self.owner,
                hazard, people.age, people.household, people.activity, leaving, n_leaving,
            )  # fmt: skip

        self.spread((want, n_places))
        return int(
            flight.leave(
                np.int64(tick), starts, leaving, n_leaving, *self.places_of_people,
                people.activity, people.site, people.since, *self.counts, self.fled_rows,
                self.out[part], self.slot[part], self.n_present,
            )
        )  # fmt: skip

    def private_discontent(self, grievance: float, outrage: NDArray[np.float64]) -> NDArray[np.float64]:
        """[p] share of people over 14 whose discontent (MODEL 6.1) is above DISCONTENTED, shown or not."""
        if self.hardship_quantiles is None:
            self.hardship_quantiles = self._quantiles()
        share = np.zeros(self.world.n_places)
        share_above((DISCONTENTED - outrage) / max(grievance, 1e-9), self.hardship_quantiles, share)
        return share

    def _quantiles(self) -> NDArray[np.float64]:
        """[p, 33] quantiles of hardship among people over 14, from at most 4096 rows a place and stripe 0."""
        people, n = self.people, self.world.n_places
        table = np.zeros((n, 33))
        for p in range(n):
            first, last = self.groups.segment_start[p], self.groups.segment_start[p + 1]
            chosen = slice(int(first), int(min(last, first + 4096)))
            hardship = people.hardship[chosen][people.age[chosen] > 14]
            if len(hardship):
                table[p] = np.quantile(hardship, np.linspace(0.0, 1.0, 33))
        return table

    def check_conservation(self) -> None:
        """Raise where people in states do not add up to the population of a place."""
        now = self.counters.place_role.sum(axis=(1, 2))
        if not np.array_equal(now, self.rows_at_start) or int(self.counters.place_role.min()) < 0:
            place = self.world.place_ids[int(np.argmax(now != self.rows_at_start))]
            raise AssertionError(
                f"people of {place} do not add up: {now.sum()} of {self.rows_at_start.sum()}"
            )


def _turned(group_of: NDArray[Any], n_groups: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(first, member): member[first[g] ... first[g + 1]] are the i with group_of[i] = g."""
    first, member = np.empty(n_groups + 1, np.int32), np.empty(len(group_of), np.int32)
    influence.members_of(group_of.astype(np.int32), first, member)  # compiled for one type
    return first, member
