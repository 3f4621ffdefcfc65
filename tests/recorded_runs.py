"""A small recorded run made by hand: two districts of one city, one town, two roles, two council members."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from uprising.result.recording import Recorder
from uprising.result.variables import variables_from
from uprising.schema import Output

START = np.datetime64("2001-03-01T00:00")
TABLE = """name,dims,dtype,unit,text
crowd,time place role,int32,person,people in the streets
striking,time place,int32,person,people not at work
detained,time place,int32,person,people held
wounded,time place,int32,person,wounded so far
dead,time place side,int32,person,killed so far
fled,time place,int32,person,left so far
belief,time place,float32,1,belief that protest works
control,time,float32,1,share governed
"""
COORDINATES: dict[str, Any] = {
    "place": ["D_WEST", "D_EAST", "T_MILL"],
    "place_group": ["T_CITY", "T_CITY", "T_MILL"],
    "population": [3000.0, 1000.0, 500.0],
    "workers": [100.0, 50.0, 50.0],
    "role": ["student", "industrial_worker"],
    "side": ["civilian", "security", "hegemon"],
    "member": ["FIRST", "SECOND"],
}


def table() -> tuple[Output, ...]:
    return variables_from(TABLE)


def recorder(folder: Path | None = None, n_steps: int = 400, **coordinates: Any) -> Recorder:
    return Recorder(folder, COORDINATES | coordinates, START, 30, n_steps, table())


def values(step: int) -> dict[str, Any]:
    """A step's values: crowds rise to step 150 and fall, losses grow."""
    rise = max(0, 150 - abs(step - 150))
    return {
        "crowd": np.array([[rise, 2 * rise], [rise, 0], [3 * rise, 0]], np.int32),
        "striking": np.array([rise // 2, 0, 10], np.int32),
        "detained": np.array([rise, 0, 0], np.int32),
        "wounded": np.array([step, 0, 1], np.int32),
        "dead": np.array([[step, 1, 2], [step // 2, 0, 0], [0, 3, 0]], np.int32),
        "fled": np.array([0, step, 5], np.int32),
        "belief": np.array([0.1, 0.5, step / 1000], np.float32),
        "control": np.float32(1.0),
    }


def record(taken: Recorder, first: int, last: int) -> Recorder:
    """Record steps first to last - 1 with an event and a session now and then."""
    for step in range(first, last):
        if step == 40:
            taken.event(step, "mass_protest", "T_CITY", "students", 500.0, "a crowd")
        if step == 90:
            taken.event(step, "shots", "S_RADIO", "guard", 3.0, "shots fall")
        if step % 100 == 10:
            taken.session(step, [0.25, step / 400])
        taken.append(values(step))
    return taken


def finished(folder: Path | None = None, n_steps: int = 400, seed: int = 7) -> Any:
    """A whole run's Result."""
    from uprising.result.summary import summarise

    case = SimpleNamespace(id="testland", digest="ab" * 32, what_if_name=None, folder=Path("cases/testland"))
    return summarise(
        record(recorder(folder, n_steps), 0, n_steps),
        case=case,
        outcome="no_uprising",
        seed=seed,
        scale=0.5,
        people=2250,
        parameters={"weight_social": 0.6},
        person_steps=10,
        steps=n_steps,
        started="2020-01-01T00:00:00+00:00",
        compile_seconds=0.5,
        wall_seconds=1.25,
        command=["uprising", "run"],
    )
