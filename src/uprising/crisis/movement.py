"""Those in the streets: acts begin and end, people walk, are counted, and bear the losses.

Binds movement.travel and confrontation.casualties of the kernels to the arrays of a `Crowd`, which holds who is in the
streets, stripe by stripe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from uprising import purposes
from uprising.crisis.threads import PIECES, Phase
from uprising.kernel.confrontation import casualties
from uprising.kernel.movement import travel
from uprising.kernel.population.counters import count_present
from uprising.state import FIGHTING, N_STRIPES

if TYPE_CHECKING:
    from uprising.crisis.population import Crowd

WORTH_ACTING = 4_000
"""with fewer people who want another act one thread carries it out"""
WORTH_A_CALL = 1_000
"""about as many of them to a call"""
WORTH_PIECES = 40_000
"""with fewer people in the streets one thread counts them"""
CHANGE = (np.int32, np.uint8, np.int32, np.uint16, np.uint16, np.uint8, np.int32, np.int32, np.int32)
"""what kernel.movement.travel.act lists of a change: row, acts, goal, arrival, home, role, household, team, block"""


def room_for(n: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint16]]:
    """Room for n people in the streets: rows, slots and steps of arrival, see kernel.movement.travel."""
    return np.zeros(n, np.int32), np.zeros(n, np.int32), np.zeros(n, np.uint16)


def act_and_travel(
    crowd: Crowd,
    tick: int,
    room: NDArray[np.float64],
    arms_loose: NDArray[np.float64],
    arms_chance: NDArray[np.float64],
) -> None:
    """Wishes become acts; people in the streets walk on; everybody present is counted by site."""
    phases: list[Phase] = []
    for stripe in crowd.turns.due(tick):
        if np.count_nonzero(crowd.n_changed[stripe]):
            if phases:
                crowd.spread(*phases)
            phases = _act(crowd, stripe, tick, room, arms_loose, arms_chance)
    _walk_on(crowd, tick, phases, room)


def _act(
    crowd: Crowd, stripe: int, tick: int, room: NDArray[np.float64], arms_loose: NDArray[np.float64],
    arms_chance: NDArray[np.float64],
) -> list[Phase]:  # fmt: skip
    """Wishes of a stripe become acts, and are counted; its list of who is in the streets is brought up to date.

    Returns what is still to be done of that, by several threads (see crisis.threads).
    """
    people, counters, traits = crowd.people, crowd.counters, crowd.traits.view(np.int32)
    now, n_places = np.int64(tick), np.int64(crowd.world.n_places)
    n_changed = crowd.n_changed[stripe]
    changed, wish = crowd.wishes[stripe]
    wanted = (*crowd.chunks[stripe], changed, n_changed, wish)
    states = (people.activity, people.site, people.since)
    arms = (crowd.world.place_group, arms_loose, arms_chance)
    row, acts, goal, arrival, home, role, household, team, block = changes = crowd.changes
    listed = (crowd.first_row[stripe], crowd.n_out[stripe], *crowd.streets, *crowd.joined, crowd.n_present)
    if crowd.executor is None or n_changed.sum() < WORTH_ACTING:
        crowd.n_out[stripe] = travel.act_and_count(
            crowd.seed, now, crowd.weight, *wanted, *states, traits, *crowd.counts,
            *arms, *crowd.choices(0), room, crowd.steps_to_site, n_places, purposes.SITE_CHOICE,
            purposes.SITE_ROOM, purposes.ARMS, *changes, *listed,
        )  # fmt: skip
        return []
    travel.take_arms(
        crowd.seed, now, crowd.weight, *wanted, people.site, *arms, *crowd.choices(0), room, n_places,
        purposes.SITE_CHOICE, purposes.SITE_ROOM, purposes.ARMS,
    )  # fmt: skip
    # ranges of chunks with about as many wishes each
    before = np.concatenate([[0], np.cumsum(n_changed)])
    n_pieces = min(PIECES * crowd.threads, int(before[-1]) // WORTH_A_CALL)
    edges = np.searchsorted(before, np.arange(n_pieces + 1) * before[-1] // n_pieces)
    first, last = before[edges[:-1]], np.zeros(n_pieces, np.int64)

    def act(worker: int, begin: int, end: int) -> None:
        for k in range(begin, end):
            last[k] = travel.act(
                edges[k], edges[k + 1], first[k], crowd.seed, now, *wanted, *states, traits,
                *crowd.choices(worker), room, crowd.steps_to_site, n_places,
                purposes.SITE_CHOICE, purposes.SITE_ROOM, *changes,
            )  # fmt: skip

    def count(_: int, begin: int, end: int) -> None:
        if begin == 0:
            travel.count_at_work(
                first, last, acts, team, crowd.groups.team_workplace, counters.team_out, counters.team_stopped,
                counters.workplace_out, counters.workplace_stopped, crowd.team_moved,
            )  # fmt: skip
            crowd.n_out[stripe] = travel.join(first, last, row, acts, goal, arrival, *listed)
        if end == 2:
            travel.count_at_home(
                first, last, acts, home, role, household, block,
                counters.household_out, counters.block_out, counters.place_role, crowd.block_moved,
            )  # fmt: skip

    return [(act, n_pieces), (count, 2)]


def _walk_on(crowd: Crowd, tick: int, phases: list[Phase], room: NDArray[np.float64]) -> None:
    """Who is on the way arrives, some walk on, when what is given has been done; all are counted by site."""
    chance, is_due = crowd.wander, crowd.turns.is_due(tick)

    def walk(worker: int, first: NDArray[np.int64], last: NDArray[np.int64]) -> None:
        travel.walk_on(
            first, last, crowd.seed, np.int64(tick), is_due, chance, 0.2 * chance,
            *crowd.choices(worker), room, np.int64(crowd.world.n_places), purposes.WANDER, purposes.WANDER_ROOM,
            crowd.people.site, *crowd.streets, crowd.shift[worker],
        )  # fmt: skip

    n_pieces = 1 if crowd.executor is None else min(PIECES, 1 + int(crowd.n_out.sum()) // WORTH_PIECES)

    def walk_pieces(worker: int, begin: int, end: int) -> None:
        stripe, piece = np.divmod(np.arange(begin, end), n_pieces)
        start, n_out = crowd.first_row[stripe], crowd.n_out[stripe]
        walk(worker, start + n_out * piece // n_pieces, start + n_out * (piece + 1) // n_pieces)

    if n_pieces == 1 and not phases:
        walk(0, crowd.first_row, crowd.first_row + crowd.n_out)
    else:
        crowd.spread(*phases, (walk_pieces, N_STRIPES * n_pieces))
    count_present(
        crowd.n_present, crowd.shift, crowd.counters.place_role, crowd.weight, crowd.crowd, crowd.fighters,
        crowd.fighters_home,
    )  # fmt: skip


def who_is_out(crowd: Crowd) -> NDArray[np.int32]:
    """Rows of those in the streets, in order."""
    return np.concatenate([crowd.out[a : a + n] for a, n in zip(crowd.first_row, crowd.n_out, strict=True)])


def let_out(crowd: Crowd, rows: NDArray[np.int32]) -> None:
    """These rows, in order, are in the streets or were lately, as their acts say: after a snapshot."""
    people = crowd.people
    bounds = np.searchsorted(rows, [*crowd.first_row, people.n_rows])
    crowd.n_out[:], crowd.n_present[:] = np.diff(bounds), 0
    for first_row, rows_of in zip(crowd.first_row, np.split(rows, bounds[1:-1]), strict=True):
        part = slice(first_row, first_row + len(rows_of))
        crowd.out[part], crowd.step[part] = rows_of, people.since[rows_of]
        site = people.site[rows_of].astype(np.int32)
        # who has arrived is found to have in the next step
        slot = ~(2 * site + (people.activity[rows_of] == FIGHTING))
        crowd.slot[part] = np.where(site >= 0, slot, travel.GONE)


def bear_losses(
    crowd: Crowd, tick: int, sites: NDArray[np.int64], fallen: list[int], outcome: NDArray[np.int64],
    jumps: tuple[float, float, float], dead: NDArray[np.float64], wounded: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """Losses at sites fall on individuals; [p] the dead that people hear of (see kernel.confrontation.casualties)."""
    people, killed = crowd.people, np.zeros(crowd.world.n_places)
    casualties.bear_losses(
        crowd.seed, np.int64(tick), purposes.VICTIM, purposes.BYSTANDER, sites, np.array(fallen, np.int64), outcome,
        *jumps, crowd.weight, crowd.carry, crowd.first_row, crowd.n_out, crowd.out, crowd.slot, crowd.n_present,
        crowd.fighters, crowd.world.site_place, crowd.groups.segment_start, crowd.world.n_places, N_STRIPES,
        *crowd.places_of_people, people.activity, people.site, people.since, people.outrage, crowd.touched,
        crowd.witnessed, *crowd.counts, dead, wounded, killed,
    )  # fmt: skip
    return killed
