"""What a run holds: arrays of people, groups, places, sites and units.

Every structure is a NamedTuple of numpy arrays, so kernels receive plain arrays and objects stop at
their door. Lengths: n people, h households, t teams, w workplaces, b blocks, p leaf places, s sites,
u units, m nodes of the travel graph.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

ROLES = (
    "student", "industrial_worker", "other_worker", "intellectual", "peasant",
    "official", "soldier", "police", "political_police", "dependent",
)  # fmt: skip
QUIET, STRIKING, DEMONSTRATING, FIGHTING, DETAINED, WOUNDED, DEAD, FLED = range(8)
ACTIVITIES = ("quiet", "on_strike", "demonstrating", "fighting", "detained", "wounded", "dead", "fled")
SIDES = ("civilian", "security", "hegemon")
HELD_BY_GOVERNMENT, HELD_BY_HEGEMON, HELD_BY_INSURGENTS, HELD_BY_NOBODY = range(4)
LOYAL, NEUTRAL, JOINED, DISSOLVED = range(4)
POLITICAL_POLICE, POLICE, ARMY, HEGEMON = range(4)
UNIT_SIDES = ("political_police", "police", "army", "hegemon")
SITE_KINDS = (
    "square", "broadcaster", "armoury", "arms_works", "barracks", "police_station", "prison", "party_house",
    "government_house", "exchange", "bridge", "station", "works", "university", "crossing", "airfield",
    "stronghold", "monument",
)  # fmt: skip
N_STRIPES = 4
MAXIMUM_BYTES_PER_PERSON = 40


class Event(NamedTuple):
    """Something that emerged: when, of what kind, where, by whom, how much, in words."""

    step: int
    kind: str
    place: str
    actor: str
    quantity: float
    text: str


class People(NamedTuple):
    """One row a person, sorted by (stripe, home, household); 38 bytes a row."""

    home: NDArray[np.uint16]
    role: NDArray[np.uint8]
    age: NDArray[np.uint8]
    sex: NDArray[np.uint8]
    household: NDArray[np.int32]
    team: NDArray[np.int32]
    block: NDArray[np.int32]
    hardship: NDArray[np.float32]
    risk_aversion: NDArray[np.float32]
    threshold: NDArray[np.float32]
    outrage: NDArray[np.float32]
    activity: NDArray[np.uint8]
    site: NDArray[np.int16]
    since: NDArray[np.uint16]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.home)

    def bytes_per_person(self) -> int:
        """Bytes of one row; never above MAXIMUM_BYTES_PER_PERSON."""
        return sum(column.itemsize for column in self)


class Groups(NamedTuple):
    """Sizes and places of households, teams, workplaces and blocks; where each segment of people starts."""

    household_size: NDArray[np.uint8]
    team_size: NDArray[np.uint16]
    team_workplace: NDArray[np.int32]
    workplace_size: NDArray[np.int32]
    workplace_place: NDArray[np.uint16]
    workplace_site: NDArray[np.int16]
    workplace_role: NDArray[np.uint8]
    block_size: NDArray[np.uint16]
    block_place: NDArray[np.uint16]
    segment_start: NDArray[np.int64]


class Counters(NamedTuple):
    """How many of each group are out (demonstrating or fighting) or not at work; kept by what changed."""

    household_out: NDArray[np.uint8]
    team_out: NDArray[np.uint16]
    team_stopped: NDArray[np.uint16]
    workplace_out: NDArray[np.int32]
    workplace_stopped: NDArray[np.int32]
    block_out: NDArray[np.uint16]
    place_role: NDArray[np.int32]
    """[p, role, activity] persons of the table in each state."""


def counters_of(groups: Groups, n_places: int) -> Counters:
    """Counters of a population in which everybody is quiet, except for place_role, which is all zero."""
    return Counters(
        household_out=np.zeros(len(groups.household_size), np.uint8),
        team_out=np.zeros(len(groups.team_size), np.uint16),
        team_stopped=np.zeros(len(groups.team_size), np.uint16),
        workplace_out=np.zeros(len(groups.workplace_size), np.int32),
        workplace_stopped=np.zeros(len(groups.workplace_size), np.int32),
        block_out=np.zeros(len(groups.block_size), np.uint16),
        place_role=np.zeros((n_places, len(ROLES), len(ACTIVITIES)), np.int32),
    )


def digest_of(*structures: Any) -> str:
    """SHA-256 of arrays (or NamedTuples of arrays), in order, with their dtypes and shapes."""
    total = hashlib.sha256()
    for structure in structures:
        for array in structure if isinstance(structure, tuple) else (structure,):
            contiguous = np.ascontiguousarray(array)
            total.update(f"{contiguous.dtype.str}{contiguous.shape}".encode())
            total.update(contiguous.data)
    return total.hexdigest()
