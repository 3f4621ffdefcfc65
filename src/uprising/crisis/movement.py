"""Movement: intended activities begin and end, people choose a site, walk there and are counted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from uprising import purposes
from uprising.case.world import steps_by_tram, steps_on_foot
from uprising.crisis.population import Population, list_of_people
from uprising.crisis.schedule import STRIPE_MINUTES
from uprising.crisis.setting import DAY_BEGINS, NIGHT_BEGINS
from uprising.crisis.state import Crisis
from uprising.crisis.threads import PIECES, Phase
from uprising.kernel.engine import elementary
from uprising.kernel.engine.bind import bind
from uprising.kernel.movement import travel
from uprising.kernel.movement.attraction import weigh_sites
from uprising.kernel.population.counters import count_present
from uprising.schema import constant
from uprising.state import N_STRIPES

WORTH_ACTING = 4_000
"""with fewer people who want another activity one thread carries it out"""
WORTH_A_CALL = 1_000
"""about as many of them to a call"""
WORTH_PIECES = 40_000
"""with fewer people in the streets one thread counts them"""
TRAMS_STOP, TRAM_NIGHT_HOURS = constant("trams_stop"), constant("tram_night_hours")
ATTRACTION_HALF_LIFE_HOURS, INSURGENTS_MOVE_ON = constant("attraction_half_life_hours"), constant("insurgents_move_on")
CHANGES = {
    "row": np.int32, "acts": np.uint8, "goal": np.int32, "arrival": np.uint16, "home": np.uint16,
    "their_role": np.uint8, "their_household": np.int32, "their_team": np.int32, "their_block": np.int32,
}
"""what kernel.movement.travel.act lists of a change"""


class Movement:
    """Whoever goes out chooses a site, walks there and is counted."""

    writes: ClassVar[tuple[str, ...]] = (
        "people.activity", "people.site", "people.since", "counters", "population.out", "places.insurgents_home",
        "sites.unarmed", "sites.insurgents", "sites.attraction", "towns.arms_loose",
    )

    def __init__(self, crisis: Crisis) -> None:
        self.crisis = crisis
        setting, population, sites = crisis.setting, crisis.population, crisis.sites
        world, parameters, geography = setting.world, setting.parameters, setting.geography
        p, s, workers = world.n_places, world.n_sites, population.threads
        origin_town = world.place_group[np.concatenate([np.arange(p), world.site_place])]
        is_same_town = origin_town[:, None] == world.place_group[world.site_place][None, :]
        self._origin_town = origin_town
        self._on_foot = steps_on_foot(world.walk_km, setting.step_minutes)
        self._by_tram = steps_by_tram(world.walk_km, is_same_town, setting.step_minutes)
        self._has_trams = np.zeros(len(world.group_ids), np.bool_)
        self.steps_to_site = self._on_foot.copy()
        self.attraction = np.zeros((3, s))
        """[aim, s] how strongly a site attracts demonstrators, insurgents and those who seek arms"""
        self.free_share, self.arms_chance = np.zeros(s), np.zeros(len(world.group_ids))
        self.nearness = elementary.exp(-world.walk_km / parameters["reach_km"])
        # running sums of attraction are made where they are asked for: by each worker on its own
        cumulative = np.zeros((workers, 3, p + s, s))
        is_filled = np.zeros((workers, 3, p + s), np.bool_)
        shift = np.zeros((workers, 2 * s), np.int64)
        self.wander = 1.0 - math.exp(-parameters["wander_per_hour"] * N_STRIPES * (STRIPE_MINUTES / 60.0))
        self.wander_of_insurgents = INSURGENTS_MOVE_ON * self.wander
        self._weigh_sites = bind(
            weigh_sites, crowd=sites.unarmed, fighters=sites.insurgents, capacity=geography.capacity,
            salience=crisis.perceived.salience, empty_square=parameters["empty_square"], shelter=geography.shelter,
            is_crossing=geography.is_crossing, holder=sites.holder, site_arms=sites.arms,
            arms_loose=crisis.towns.arms_loose, out_by_group=crisis.perceived.town_out, draw=self.attraction,
            is_filled=is_filled, room=self.free_share, arms_chance=self.arms_chance,
        )
        self._count_present = bind(
            count_present, n_present=population.n_present, shift=shift, place_role=population.counters.place_role,
            weight=population.weight, crowd=sites.unarmed, fighters=sites.insurgents,
            fighters_home=crisis.places.insurgents_home,
        )
        streets = {"out": population.rows_out, "slot": population.slot_of, "step": population.arrival_of}
        changes = {name: np.zeros(population.most_rows, kind) for name, kind in CHANGES.items()}
        joined = dict(
            zip(("joined", "joined_slot", "joined_step"), list_of_people(population.most_rows), strict=True)
        )
        choosing: list[dict[str, Any]] = [
            {
                "seed": np.int64(setting.seed), "draw": self.attraction, "nearness": self.nearness,
                "cumulative": cumulative[worker], "is_filled": is_filled[worker], "room": self.free_share,
                "n_places": np.int64(p), "site": population.people.site,
            }
            for worker in range(workers)
        ]
        self._walk_on = [
            bind(
                travel.walk_on, "first", "last", "tick", "is_due", among={**choosing[worker], **streets},
                chance=self.wander, fight_chance=self.wander_of_insurgents, purpose=purposes.WANDER,
                purpose_room=purposes.WANDER_ROOM, shift=shift[worker],
            )
            for worker in range(workers)
        ]
        among = {
            **population.as_arguments(), **streets, **changes, **joined, "n_present": population.n_present,
            "weight": population.weight, "place_group": world.place_group, "arms_loose": crisis.towns.arms_loose,
            "arms_chance": self.arms_chance, "traits_whole": population.traits.view(np.int32),
            "steps_to_site": self.steps_to_site, "purpose_site": purposes.SITE_CHOICE,
            "purpose_room": purposes.SITE_ROOM, "purpose_arms": purposes.ARMS,
        }
        self._stripes = [StripeActs(population, stripe, among, choosing) for stripe in range(N_STRIPES)]

    def __call__(self) -> None:
        """Let intentions become activities, people walk on, and count everybody present by site."""
        crisis, now, attraction = self.crisis, self.crisis.now, self.crisis.sites.attraction
        parameters = crisis.setting.parameters
        self._weigh_sites()
        is_day = DAY_BEGINS <= now.hour_of_day < NIGHT_BEGINS + TRAM_NIGHT_HOURS
        self._let_trams_run((crisis.perceived.share_stopped < TRAMS_STOP) & is_day)
        to_crowd = self.attraction[travel.CROWD]
        if parameters["crowd_attraction"] != 1.0:
            to_crowd[:] = elementary.power(to_crowd, parameters["crowd_attraction"])
        to_crowd *= elementary.exp(attraction + crisis.perceived.route_attraction)
        self._act_and_travel()
        attraction *= 0.5 ** (crisis.setting.step_hours / ATTRACTION_HALF_LIFE_HOURS)

    def _let_trams_run(self, is_running: NDArray[np.bool_]) -> None:
        """Shorten ways inside the towns where trams and buses run."""
        if (is_running == self._has_trams).all():
            return
        rows = (is_running != self._has_trams)[self._origin_town]
        is_by_tram = is_running[self._origin_town[rows], None]
        self.steps_to_site[rows] = np.where(is_by_tram, self._by_tram[rows], self._on_foot[rows])
        self._has_trams[:] = is_running

    def _act_and_travel(self) -> None:
        population, tick = self.crisis.population, self.crisis.now.tick
        phases: list[Phase] = []
        for stripe in population.schedule.due(tick):
            if np.count_nonzero(population.intentions[stripe].n):
                if phases:
                    population.spread(*phases)
                phases = self._stripes[stripe].act(tick)
        self._let_walk(phases)

    def _let_walk(self, phases: list[Phase]) -> None:
        """Let those on the way arrive and some walk on, when given phases are done; count all by site."""
        population, tick = self.crisis.population, np.int64(self.crisis.now.tick)
        is_due = population.schedule.is_due(self.crisis.now.tick)
        n_pieces = 1
        if population.executor is not None:
            n_pieces = min(PIECES, 1 + int(population.n_out.sum()) // WORTH_PIECES)

        def walk_pieces(worker: int, begin: int, end: int) -> None:
            stripe, piece = np.divmod(np.arange(begin, end), n_pieces)
            start, n_out = population.first_row[stripe], population.n_out[stripe]
            first, last = start + n_out * piece // n_pieces, start + n_out * (piece + 1) // n_pieces
            self._walk_on[worker](first=first, last=last, tick=tick, is_due=is_due)

        if n_pieces == 1 and not phases:
            first = population.first_row
            self._walk_on[0](first=first, last=first + population.n_out, tick=tick, is_due=is_due)
        else:
            population.spread(*phases, (walk_pieces, N_STRIPES * n_pieces))
        self._count_present()


class StripeActs:
    """What turns the intentions of a stripe into activities, counts them, and lists who is in the streets."""

    def __init__(
        self, population: Population, stripe: int, among: Mapping[str, Any], choosing: Sequence[Mapping[str, Any]]
    ) -> None:
        self._population, self._stripe = population, stripe
        chunks, intended = population.chunks[stripe], population.intentions[stripe]
        self._n_changed = intended.n
        known = {
            **among, "chunk_start": chunks.start, "chunk_place": chunks.place, "changed": intended.rows,
            "n_changed": intended.n, "wish": intended.acts, "first_out": population.first_row[stripe],
        }
        self._act_and_count = bind(travel.act_and_count, "tick", "n_out", among={**known, **choosing[0]})
        self._take_arms = bind(travel.take_arms, "tick", among={**known, **choosing[0]})
        self._act = [
            bind(travel.act, "first_chunk", "last_chunk", "first", "tick", among={**known, **worker})
            for worker in choosing
        ]
        self._count_at_home = bind(
            travel.count_at_home, "first", "last", among=known,
            role=known["their_role"], household=known["their_household"], block=known["their_block"],
        )
        self._count_at_work = bind(travel.count_at_work, "first", "last", among=known, team=known["their_team"])
        self._join = bind(travel.join, "first", "last", "n_out", among=known)

    def act(self, tick: int) -> list[Phase]:
        """Carry intentions out; return what is still to be done of that, by several threads (see crisis.threads)."""
        n_out, stripe, now = self._population.n_out, self._stripe, np.int64(tick)
        if self._population.executor is None or self._n_changed.sum() < WORTH_ACTING:
            n_out[stripe] = self._act_and_count(tick=now, n_out=n_out[stripe])
            return []
        self._take_arms(tick=now)
        # ranges of chunks with about as many intentions each
        before = np.concatenate([[0], np.cumsum(self._n_changed)])
        n_pieces = min(PIECES * self._population.threads, int(before[-1]) // WORTH_A_CALL)
        edges = np.searchsorted(before, np.arange(n_pieces + 1) * before[-1] // n_pieces)
        first, last = before[edges[:-1]], np.zeros(n_pieces, np.int64)

        def act(worker: int, begin: int, end: int) -> None:
            for k in range(begin, end):
                last[k] = self._act[worker](
                    first_chunk=edges[k], last_chunk=edges[k + 1], first=first[k], tick=now
                )

        def count(_: int, begin: int, end: int) -> None:
            if begin == 0:
                self._count_at_work(first=first, last=last)
                n_out[stripe] = self._join(first=first, last=last, n_out=n_out[stripe])
            if end == 2:
                self._count_at_home(first=first, last=last)

        return [(act, n_pieces), (count, 2)]
