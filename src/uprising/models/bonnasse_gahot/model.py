"""Bonnasse-Gahot et al. 2018: riots spread between places as an epidemic does, by the distance between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from uprising.models.bonnasse_gahot.rules import LINEAR, SATURATING, respond
from uprising.models.cards import ModelError
from uprising.models.own_rules import vectorised
from uprising.models.purposes import COUNTS, PLACEMENT
from uprising.models.running import Outcome, Study

RULES: dict[str, Callable[..., Any]] = {"respond": respond}


def reach(distance: np.ndarray, kind: str, scale: float, decay: float, floor: float) -> np.ndarray:
    """How much activity counts at a distance: power (1 + d/d0)^-delta, or exponential xi + (1 - xi) exp(-d/d0)."""
    if kind == "power":
        return np.asarray((1.0 + distance / scale) ** -decay)
    if kind == "exponential":
        return np.asarray(floor + (1.0 - floor) * np.exp(-distance / scale))
    return np.asarray(distance == 0.0, dtype=float)


def spread(
    susceptible: np.ndarray, activity: np.ndarray, weights: np.ndarray, response: Callable[[np.ndarray], np.ndarray],
    recovery: float, days: int,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Activity and susceptible of each place on each day, [days + 1, n] each, to 1e-10 relative.

    activity' = -recovery activity + susceptible response(W activity); susceptible' = -susceptible response(...)
    """
    from scipy.integrate import solve_ivp

    n = len(susceptible)

    def change(_: float, state: np.ndarray) -> np.ndarray:
        joining = state[n:] * response(weights @ state[:n])
        return np.concatenate([joining - recovery * state[:n], -joining])

    solved = solve_ivp(
        change,
        (0.0, days),
        np.concatenate([activity, susceptible]),
        "DOP853",
        np.arange(days + 1),
        rtol=1e-10,
        atol=1e-12,
    )
    return solved.y[:n].T, solved.y[n:].T


def simulate(
    parameters: dict[str, Any], steps: int, seed: int, rules: Mapping[str, Callable[..., Any]] | None = None
) -> Outcome:
    """One episode on places drawn on a square, place 0 in the middle of them and struck first.

    Raises
    ------
    ModelError
        Fewer than one place.
    """
    from uprising.kernel.engine.draws import poisson, uniform

    n = parameters["places"]
    if n < 1:
        raise ModelError("places: expected at least 1")
    size = parameters["side_km"]
    at = np.array([[uniform(seed, PLACEMENT, place, axis) * size for axis in range(2)] for place in range(n)])
    at[0] = size / 2.0
    distance = np.hypot(*(at[:, None, axis] - at[None, :, axis] for axis in range(2)))
    weights = reach(
        distance, parameters["kernel"], parameters["scale_km"], parameters["decay"], parameters["floor"]
    )
    people = np.full(n, parameters["susceptible"])

    form = LINEAR if parameters["response"] == "linear" else SATURATING
    # the model's own rule goes the way of a user's: a library's exponential of arrays differs between processors
    rule = vectorised({**RULES, **(rules or {})}["respond"])

    def response(heard: np.ndarray) -> np.ndarray:
        return np.asarray(
            rule(heard, form, parameters["contagion"], parameters["ceiling"], parameters["hearing_threshold"])
        )

    start = np.zeros(n)
    start[0] = parameters["shock"]
    activity, left = spread(people, start, weights, response, parameters["recovery"], steps)
    observed = np.array(
        [
            sum(
                poisson(
                    float(max(activity[day, place], 0.0)) + parameters["background"], seed, COUNTS, place, day
                )
                for place in range(n)
            )
            for day in range(len(activity))
        ]
    )
    peak = activity.argmax(axis=0)
    size_of = 1.0 - left[-1] / people
    summary = {
        "final_size": float(size_of.mean()),
        "peak_day": float(activity.sum(axis=1).argmax()),
        "places_reached": int((activity.max(axis=0) > 0.01 * parameters["susceptible"]).sum()),
        "peak_day_by_distance": float(np.corrcoef(distance[0], peak)[0, 1])
        if n > 2 and np.ptp(peak)
        else float("nan"),
    }
    series = {
        "activity": activity.sum(axis=1),
        "events": observed.astype(float),
        "first_place": activity[:, 0],
    }
    return summary, series


def _final_size(study: Study, contagion: float) -> float:
    return float(study.run("one_place", n_seeds=1, contagion=contagion, steps=400).values("final_size")[0])


def _growth(study: Study) -> float:
    """Early growth over beta sigma(0) - omega."""
    result = study.run("one_place", n_seeds=1, shock=1e-9)
    first = result.runs[0].series["first_place"]
    given = result.parameters
    rate = np.log(first[20] / first[10]) / 10.0
    return float(rate / (given["contagion"] * given["susceptible"] - given["recovery"]))


def _window(study: Study) -> float:
    from datetime import date

    return (date(2005, 12, 8) - date(2005, 10, 26)).days + 1


CHECKS: dict[str, Callable[[Study], Any]] = {
    "BG01": lambda study: _final_size(study, 0.8),
    "BG02": lambda study: _final_size(study, 0.6),
    "BG03": _growth,
    "BG04": _window,
}


def figure(study: Study, axes: Any) -> None:
    """Daily events in 100 places around the first, three draws of the map."""
    for run in study.run("wave", n_seeds=3).runs:
        axes.plot(run.series["events"], ".", markersize=3)
        axes.plot(run.series["activity"], linewidth=0.8)
    axes.set(xlabel="day", ylabel="events, all places")
