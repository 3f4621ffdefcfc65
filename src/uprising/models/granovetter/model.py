"""Granovetter 1978: people join once as many are out as their threshold asks for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from uprising.models.cards import ModelError
from uprising.models.granovetter.rules import join
from uprising.models.own_rules import vectorised
from uprising.models.purposes import THRESHOLD
from uprising.models.running import Outcome, Study

RULES: dict[str, Callable[..., Any]] = {"join": join}


def equilibrium(thresholds: np.ndarray) -> np.ndarray:
    """The numbers out, from nobody to the fixed point, for thresholds [n] in persons."""
    ordered = np.sort(thresholds)
    path = [0]
    while True:
        joined = int(np.searchsorted(ordered, path[-1], side="right"))
        if joined == path[-1]:
            return np.array(path)
        path.append(joined)


def path_under(
    join: Callable[..., Any], thresholds: np.ndarray, population: int, steps: int
) -> np.ndarray:
    """The numbers out under a rule of a user's own, until nobody joins or leaves or the steps are over."""
    path = [0]
    for _ in range(steps):
        out = int(np.count_nonzero(join(thresholds, float(path[-1]), population)))
        if out == path[-1]:
            break
        path.append(out)
    return np.array(path)


def normal_cumulative(value: float) -> float:
    """The standard normal distribution function."""
    return 0.5 * math.erfc(-value / math.sqrt(2.0))


def expected_path(mean: float, standard_deviation: float, steps: int, tolerance: float = 1e-13) -> np.ndarray:
    """Shares out, from 0, under normal thresholds with this mean and spread (as shares of the people).

    Stops at the fixed point: when a step moves less than `tolerance`.
    """
    path = [0.0]
    for _ in range(steps):
        path.append(normal_cumulative((path[-1] - mean) / standard_deviation))
        if abs(path[-1] - path[-2]) < tolerance:
            break
    return np.array(path)


def critical_deviation(mean: float) -> float:
    """The spread at which the low equilibrium ends: phi(z) = sd and Phi(z) = mean + sd z (shares)."""
    from scipy.optimize import brentq

    def gap(z: float) -> float:
        density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
        return normal_cumulative(z) - mean - density * z

    z = brentq(gap, -8.0, 0.0, xtol=1e-15)
    return math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


def simulate(
    parameters: dict[str, Any], steps: int, seed: int, rules: Mapping[str, Callable[..., Any]] | None = None
) -> Outcome:
    """One episode; `final` counts persons (a fraction of a person under the expected distribution).

    Raises
    ------
    ModelError
        A user's rule for the expected distribution, in which there are no persons.
    """
    people = parameters["population"]
    kind = parameters["distribution"]
    if kind == "normal" and rules:
        raise ModelError(
            "distribution = 'normal': there are no persons for a rule in the expected distribution; "
            "expected drawn, ladder or broken_ladder"
        )
    if kind == "normal":
        path = (
            expected_path(parameters["mean"] / people, parameters["standard_deviation"] / people, steps)
            * people
        )
    else:
        if kind == "drawn":
            from uprising.kernel.engine.draws import normal

            draws = np.array([normal(seed, THRESHOLD, person, 0) for person in range(people)])
            thresholds = parameters["mean"] + parameters["standard_deviation"] * draws
        else:
            thresholds = np.arange(people, dtype=float)
            if kind == "broken_ladder":
                thresholds[thresholds == 1.0] = 2.0
        if rules:
            path = path_under(vectorised(rules["join"]), thresholds, people, steps).astype(float)
        else:
            path = equilibrium(thresholds)[: steps + 1].astype(float)
    return {"final": float(path[-1]), "share": float(path[-1]) / people, "rounds": len(path) - 1}, {
        "out": path
    }


def _share(mean: float, standard_deviation: float) -> float:
    return float(expected_path(mean, standard_deviation, 1_000_000)[-1])


def _jump(mean: float) -> float:
    """The critical spread found by the iteration itself: halving between calm and riot."""
    calm, riot = 0.02, 0.45
    while riot - calm > 1e-8:
        middle = 0.5 * (calm + riot)
        if _share(mean, middle) < 0.3:
            calm = middle
        else:
            riot = middle
    return 0.5 * (calm + riot)


CHECKS: dict[str, Callable[[Study], Any]] = {
    "GR01": lambda study: study.run("ladder").values("final").max(),
    "GR02": lambda study: study.run("broken_ladder").values("final").max(),
    "GR03": lambda study: 100.0 * _jump(0.25),
    "GR04": lambda study: 100.0 * _share(0.25, critical_deviation(0.25) - 1e-8),
    "GR05": lambda study: [_share(0.25, each) for each in (0.10, 0.11, 0.12)],
    "GR06": lambda study: [_share(0.25, each) for each in (0.5, 1.0)],
    "GR07": lambda study: [_jump(0.20), _jump(0.30)],
    "GR10": lambda study: _jump(0.40),
}


def figure(study: Study, axes: Any) -> None:
    """Equilibrium against spread: expected distribution, and 20 draws of 100 people each."""
    spreads = np.linspace(2.0, 60.0, 117)
    axes.plot(
        spreads, [100.0 * _share(0.25, each / 100.0) for each in spreads], label="expected distribution"
    )
    for spread in range(4, 60, 4):
        finals = study.run("drawn", standard_deviation=float(spread)).values("final")
        axes.plot([spread] * len(finals), finals, ".", color="0.6", markersize=3)
    axes.axvline(12.2, linestyle=":", color="k", label="published jump, 12.2")
    axes.set(xlabel="standard deviation of thresholds (persons)", ylabel="rioters of 100")
    axes.legend()
