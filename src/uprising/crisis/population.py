"""The people of a run: their columns and counters, who is in the streets, and who wants another activity.

Where a person is kept: in columns of `people`, sorted by stripe, place and household; in `traits`, the record of a
person (kernel.population.person), which is the same memory; in `counters`, by group; and, while in the streets, in
the list of a stripe (`rows_out`, `slot_of`, `arrival_of`). `intentions` of a stripe say who wants another activity.
"""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprising.crisis.schedule import STRIPE_MINUTES, Schedule
from uprising.crisis.setting import WORKER_ROLES, Setting
from uprising.crisis.threads import Phase, spread
from uprising.kernel import flight
from uprising.kernel.decision import candidates
from uprising.kernel.movement import travel
from uprising.kernel.output import share_above
from uprising.kernel.population.counters import count_states
from uprising.kernel.population.person import side_by_side
from uprising.schema import constant
from uprising.state import FIGHTING, N_STRIPES, Groups, People, counters_of

CHUNK = 8192
"""most rows of a chunk: people of one place who are processed together"""
WORTH_THREADS = 500_000
"""with fewer rows handing work to threads takes longer than the work"""
DISCONTENTED, DISCONTENT_ADULT_AGE = constant("discontented"), constant("discontent_adult_age")


class Chunks(NamedTuple):
    """The chunks of a stripe; a chunk never crosses a place."""

    start: NDArray[np.int64]
    """[c + 1] first row of each chunk, and the end of the last"""
    place: NDArray[np.int64]
    """[c]"""


class Intentions(NamedTuple):
    """Who of a stripe wants another activity, chunk by chunk (see kernel.decision.sweep)."""

    rows: NDArray[np.int32]
    acts: NDArray[np.uint8]
    """the present activity and the one wanted, see utility.ACTIVITY_BASE"""
    n: NDArray[np.int64]
    """[c] how many of each chunk"""


class Population:
    """People and their groups in one run; see the module.

    Parameters
    ----------
    people, groups
        The synthesised population; read-only. What changes is copied.
    executor, threads
        Where kernels run; with few people, the calling thread.
    """

    def __init__(
        self, setting: Setting, people: People, groups: Groups, executor: Executor | None, threads: int
    ) -> None:
        world = setting.world
        self.world, self.groups, self.weight = world, groups, float(setting.weight)
        self.executor = executor if people.n_rows >= WORTH_THREADS else None
        self.threads = threads if self.executor is not None else 1
        n, p, s = people.n_rows, world.n_places, world.n_sites
        self.counters = counters_of(groups, p)
        count_states(
            first=0, last=n, home=people.home, role=people.role, activity=people.activity,
            place_role=self.counters.place_role,
        )
        self.rows_at_start = self.counters.place_role.sum(axis=(1, 2))
        # bits of those teams and blocks whose counts have changed since they were last looked at
        self.team_moved, self.block_moved = (
            np.zeros(len(of) // 64 + 1, np.uint64) for of in (groups.team_size, groups.block_size)
        )
        self.first_household = np.zeros(len(groups.segment_start), np.int64)
        self.household_row, self.household_id = np.empty((2, len(groups.household_size)), np.int32)
        flight.list_households(
            starts=groups.segment_start, household=people.household, first_head=self.first_household,
            head=self.household_row, owner=self.household_id,
        )
        columns, self.traits = side_by_side(
            people, groups.household_size, lambda work, length: self.spread((work, length))
        )
        self.people = people._replace(
            activity=people.activity.copy(), site=people.site.copy(), since=people.since.copy(), **columns
        )
        self.chunks = [self._chunks_of(stripe) for stripe in range(N_STRIPES)]
        self.first_row = np.array([chunks.start[0] for chunks in self.chunks])
        self.most_rows = max(int(chunks.start[-1] - chunks.start[0]) for chunks in self.chunks)
        """of a stripe"""
        # rows, slots and steps of arrival of those in the streets, stripe by stripe: see kernel.movement.travel
        self.rows_out, self.slot_of, self.arrival_of = list_of_people(n)
        self.n_out, self.n_present = np.zeros(N_STRIPES, np.int64), np.zeros(2 * s, np.int64)
        # stripes that are never due in the same step share one list
        lists = [(np.zeros(self.most_rows, np.int32), np.zeros(self.most_rows, np.uint8)) for _ in range(N_STRIPES)]
        lists = lists if setting.step_minutes > STRIPE_MINUTES else lists[:1] * N_STRIPES
        self.intentions = [
            Intentions(rows, acts, np.zeros(len(chunks.place), np.int64))
            for (rows, acts), chunks in zip(lists, self.chunks, strict=True)
        ]
        n_groups = (n >> candidates.BLOCK_BITS) + 1
        # the last step in which somebody of a group of rows was outraged by a death at home, or saw a killing
        self.outrage_changed_at, self.witnessed_at = np.full(n_groups, -1, np.int64), np.full(n_groups, -1, np.int64)
        self.schedule = Schedule(setting.step_minutes)
        self._hardship_quantiles: NDArray[np.float64] | None = None

    def _chunks_of(self, stripe: int) -> Chunks:
        first = stripe * self.world.n_places
        bounds = self.groups.segment_start[first : first + self.world.n_places + 1]
        starts: list[int] = []
        places: list[int] = []
        for place in range(self.world.n_places):
            pieces = np.arange(bounds[place], bounds[place + 1], CHUNK)
            starts.extend(int(piece) for piece in pieces)
            places.extend([place] * len(pieces))
        return Chunks(np.array([*starts, int(bounds[-1])], np.int64), np.array(places, np.int64))

    def spread(self, *phases: Phase) -> None:
        """Run phases of work across threads, where there are any (see crisis.threads)."""
        spread(self.executor, self.threads, *phases)

    def as_arguments(self) -> dict[str, Any]:
        """Return where people belong and what counts them, as kernels name it."""
        people, counters = self.people, self.counters
        return {
            "home": people.home, "role": people.role, "household": people.household, "team": people.team,
            "block": people.block, "activity": people.activity, "site": people.site, "since": people.since,
            "team_workplace": self.groups.team_workplace, **counters._asdict(),
            "team_moved": self.team_moved, "block_moved": self.block_moved,
        }

    def count_workers(self) -> NDArray[np.float64]:
        """Return [p] people of working roles, the base of strike shares."""
        return np.asarray(self.counters.place_role[:, WORKER_ROLES, :].sum(axis=(1, 2)) * self.weight)

    def private_discontent(self, grievance: float, outrage: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return [p] the share of people over 14 whose discontent is above DISCONTENTED, shown or not."""
        if self._hardship_quantiles is None:
            self._hardship_quantiles = self._quantiles()
        share = np.zeros(self.world.n_places)
        needed = (DISCONTENTED - outrage) / max(grievance, 1e-9)
        share_above(needed=needed, quantiles=self._hardship_quantiles, share=share)
        return share

    def _quantiles(self) -> NDArray[np.float64]:
        """[p, 33] quantiles of hardship among people over 14, from at most 4096 rows a place and stripe 0."""
        people, n = self.people, self.world.n_places
        table = np.zeros((n, 33))
        for p in range(n):
            first, last = self.groups.segment_start[p], self.groups.segment_start[p + 1]
            chosen = slice(int(first), int(min(last, first + 4096)))
            hardship = people.hardship[chosen][people.age[chosen] > DISCONTENT_ADULT_AGE]
            if len(hardship):
                table[p] = np.quantile(hardship, np.linspace(0.0, 1.0, 33))
        return table

    def who_is_out(self) -> NDArray[np.int32]:
        """Return the rows of those in the streets, in order."""
        return np.concatenate(
            [self.rows_out[a : a + n] for a, n in zip(self.first_row, self.n_out, strict=True)]
        )

    def let_out(self, rows: NDArray[np.int32]) -> None:
        """Put these rows, in order, into the streets: after a snapshot, and as their activities say."""
        people = self.people
        bounds = np.searchsorted(rows, [*self.first_row, people.n_rows])
        self.n_out[:], self.n_present[:] = np.diff(bounds), 0
        for first_row, rows_of in zip(self.first_row, np.split(rows, bounds[1:-1]), strict=True):
            part = slice(first_row, first_row + len(rows_of))
            self.rows_out[part], self.arrival_of[part] = rows_of, people.since[rows_of]
            site = people.site[rows_of].astype(np.int32)
            # whoever has arrived is found to have in the next step
            slot = ~(2 * site + (people.activity[rows_of] == FIGHTING))
            self.slot_of[part] = np.where(site >= 0, slot, travel.GONE)

    def forget_counts(self) -> None:
        """Let the next look at others look at all teams and blocks: after a snapshot."""
        self.team_moved[:] = self.block_moved[:] = ~np.uint64(0)

    def check_conservation(self) -> None:
        """Raise where people in states do not add up to the population of a place.

        Raises
        ------
        AssertionError
            Where they don't.
        """
        now = self.counters.place_role.sum(axis=(1, 2))
        if not np.array_equal(now, self.rows_at_start) or int(self.counters.place_role.min()) < 0:
            place = self.world.place_ids[int(np.argmax(now != self.rows_at_start))]
            raise AssertionError(
                f"people of {place} do not add up: {now.sum()} of {self.rows_at_start.sum()}"
            )


def list_of_people(n: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint16]]:
    """Allocate a list of n people in the streets: rows, slots and steps of arrival (see kernel.movement.travel)."""
    return np.zeros(n, np.int32), np.zeros(n, np.int32), np.zeros(n, np.uint16)
