"""Deitchman 1962: guerrillas in ambush aim, regulars fire into the area. The law of this program's street fights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from uprising.models.lanchester.model import battle, drawn_battle
from uprising.models.running import Outcome, Study


def parity(insurgents: float, area_fire: float, aimed_fire: float) -> float:
    """How many regulars end even with so many insurgents: x0 = sqrt(2 (b / a) y0)."""
    return float(np.sqrt(2.0 * aimed_fire / area_fire * insurgents))


def simulate(parameters: dict[str, Any], steps: int, seed: int) -> Outcome:
    """One fight."""
    from uprising.models.attrition import deitchman_losses

    given = (
        parameters["regulars"],
        parameters["insurgents"],
        parameters["aimed_fire"],
        parameters["area_fire"],
    )
    if parameters["whole_men"]:
        path = drawn_battle(deitchman_losses, *given, parameters["duration"], steps, seed)
    else:
        path = battle(deitchman_losses, *given, parameters["duration"], steps)
    summary = {
        "regulars": float(path[-1, 0]),
        "insurgents": float(path[-1, 1]),
        "parity": parity(parameters["insurgents"], parameters["area_fire"], parameters["aimed_fire"]),
    }
    return summary, {"regulars": path[:, 0], "insurgents": path[:, 1]}


def _fought_parity(study: Study, insurgents: float) -> float:
    """The number of regulars between losing and winning, found by fighting: halving until the two meet."""
    low, high = 1.0, 1000.0
    while high - low > 1e-5:
        middle = 0.5 * (low + high)
        run = study.run("parity", n_seeds=1, regulars=middle, insurgents=insurgents).runs[0]
        # nearly even fights end far away in time; whoever would outlast the other is told by the invariant at the end
        left = 0.005 * run.summary["regulars"] ** 2 - 0.1 * run.summary["insurgents"]
        if left > 0.0:
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)


def _ratio(study: Study) -> float:
    parameters = study.run("parity", n_seeds=1).parameters
    a, b = parameters["area_fire"], parameters["aimed_fire"]
    return parity(400.0, a, b) / parity(100.0, a, b)


CHECKS: dict[str, Callable[[Study], Any]] = {
    "DE01": lambda study: _fought_parity(study, 100.0),
    "DE03": _ratio,
}


def figure(study: Study, axes: Any) -> None:
    """Fights of 100 insurgents against more and more regulars, around parity."""
    for regulars in (30.0, 40.0, 44.7, 50.0, 60.0):
        run = study.run("parity", n_seeds=1, regulars=regulars).runs[0]
        axes.plot(run.series["regulars"], run.series["insurgents"], label=f"{regulars:g} regulars")
    axes.set(xlabel="regulars standing", ylabel="insurgents standing")
    axes.legend()
