"""People in a crisis step: what they see, what they decide, where they go, what befalls them.

Binds the kernels to the arrays of one run. Everything that changes lives in the arrays named in
`Crowd.state_arrays`, so a snapshot is those arrays and nothing else.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising import purposes
from uprising.case.world import World, steps_on_foot
from uprising.clocks.layout import RELATIVES, side_by_side
from uprising.kernel import bear, flee, hear, reconsider, travel, watch
from uprising.kernel.count import count_present, count_states, find_active, share_above
from uprising.state import DEMONSTRATING, N_STRIPES, ROLES, STRIKING, Groups, People, counters_of

CHUNK = 2048
WORTH_THREADS = 500_000
"""with fewer rows handing work to threads takes longer than the work"""
WORTH_PIECES = 20_000
"""with fewer people in the streets one thread counts them"""
PIECES = 8
"""ranges of work for each thread: so many that none waits long for the last"""
WATCH_HOURS = (480.0, 96.0)
"""watch lists, wide and narrow, older than this are made anew: those who dropped out of question stay on them"""
STRIPE_HOURS = 0.5
"""everybody reconsiders every N_STRIPES x STRIPE_HOURS waking hours (MODEL 6.2: about two)"""
DISCONTENTED = 0.25
"""discontent, on the scale of MODEL 6.1, above which a person privately rejects the government"""
NEVER_GOES = 99.0
FIXED_KEY = 1956
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
        self.seed, self.weight, self.step_hours = np.int64(seed), float(weight), step_minutes / 60.0
        self.executor = executor if people.n_rows >= WORTH_THREADS else None
        self.threads = threads
        self.sweep = reconsider.sweep if rule is None else reconsider.sweep_with(rule)
        n, p, s = people.n_rows, world.n_places, world.n_sites
        self.counters = counters_of(groups, p)
        count_states(0, n, people.home, people.role, people.activity, self.counters.place_role)
        felt = self._felt_teams(people)
        self.first_head = np.zeros(len(groups.segment_start), np.int64)
        self.head, self.owner = np.empty((2, len(groups.household_size)), np.int32)
        flee.list_households(groups.segment_start, people.household, self.first_head, self.head, self.owner)
        traits, self.lines = side_by_side(people, groups.household_size, self._spread)
        self.relatives = traits.pop(RELATIVES)
        self.people = people._replace(
            activity=people.activity.copy(), site=people.site.copy(), since=people.since.copy(), **traits
        )
        self.rows_at_start = self.counters.place_role.sum(axis=(1, 2))
        self.out, self.merged, self.newcomers = (np.zeros(n, np.int32) for _ in range(3))
        self.mover, self.mover_home = np.zeros(n, np.int32), np.zeros(n, np.uint16)
        self.slot, self.slot_merged = np.zeros(n, np.int32), np.zeros(n, np.int32)
        self.n_out = np.zeros(1, np.int64)
        self.carry = np.zeros(8)
        self.fled_rows = np.zeros(p, np.int64)
        self.chunks = [self._chunks_of(stripe) for stripe in range(N_STRIPES)]
        self.wish = np.zeros(n, np.uint8)
        self.changed = np.zeros(n, np.int32)
        self.n_changed = [np.zeros(len(places), np.int64) for _, places in self.chunks]
        self._prepare_to_look(*felt)
        self.steps_to_site = steps_on_foot(world.walk_km, step_minutes)
        self.nearness = np.exp(-world.walk_km / parameters["reach_km"])
        self.draw = np.zeros((3, s))
        # running sums of draws are made where they are asked for: by each thread on its own
        workers = threads if self.executor is not None else 1
        self.cumulative = [np.zeros((3, p + s, s)) for _ in range(workers)]
        self.is_filled = [np.zeros((3, p + s), np.bool_) for _ in range(workers)]
        self._due: tuple[int, list[int]] = (-1, [])
        self.wander = 1.0 - np.exp(-parameters["wander_per_hour"] * N_STRIPES * STRIPE_HOURS)
        self.crowd = np.zeros(s)
        self.fighters = np.zeros(s)
        self.fighters_home = np.zeros(p)
        self.age_cost = self._age_costs()
        self.place_cost = np.where(world.is_countryside, parameters["cost_countryside"], 0.0)
        self._role_costs: dict[tuple[float, bool], tuple[NDArray[np.float64], ...]] = {}
        self.was_active = np.ones(1, np.bool_)
        self.is_active = np.zeros(p, np.bool_)
        self._prepare_watch()
        self.hardship_quantiles: NDArray[np.float64] | None = None

    state_arrays = ("out", "n_out", "carry", "fled_rows", "crowd", "fighters", "fighters_home")

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
        """Watch lists of kernel.reconsider: none is made yet; a rule of the user's own can't be bounded."""
        self.is_bounded = self.sweep is reconsider.sweep
        self.refresh = np.rint(np.array(WATCH_HOURS) / self.step_hours).astype(np.int64)
        self.skin = watch.skins(len(ROLES))
        n_levels, n_columns = self.skin.shape
        sizes = [len(places) for _, places in self.chunks]
        n_places, n_rows = self.world.n_places, self.people.n_rows
        self.outlook, self.most_near = np.zeros((n_places, n_columns)), np.zeros(n_places)
        self.box = [np.zeros((n_levels, n_places, n_columns)) for _ in sizes]
        self.boxed = [np.full((n_levels, n_places), -1, np.int64) for _ in sizes]
        self.looked = [np.full((n_levels, size), -1, np.int64) for size in sizes]
        self.laid = [np.full(size, -1, np.int64) for size in sizes]
        self.n_watched = [np.zeros((watch.HELD + 1, size), np.int64) for size in sizes]
        self.was_angry = [False] * len(sizes)
        self.remembered = [np.zeros((size, watch.N_REMEMBERED)) for size in sizes]
        self.watched = np.zeros((n_levels, n_rows), np.uint16)
        self.kept = [np.empty(size * watch.KEPT * watch.COLUMNS, np.float32) for size in sizes]
        n_blocks = (n_rows >> watch.BLOCK_BITS) + 1
        self.touched, self.witnessed = np.full(n_blocks, -1, np.int64), np.full(n_blocks, -1, np.int64)

    def _prepare_to_look(self, team: NDArray[np.int32], bucket: NDArray[np.int32]) -> None:
        """What look_around keeps: the counts of its last look, all zero, and what follows; see _felt_teams."""
        groups, counters, p = self.groups, self.counters, self.world.n_places
        n_teams, n_workplaces, n_blocks = (
            len(size) for size in (groups.team_size, groups.workplace_size, groups.block_size)
        )
        n_buckets = p * len(ROLES)
        per_member, per_workmate, per_neighbour = (
            (pull / np.maximum(size, least)).astype(np.float32)
            for pull, size, least in (
                (1.0, groups.team_size, hear.SMALLEST_TEAM),
                (1.0, groups.workplace_size, 1),
                (self.parameters["pull_block"], groups.block_size, 1),
            )
        )
        self.acquaintance = self._acquaint()
        first_knower, knower = _turned(self.acquaintance.ravel(), n_teams)
        knower //= hear.N_ACQUAINTANCES
        first_felt, felt = _turned(bucket, n_buckets)
        # those without a team, number -1, read the last, which stays 0
        self.team_pull = np.zeros((n_teams + 1, 2), np.float32)
        self.team_share = np.zeros((n_teams, 2), np.float32)
        self.workplace_share = np.zeros((n_workplaces, 2), np.float32)
        self.most_team_pull = np.zeros((2, n_buckets))
        self.block_pull = np.zeros(n_blocks, np.float32)
        self.most_block_pull = np.zeros(p)
        def empty(length: int, dtype: Any = np.int32) -> NDArray[Any]:
            return np.zeros(length, dtype)

        self._blocks = (
            counters.block_out, np.zeros_like(counters.block_out), per_neighbour, groups.block_place,
            *_turned(groups.block_place, p), empty(n_blocks + 1), empty(n_blocks), empty(p, np.bool_),
            self.block_pull, self.most_block_pull,
        )  # fmt: skip
        self._teams = (
            counters.team_out, counters.team_stopped, np.zeros_like(counters.team_out),
            np.zeros_like(counters.team_stopped), per_member, counters.workplace_out, counters.workplace_stopped,
            per_workmate, groups.team_workplace, *_turned(groups.team_workplace, n_workplaces), self.acquaintance,
            first_knower, knower, bucket[:n_teams], team[n_teams:], bucket[n_teams:], first_felt, team[felt],
            *(self.parameters[f"pull_{group}"] for group in ("team", "workplace", "acquaintance")),
            empty(n_teams + 1), empty(n_teams), empty(n_workplaces, np.bool_), empty(n_teams // 64 + 1, np.uint64),
            empty(n_teams), np.zeros((2, n_buckets), np.bool_), self.team_share, self.workplace_share,
            self.team_pull, self.most_team_pull,
        )  # fmt: skip
        self.n_stale = 0

    def _acquaint(self) -> NDArray[np.int32]:
        """[t, 3] teams that each team knows."""
        workplace_place = self.groups.workplace_place[self.groups.team_workplace].astype(np.int64)
        order = np.argsort(workplace_place, kind="stable")
        # teams are built place by place; a table in place order keeps that true for any synthesis
        first = np.searchsorted(workplace_place[order], np.arange(self.world.n_places + 1))
        drawn = np.zeros((len(order), hear.N_ACQUAINTANCES), np.int32)
        if len(order):
            hear.acquaint(FIXED_KEY, purposes.ACQUAINTANCE, workplace_place, first.astype(np.int64), drawn)
            drawn = order[drawn].astype(np.int32)
        return drawn

    def _felt_teams(self, people: People) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(team, bucket of place and role) wherever a team is felt: where it is, then where members live."""
        groups, n_roles = self.groups, len(ROLES)
        place, role = groups.workplace_place.astype(np.int32), groups.workplace_role.astype(np.int32)
        own_bucket = (place * n_roles + role)[groups.team_workplace]
        sought = people.team, people.home, people.role, own_bucket, n_roles
        rows = np.empty(people.n_rows // 64, np.int32)
        n = hear.find_commuters(*sought, rows)
        if n > len(rows):
            rows = np.empty(n, np.int32)
            hear.find_commuters(*sought, rows)
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
        night = parameters["cost_night"] if hour_of_day >= 22.0 or hour_of_day < 5.0 else 0.0
        out = np.full(len(ROLES), parameters["cost_out"] + night)
        work = np.zeros(len(ROLES))
        strike = np.full(len(ROLES), NEVER_GOES)
        fight = np.full(len(ROLES), parameters["cost_fight"] + 0.5 * night)
        for r, role in enumerate(ROLES):
            if role in IN_UNIFORM:
                out[r] = fight[r] = NEVER_GOES
            if role in AT_WORK:
                strike[r] = parameters["cost_strike"]
                if is_workday and 6.0 <= hour_of_day < 15.0:
                    work[r] = parameters["cost_work"]
        student = ROLES.index("student")
        if is_workday and 8.0 <= hour_of_day < 14.0:
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
        hear.look_at_blocks(*self._blocks)
        self.n_stale = hear.look_at_teams(*self._teams)

    def _spread(self, work: Callable[[int, int, int], None], length: int) -> None:
        """Run work(worker, first, last) on ranges of 0..length, across threads where there are any.

        Each thread, this one among them, takes the next range when it is done with one.
        """
        if self.executor is None:
            work(0, 0, length)
            return
        edges = np.linspace(0, length, PIECES * self.threads + 1).astype(np.int64)
        left = deque((int(a), int(b)) for a, b in pairwise(edges) if b > a)

        def take(worker: int) -> None:
            while True:
                try:
                    first, last = left.popleft()
                except IndexError:  # all are taken
                    return
                work(worker, first, last)

        others = [self.executor.submit(take, worker) for worker in range(1, self.threads)]
        take(0)
        for other in others:
            other.result()

    def due(self, tick: int) -> list[int]:
        """Stripes whose turn begins in this step: one every STRIPE_HOURS, whatever the length of a step."""
        if tick != self._due[0]:
            slots = [math.ceil(round(t * self.step_hours / STRIPE_HOURS, 9)) for t in (tick, tick + 1)]
            self._due = tick, [slot % N_STRIPES for slot in range(*slots)]
        return self._due[1]

    def reconsider(self, tick: int, hour_of_day: float, is_workday: bool, seen: dict[str, Any]) -> int:
        """The stripes that are due reconsider against `seen` (arrays by place); how many people of the table did."""
        return sum(self._reconsider(stripe, tick, hour_of_day, is_workday, seen) for stripe in self.due(tick))

    def _reconsider(
        self, stripe: int, tick: int, hour_of_day: float, is_workday: bool, seen: dict[str, Any]
    ) -> int:
        starts, places = self.chunks[stripe]
        people, counters, parameters = self.people, self.counters, self.parameters
        out, work, strike, fight = self.role_costs(hour_of_day, is_workday, seen)
        is_waking = hour_of_day >= 5.0
        if is_waking and self.is_bounded:
            self._look_ahead(seen)
            # anger may fade, and boxes don't bound how soon a striker's cost of striking grows
            is_angry = seen["anger"] is not None and bool(seen["anger"].any())
            if is_angry or self.was_angry[stripe]:
                self.boxed[stripe][:] = -1
            self.was_angry[stripe] = is_angry
            watch.lay_boxes(self.outlook, self.skin, tick, self.refresh, self.box[stripe], self.boxed[stripe])

        def sweep(_: int, first: int, last: int) -> None:
            self.sweep(
                first, last, starts, places, np.int64(tick), self.step_hours, is_waking, self.is_bounded,
                self.lines, people.role, people.age, people.sex, people.household, people.team, people.block,
                people.hardship, people.risk_aversion, people.threshold, people.outrage, self.relatives,
                people.activity, people.since, counters.household_out, self.team_pull, self.block_pull,
                seen["pull"], seen["strike_pull"], seen["belief"], seen["outrage"], seen["risk_out"],
                seen["risk_strike"], seen["risk_fight"], seen["can_fight"], self.place_cost, seen["curfew"],
                out, work, strike, fight, self.age_cost,
                seen["grievance"], seen["fading"], parameters["weight_discontent"], parameters["weight_social"],
                parameters["weight_belief"], parameters["weight_risk"], parameters["threshold_spread"],
                parameters["pull_household"], parameters["fatigue"], parameters["rest_hours"],
                parameters["hysteresis"], parameters["commitment"], parameters["solidarity"],
                self.most_near, self.box[stripe], self.boxed[stripe], self.touched, self.witnessed,
                self.looked[stripe], self.laid[stripe], self.watched, self.n_watched[stripe], self.kept[stripe],
                self.kept[stripe].view(np.int32), self.remembered[stripe], self.out, np.int64(self.n_out[0]),
                self.wish, self.changed, self.n_changed[stripe],
            )  # fmt: skip

        self._spread(sweep, len(places))
        return int(starts[-1] - starts[0])

    def _look_ahead(self, seen: dict[str, Any]) -> None:
        """The outlook of each place, with the costs of broad day: what holds by day holds by night."""
        parameters = self.parameters
        out, _, strike, fight = self.role_costs(12.0, False, seen)
        find_active(self.counters.place_role, DEMONSTRATING, self.is_active)
        watch.look_ahead(
            seen["belief"], seen["outrage"], seen["risk_out"], seen["risk_strike"], seen["risk_fight"],
            seen["can_fight"], self.place_cost, seen["curfew"],
            self.is_active, seen["pull"], seen["strike_pull"],
            self.most_team_pull, self.most_block_pull, out, strike, fight,
            seen["grievance"], seen["fading"], parameters["weight_discontent"], parameters["weight_social"],
            parameters["weight_belief"], parameters["weight_risk"], parameters["pull_household"], self.outlook,
            self.most_near,
        )  # fmt: skip

    def choose_sites(self, draw: NDArray[np.float64]) -> None:
        """[aim, s] how strongly sites draw in this step those who look for a crowd, a band, arms."""
        self.draw = draw
        for is_filled in self.is_filled:
            is_filled[:] = False

    def _choices(self, worker: int) -> tuple[Any, ...]:
        return self.draw, self.nearness, self.cumulative[worker], self.is_filled[worker]

    @property
    def _places_of_people(self) -> tuple[Any, ...]:
        people = self.people
        return (people.home, people.role, people.household, people.team, people.block)

    @property
    def _counts(self) -> tuple[Any, ...]:
        counters = self.counters
        return (
            self.groups.team_workplace, counters.household_out, counters.team_out, counters.team_stopped,
            counters.workplace_out, counters.workplace_stopped, counters.block_out, counters.place_role,
        )  # fmt: skip

    def act_and_travel(
        self,
        tick: int,
        room: NDArray[np.float64],
        arms_loose: NDArray[np.float64],
        arms_chance: NDArray[np.float64],
    ) -> None:
        """Wishes become acts; people in the streets walk on; everybody present is counted by site."""
        due = self.due(tick)
        n_new = 0
        for stripe in due:
            if np.count_nonzero(self.n_changed[stripe]):
                n_new = self._act(stripe, tick, room, arms_loose, arms_chance, n_new)
        self._walk_on(tick, due, n_new)

    def _act(
        self, stripe: int, tick: int, room: NDArray[np.float64], arms_loose: NDArray[np.float64],
        arms_chance: NDArray[np.float64], n_new: int,
    ) -> int:  # fmt: skip
        """Wishes of a stripe become acts, and are counted; how many have newly come out, with n_new before."""
        people, counters = self.people, self.counters
        now, n_places = np.int64(tick), np.int64(self.world.n_places)
        wanted = (*self.chunks[stripe], self.changed, self.n_changed[stripe], self.mover, self.mover_home)
        if self.executor is None:
            return int(
                travel.act_and_count(
                    self.seed, now, self.weight, *wanted, self.wish, people.activity, people.site, people.since,
                    self.lines, people.role, people.household, people.team, people.block, *self._counts,
                    self.world.place_group, arms_loose, arms_chance, *self._choices(0), room, self.steps_to_site,
                    n_places, purposes.SITE_CHOICE, purposes.SITE_ROOM, purposes.ARMS, self.newcomers, n_new,
                )
            )  # fmt: skip
        n = int(travel.list_movers(*wanted))
        movers = (self.mover, self.mover_home, self.wish, people.activity)
        travel.take_arms(
            self.seed, now, self.weight, n, *movers, people.site, self.world.place_group, arms_loose, arms_chance,
            *self._choices(0), room, n_places, purposes.SITE_CHOICE, purposes.SITE_ROOM, purposes.ARMS,
        )  # fmt: skip

        def act(worker: int, first: int, last: int) -> None:
            travel.act(
                first, last, self.seed, now, *movers, people.site, people.since, *self._choices(worker), room,
                self.steps_to_site, n_places, purposes.SITE_CHOICE, purposes.SITE_ROOM,
            )  # fmt: skip

        self._spread(act, n)

        def count_homes() -> None:
            travel.count_at_home(
                n, *movers, self.lines, people.role, people.household, people.block,
                counters.household_out, counters.block_out, counters.place_role,
            )  # fmt: skip

        homes = self.executor.submit(count_homes)
        changes = (n, self.mover, self.wish, people.activity)
        travel.count_at_work(
            *changes, self.lines, people.team, self.groups.team_workplace, counters.team_out, counters.team_stopped,
            counters.workplace_out, counters.workplace_stopped,
        )  # fmt: skip
        n_new = int(travel.list_newcomers(*changes, self.newcomers, n_new))
        homes.result()
        return n_new

    def _walk_on(self, tick: int, due: list[int], n_new: int) -> None:
        """Newcomers, in the order of rows, join those in the streets; some walk on; all are counted by site."""
        people, world = self.people, self.world
        n_before = int(self.n_out[0])
        newcomers = self.newcomers[:n_new]
        if len(due) > 1:
            newcomers.sort()
        is_due = np.zeros(N_STRIPES, np.bool_)
        is_due[due] = True
        chance = self.wander
        # ranges of rows, about as many people in each
        n_pieces = PIECES * self.threads if self.executor is not None and n_before + n_new > WORTH_PIECES else 1
        old, new = [0, n_before], [0, n_new]
        if n_pieces > 1:
            longer = self.out[:n_before] if n_before >= n_new else newcomers
            inner = longer[np.arange(1, n_pieces) * len(longer) // n_pieces]
            old[1:1] = np.searchsorted(self.out[:n_before], inner).tolist()
            new[1:1] = np.searchsorted(newcomers, inner).tolist()
        n_left = np.zeros(n_pieces, np.int64)
        n_present = np.zeros((n_pieces, 2 * world.n_sites), np.int64)
        n_fighters_home = np.zeros((n_pieces, world.n_places), np.int64)

        def walk(worker: int, first: int, last: int) -> None:
            for k in range(first, last):
                n_left[k] = travel.walk_on(
                    old[k], old[k + 1], new[k], new[k + 1], self.seed, np.int64(tick), is_due, chance, 0.2 * chance,
                    *self._choices(worker), np.int64(world.n_places), purposes.WANDER, people.activity, people.site,
                    people.since, people.home, self.out, self.newcomers, self.merged, self.slot_merged,
                    n_present[k], n_fighters_home[k],
                )  # fmt: skip

        if n_pieces == 1:
            walk(0, 0, 1)
            self.out, self.merged = self.merged, self.out
            self.slot, self.slot_merged = self.slot_merged, self.slot
        else:
            self._spread(walk, n_pieces)
            end = 0
            for k, n in enumerate(n_left.tolist()):
                first = old[k] + new[k]
                self.out[end : end + n] = self.merged[first : first + n]
                self.slot[end : end + n] = self.slot_merged[first : first + n]
                end += n
        self.n_out[0] = sum(n_left.tolist())
        count_present(n_present, n_fighters_home, self.weight, self.crowd, self.fighters, self.fighters_home)

    def order_by_site(
        self, touched: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """(start, taken, order) of the people present at the sites touched, unarmed and armed side by side."""
        n_out = int(self.n_out[0])
        start = np.zeros(2 * self.world.n_sites + 1, np.int64)
        is_touched = np.zeros(self.world.n_sites, np.bool_)
        is_touched[touched] = True
        order = np.empty(max(1, n_out), np.int32)
        bear.order_by_site(self.slot, self.out, n_out, is_touched, start, order)
        return start, np.zeros(2 * self.world.n_sites, np.int64), order

    def strike_down(
        self, tick: int, slot: int, losses: float, kind: int,
        present: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]], outrage_jump: float,
    ) -> int:  # fmt: skip
        """Real losses among those present in a slot (2 x site, plus 1 for insurgents); rows struck."""
        people = self.people
        start, taken, order = present
        return int(
            bear.strike_down(
                self.seed, np.int64(tick), purposes.VICTIM, slot, float(losses), kind, self.weight, self.carry,
                start, taken, order, *self._places_of_people, people.activity, people.site, people.since,
                people.outrage, outrage_jump, self.touched, *self._counts,
            )
        )  # fmt: skip

    def strike_down_residents(
        self, tick: int, place: int, losses: float, kind: int, outrage_jump: float
    ) -> int:
        """Real losses among people at home in a place; rows struck."""
        people = self.people
        return int(
            bear.strike_down_residents(
                self.seed, np.int64(tick), purposes.BYSTANDER, place, float(losses), kind, self.weight,
                self.carry, self.groups.segment_start, self.world.n_places, N_STRIPES, *self._places_of_people,
                people.activity, people.site, people.since, people.outrage, outrage_jump, self.touched, *self._counts,
            )
        )  # fmt: skip

    def outrage_witnesses(self, tick: int, jump: float, most: float, saw_killing: NDArray[np.bool_]) -> None:
        """Those present where people were killed are outraged."""
        people = self.people
        bear.outrage_witnesses(
            tick, jump, most, saw_killing, people.site, people.outrage, self.witnessed, self.slot, self.out,
            self.n_out[0],
        )  # fmt: skip

    def flee(self, tick: int, day: int, stripe: int, hazard: NDArray[np.float64]) -> int:
        """Households of a stripe decide whether to leave; rows that left."""
        people, n_places = self.people, self.world.n_places
        segments = slice(stripe * n_places, (stripe + 1) * n_places + 1)
        starts, first_head = self.groups.segment_start[segments], self.first_head[segments]
        n_leaving = np.zeros(n_places, np.int64)

        def want(_: int, first: int, last: int) -> None:
            flee.want_to_flee(
                self.seed, day, purposes.FLEE, first, last, starts, first_head, self.head, self.owner,
                hazard, people.age, people.household, people.activity, self.changed, n_leaving,
            )  # fmt: skip

        self._spread(want, n_places)
        return int(
            flee.leave(
                np.int64(tick), starts, self.changed, n_leaving, *self._places_of_people,
                people.activity, people.site, people.since, *self._counts, self.fled_rows,
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
    hear.members_of(group_of, first, member)
    return first, member
