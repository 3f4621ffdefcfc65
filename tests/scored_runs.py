"""A small world with known answers, for tests of queries and the scorecard."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

from uprising.record.targets import Target
from uprising.score.view import Geography, View

START = np.datetime64("2001-03-01T00:00")
PLACES = ["D_WEST", "D_EAST", "T_MILL", "CO_LAND"]
PEOPLE = [3000.0, 1000.0, 500.0, 500.0]
ROLES = ["student", "industrial_worker"]
SITES = ["S_SQUARE", "S_MILL"]
UNITS = ["H_ONE", "P_TWO", "G_TANKS"]
NODES = [*PLACES, *SITES]
STEPS = 96
"""two days of half-hours"""


class World(Geography):
    """A geography without a case behind it."""

    def __init__(self, days: int = 4) -> None:
        self.parent = {
            "XX": None,
            "CO": "XX",
            "T_CITY": "XX",
            "D_WEST": "T_CITY",
            "D_EAST": "T_CITY",
            "T_MILL": "CO",
            "CO_LAND": "CO",
        }
        self.country, self.capital = "XX", "T_CITY"
        self.site_place = {"S_SQUARE": "D_WEST", "S_MILL": "T_MILL"}
        self.start, self.end = START, START + np.timedelta64(days, "D")
        self.step_days = 1.0 / 48.0
        self.demands, self.counties = 12, 2
        self.men = {"army": 100.0, "hegemon": 1000.0}
        self.unit_sides = ("army", "political_police", "hegemon")
        self.nodes = tuple(NODES)


def dataset(extra: float = 0.0) -> Any:
    """Crowds rise by 2 a step in the west, workers ten steps behind; troops enter at step 20."""
    import xarray

    steps = np.arange(STEPS)
    crowd = np.zeros((STEPS, 4, 2), np.int32)
    crowd[:, 0, 0] = 2 * steps + extra
    crowd[:, 0, 1] = 2 * np.maximum(steps - 10, 0)
    crowd[:, 2, 0] = 7
    dead = np.zeros((STEPS, 4, 3), np.int32)
    dead[50:, 0, 0], dead[:, 2, 0], dead[60:, 1, 2] = 30, 10, 5
    belief = np.zeros((STEPS, 4), np.float32)
    belief[:, 0], belief[:, 1] = 0.2, 0.6
    units = np.array([[100, 40, 1000]] * STEPS, np.int32)
    where = np.array([[4, 4, -1]] * STEPS, np.int16)
    where[20:, 2], where[40:, 2] = 2, 4
    stance = np.zeros((STEPS, 3), np.uint8)
    stance[30:, 0], stance[35:, 1] = 1, 3
    site = np.zeros((STEPS, 2), np.int32)
    site[12:25, 0], site[:, 1] = 300, 1
    person = {"unit": "person"}
    return xarray.Dataset(
        {
            "crowd": (("time", "place", "role"), crowd, person),
            "striking": (("time", "place"), np.full((STEPS, 4), 60, np.int32), person),
            "dead": (("time", "place", "side"), dead, person),
            "belief": (("time", "place"), belief, {"unit": "1"}),
            "site_fighting": (("time", "site"), site, person),
            "unit_men": (("time", "unit"), units, person),
            "unit_site": (("time", "unit"), where, {"unit": "index"}),
            "unit_stance": (("time", "unit"), stance, {"unit": "code"}),
            "conceded": (("time",), np.repeat(np.arange(4), 24).astype(np.int16), {"unit": "rung"}),
        },
        {
            "time": (START + np.timedelta64(30, "m") * steps).astype("datetime64[ns]"),
            "place": PLACES,
            "population": ("place", PEOPLE),
            "workers": ("place", [100.0, 100.0, 50.0, 50.0]),
            "role": ROLES,
            "side": ["civilian", "security", "hegemon"],
            "site": SITES,
            "unit": UNITS,
        },
        {"step_minutes": 30},
    )


EVENTS = [
    {"time": START + np.timedelta64(h, "h"), "kind": kind, "place": place, "quantity": n}
    for h, kind, place, n in [
        (3, "ban", "T_CITY", 1.0),
        (6, "shots", "S_SQUARE", 4.0),
        (12, "shots", "S_MILL", 1.0),
        (18, "shots", "S_MILL", 2.0),
        (24, "truce", "T_CITY", 0.0),
    ]
]


def view(extra: float = 0.0) -> View:
    return View(dataset(extra), EVENTS, World())


def hour(h: float) -> datetime.datetime:
    return (START + np.timedelta64(round(60 * h), "m")).astype(datetime.datetime)


def target(statistic: str, variable: str, kind: str = "series", unit: str = "person", **more: Any) -> Target:
    for name in ("start", "end"):
        if name in more:
            more[name] = hour(more[name])
    more.setdefault("documented", 1.0)
    if "low" not in more and "high" not in more and more["documented"] is not None:
        more["low"] = more["high"] = more["documented"]
    return Target("T1", "P1", "a fact", kind, variable, statistic, unit, **more)
