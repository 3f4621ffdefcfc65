"""Movement in plain Python: what `travel` does, faster and for many people at once.

Intended activities begin and end; whoever goes out chooses a site and walks there; some of those who have arrived
walk on. No lists of who is in the streets: columns of people say it. Somebody out is present at a site from the step
`since` on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising import purposes
from uprising.kernel.engine.draws import uniform
from uprising.kernel.movement.travel import ARMS, BAND, CROWD
from uprising.state import DEMONSTRATING, FIGHTING, N_STRIPES, People


@dataclass
class Streets:
    """What people find who move in a step. Axes: s sites, o origins (places, then sites), g towns."""

    seed: int
    tick: int
    n_places: int
    attraction: NDArray[np.float64]
    """[aim, s]"""
    nearness: NDArray[np.float64]
    """[o, s]"""
    free_share: NDArray[np.float64]
    """[s] share of those arriving who still find a place"""
    steps_to_site: NDArray[Any]
    """[o, s]"""
    arms_loose: NDArray[np.float64]
    """[g] weapons in people's hands that nobody uses; changed"""
    arms_chance: NDArray[np.float64]
    """[g] chance of finding one"""
    place_town: NDArray[np.int64]
    weight: float
    """people, and weapons, for whom a row stands"""

    def draw(self, purpose: int, row: int) -> float:
        """Return the answer to a random question about a person in this step."""
        return float(uniform(self.seed, purpose, row, self.tick))

    def choose(self, aim: int, origin: int, u: float) -> int:
        """Return a site drawn with probability attraction x nearness, -1 if none attracts."""
        running = np.cumsum(self.attraction[aim] * self.nearness[origin])
        if not running[-1] > 0.0:
            return -1
        return min(int(np.searchsorted(running, u * running[-1], side="right")), len(running) - 1)


def take_arms(streets: Streets, people: People, row: int, before: int, wanted: int) -> tuple[int, bool]:
    """Return (activity wanted, whether arms are sought): whoever would fight needs a weapon, and room in a band.

    To be asked in the order of rows: weapons are few. Whoever finds no weapon goes where there are some. Whoever
    fights no more gives one back.
    """
    town = streets.place_town[people.home[row]]
    if before == FIGHTING:
        streets.arms_loose[town] += streets.weight
    elif wanted == FIGHTING:
        is_found = streets.draw(purposes.ARMS, row) < streets.arms_chance[town]
        if not (streets.arms_loose[town] >= streets.weight and is_found):
            return DEMONSTRATING, True
        site = streets.choose(BAND, origin_of(streets, people, row, before), streets.draw(purposes.SITE_CHOICE, row))
        is_new = before < DEMONSTRATING
        if site < 0 or (is_new and not streets.draw(purposes.SITE_ROOM, row) < streets.free_share[site]):
            return before, False
        streets.arms_loose[town] -= streets.weight
    return wanted, False


def origin_of(streets: Streets, people: People, row: int, activity: int) -> int:
    """Return where a person sets out: the site where it is, or its home place."""
    if activity >= DEMONSTRATING and people.site[row] >= 0:
        return streets.n_places + int(people.site[row])
    return int(people.home[row])


def act(streets: Streets, people: People, row: int, before: int, wanted: int, seeks_arms: bool) -> None:
    """Let an intention become an activity: change the person's activity, site and time.

    Whoever goes out, takes up arms or seeks some chooses a site. Whoever comes from home and finds the site full
    stays at home; whoever seeks arms where there are none, too, or where they are already, keeps the activity.
    """
    if wanted >= DEMONSTRATING and (before < DEMONSTRATING or wanted == FIGHTING or seeks_arms):
        aim = ARMS if seeks_arms else BAND if wanted == FIGHTING else CROWD
        origin = origin_of(streets, people, row, before)
        site = streets.choose(aim, origin, streets.draw(purposes.SITE_CHOICE, row))
        is_new = before < DEMONSTRATING
        is_moving = is_new or int(people.site[row]) != site
        if site < 0 or (is_new and not streets.draw(purposes.SITE_ROOM, row) < streets.free_share[site]):
            return
        if not is_moving and aim != BAND:
            return
        if is_moving:
            people.since[row] = streets.tick + streets.steps_to_site[origin, site]
        people.site[row] = site
    elif wanted == before:
        return
    elif before >= DEMONSTRATING and wanted < DEMONSTRATING:
        people.site[row], people.since[row] = -1, streets.tick
    people.activity[row] = wanted


def walk_on(streets: Streets, people: People, is_due: NDArray[np.bool_], chance: float, fight_chance: float) -> None:
    """Let some of those who have arrived go on to another site, which takes no time; fatigue goes on counting.

    is_due [stripe] says whose turn it is to think of it. Whoever finds the other site full stays.
    """
    is_present = (people.site >= 0) & (people.since <= streets.tick)
    for row in np.flatnonzero(is_present & is_due[np.arange(people.n_rows) % N_STRIPES]).tolist():
        fights = people.activity[row] == FIGHTING
        limit = fight_chance if fights else chance
        u = streets.draw(purposes.WANDER, row)
        if not u < limit:
            continue
        aim, origin = (BAND if fights else CROWD), streets.n_places + int(people.site[row])
        site = streets.choose(aim, origin, u / limit)
        if site >= 0 and streets.draw(purposes.WANDER_ROOM, row) < streets.free_share[site]:
            people.site[row] = site


def move(
    streets: Streets, people: People, intended: Iterable[Iterable[tuple[int, int, int]]], is_due: NDArray[np.bool_],
    chance: float, fight_chance: float,
) -> None:
    """Carry out the intentions (row, present activity, activity wanted) of each stripe that is due; let people walk on.

    People of a stripe set out from where they were when it began: intentions are of different people.
    """
    for stripe in intended:
        armed = [
            (row, before, *take_arms(streets, people, row, before, wanted)) for row, before, wanted in stripe
        ]
        for row, before, wanted, seeks_arms in armed:
            act(streets, people, row, before, wanted, seeks_arms)
    walk_on(streets, people, is_due, chance, fight_chance)


def count_present(people: People, tick: int, n_sites: int, weight: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return [s] unarmed people and [s] insurgents who have arrived at each site."""
    is_present = (people.site >= 0) & (people.since <= tick)
    fights = people.activity == FIGHTING
    return tuple(
        np.bincount(people.site[is_present & of], minlength=n_sites) * weight for of in (~fights, fights)
    )  # type: ignore[return-value]
