"""The whole changing state of a crisis as arrays and JSON, and back: what `--resume` goes on from."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.actors.government import Government
from uprising.crisis import movement
from uprising.crisis.order import Crisis

ARRAYS = (
    "own_belief", "news", "heard_outrage", "danger", "dead", "wounded", "arms_loose", "site_arms", "site_prisoners",
    "holder", "attraction", "control", "mood", "mass_noticed", "private_discontent",
)  # fmt: skip
NUMBERS = (
    "tick", "readiness_shift", "killings", "hegemon_losses", "alarm", "council_alarm", "last_fighting",
    "attention", "answer", "national_control", "spread", "person_steps",
)  # fmt: skip
ASSEMBLY = ("called", "expected", "waiting")
PEOPLE = ("activity", "site", "since", "outrage")
COUNCIL_NUMBERS = ("option", "last_session", "decided", "promised_tick", "assault_tick", "sessions")


def take_snapshot(crisis: Crisis) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """(arrays by name, JSON-able values) that together are the state after the last finished step."""
    crowd = crisis.crowd
    arrays: dict[str, NDArray[Any]] = {name: getattr(crisis, name) for name in ARRAYS}
    arrays |= {f"people.{name}": getattr(crowd.people, name) for name in PEOPLE}
    arrays |= {f"counters.{name}": value for name, value in crowd.counters._asdict().items()}
    arrays |= {f"crowd.{name}": getattr(crowd, name) for name in crowd.state_arrays}
    arrays["crowd.out"] = movement.who_is_out(crowd)
    arrays |= {f"units.{field.name}": getattr(crisis.units, field.name) for field in fields(crisis.units)}
    arrays |= {f"assembly.{name}": getattr(crisis.assembly, name) for name in ASSEMBLY}
    arrays |= {"council.view": crisis.council.view, "council.positions": crisis.council.positions}
    values: dict[str, Any] = {name: getattr(crisis, name) for name in NUMBERS}
    values["government"] = asdict(crisis.government)
    values["council"] = {name: getattr(crisis.council, name) for name in COUNCIL_NUMBERS}
    values["seen_once"] = sorted(crisis.seen_once)
    values["sessions"] = [[tick, [float(x) for x in positions]] for tick, positions in crisis.sessions]
    return arrays, values


def restore_snapshot(crisis: Crisis, arrays: dict[str, NDArray[Any]], values: dict[str, Any]) -> None:
    """Put a fresh crisis of the same case, seed and scale into the state of a snapshot.

    Raises
    ------
    ValueError
        Where an array has another shape than this run's: the snapshot is of another case or scale.
    """
    crowd = crisis.crowd

    def fill(target: NDArray[Any], name: str) -> None:
        source = arrays[name]
        if source.shape != target.shape:
            raise ValueError(f"the snapshot's {name} has shape {source.shape}, this run needs {target.shape}")
        target[...] = source

    for name in ARRAYS:
        fill(getattr(crisis, name), name)
    for name in PEOPLE:
        fill(getattr(crowd.people, name), f"people.{name}")
    for name, target in crowd.counters._asdict().items():
        fill(target, f"counters.{name}")
    crowd.look_anew()
    for name in crowd.state_arrays:
        fill(getattr(crowd, name), f"crowd.{name}")
    movement.let_out(crowd, arrays["crowd.out"])
    for field in fields(crisis.units):
        fill(getattr(crisis.units, field.name), f"units.{field.name}")
    for name in ASSEMBLY:
        fill(getattr(crisis.assembly, name), f"assembly.{name}")
    fill(crisis.council.view, "council.view")
    crisis.council.positions = arrays["council.positions"].copy()
    for name in NUMBERS:
        setattr(crisis, name, values[name])
    crisis.government = Government(**values["government"])
    for name in COUNCIL_NUMBERS:
        setattr(crisis.council, name, values["council"][name])
    crisis.seen_once = set(values["seen_once"])
    crisis.sessions = [(tick, np.array(positions)) for tick, positions in values["sessions"]]
