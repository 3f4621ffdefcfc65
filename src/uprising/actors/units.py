"""Units of police, army and hegemon: where they are, whom they obey, where they march (ODD: forces).

Arrays have one entry a unit. A unit stands at a node of the travel graph or is abroad (node -1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uprising import purposes
from uprising.case.world import World
from uprising.kernel.engine.draws import uniform
from uprising.kernel.forces.march import ABROAD
from uprising.schema import constant
from uprising.state import DISSOLVED, LOYAL, NEUTRAL

FIRST_LEAST, FIRST_SPREAD = constant("first_breaking_least"), constant("first_breaking_spread")
SECOND_LEAST, SECOND_SPREAD = constant("second_breaking_least"), constant("second_breaking_spread")
STAY, GUARD, FIGHT, SEAL, RING, STORM, WITHDRAW = range(7)


@dataclass
class Units:
    """State of all units; see the module."""

    node: NDArray[np.int64]
    origin: NDArray[np.int64]
    destination: NDArray[np.int64]
    depart: NDArray[np.int64]
    """tick at which a unit under way sets out; meaningless where destination is -1"""
    abroad_km: NDArray[np.float64]
    entered: NDArray[np.int64]
    """tick at which a unit from abroad crossed the border; -1 before, and for those who were there"""
    alerted: NDArray[np.int64]
    """tick from which a unit makes ready to move; -1 before"""
    order: NDArray[np.int64]
    men: NDArray[np.float64]
    lost: NDArray[np.float64]
    loyalty: NDArray[np.float64]
    neutral_below: NDArray[np.float64]
    joins_below: NDArray[np.float64]
    stance: NDArray[np.int64]


def start_units(world: World, seed: int) -> Units:
    """Units at their bases on the eve; each has its own two breaking points (a threshold cascade needs them)."""
    n = len(world.unit_ids)
    at_home = np.array([e in ("resident", "garrison") for e in world.echelon])
    neutral = [FIRST_LEAST + FIRST_SPREAD * uniform(seed, purposes.UNIT_NEUTRAL_BELOW, u, 0) for u in range(n)]
    joins = [SECOND_SPREAD * uniform(seed, purposes.UNIT_JOINS_BELOW, u, 0) + SECOND_LEAST for u in range(n)]
    return Units(
        node=np.where(at_home, world.unit_base, ABROAD),
        origin=world.unit_base.copy(),
        destination=np.full(n, -1, np.int64),
        depart=np.zeros(n, np.int64),
        abroad_km=np.where(at_home, 0.0, world.distance_to_base_km),
        entered=np.full(n, -1, np.int64),
        alerted=np.full(n, -1, np.int64),
        order=np.full(n, STAY, np.int64),
        men=world.unit_men.copy(),
        lost=np.zeros(n),
        loyalty=np.ones(n),
        neutral_below=np.array(neutral),
        joins_below=np.array(joins),
        stance=np.full(n, LOYAL, np.int64),
    )


def alert(units: Units, which: NDArray[np.bool_], tick: int) -> None:
    """Units of `which` [u] make ready from now on, but for those that do so already."""
    units.alerted[which & (units.alerted < 0)] = tick


def send(units: Units, u: int, destination: int, order: int, depart: int) -> None:
    """Give a unit an order; it sets out at tick `depart` at the earliest."""
    units.order[u] = order
    if units.node[u] == destination:
        units.destination[u] = -1
        return
    if units.node[u] != ABROAD:
        units.origin[u] = units.node[u]
        units.abroad_km[u] = 0.0
    units.destination[u] = destination
    units.depart[u] = depart


def dissolve(units: Units, which: NDArray[np.bool_]) -> list[int]:
    """Dissolve those units of `which` [u] that have not joined the insurgents; returns them."""
    chosen = np.flatnonzero(which & (units.stance <= NEUTRAL))
    units.stance[chosen] = DISSOLVED
    return [int(u) for u in chosen]
