"""Lanchester 1916: two forces that wear each other down, by aimed fire (square law) or area fire (linear law)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from uprising.models.purposes import COMBAT_X, COMBAT_Y
from uprising.models.running import Outcome, Study


def battle(
    losses: Callable[[float, float, float, float], tuple[float, float]],
    x: float, y: float, first: float, second: float, duration: float, steps: int,
) -> np.ndarray:  # fmt: skip
    """Numbers of both sides [steps + 1, 2] under a law of attrition; it ends where a side is gone.

    losses(x, y, first, second) gives both loss rates. Solved to 1e-12 relative.
    """
    from scipy.integrate import solve_ivp

    def change(_: float, state: np.ndarray) -> list[float]:
        lost_x, lost_y = losses(max(state[0], 0.0), max(state[1], 0.0), first, second)
        return [-lost_x, -lost_y]

    def gone(_: float, state: np.ndarray) -> float:
        return float(min(state[0], state[1]))

    gone.terminal = True  # type: ignore[attr-defined]
    times = np.linspace(0.0, duration, steps + 1)
    solved = solve_ivp(change, (0.0, duration), [x, y], "DOP853", times, events=gone, rtol=1e-12, atol=1e-10)
    path = solved.y.T
    if len(solved.t_events[0]):
        path = np.vstack([path, np.broadcast_to(solved.y_events[0][0], (steps + 1 - len(path), 2))])
    return np.asarray(np.maximum(path, 0.0))


def drawn_battle(
    losses: Callable[[float, float, float, float], tuple[float, float]],
    x: float, y: float, first: float, second: float, duration: float, steps: int, seed: int,
) -> np.ndarray:  # fmt: skip
    """The same with losses as whole men drawn step by step, [steps + 1, 2]."""
    from uprising.models.attrition import whole_losses

    path = np.empty((steps + 1, 2))
    path[0] = x, y
    length = duration / max(steps, 1)
    for step in range(steps):
        rates = losses(path[step, 0], path[step, 1], first, second)
        path[step + 1, 0] = path[step, 0] - whole_losses(
            rates[0], length, path[step, 0], seed, COMBAT_X, 0, step
        )
        path[step + 1, 1] = path[step, 1] - whole_losses(
            rates[1], length, path[step, 1], seed, COMBAT_Y, 0, step
        )
    return path


def simulate(parameters: dict[str, Any], steps: int, seed: int) -> Outcome:
    """One battle; `survivors` of the winner."""
    from uprising.models import attrition

    law = attrition.square_losses if parameters["law"] == "square" else attrition.linear_losses
    given = (
        parameters["x"],
        parameters["y"],
        parameters["fire_of_x"],
        parameters["fire_of_y"],
        parameters["duration"],
    )
    path = drawn_battle(law, *given, steps, seed) if parameters["whole_men"] else battle(law, *given, steps)
    summary = {"x": float(path[-1, 0]), "y": float(path[-1, 1]), "survivors": float(path[-1].max())}
    return summary, {"x": path[:, 0], "y": path[:, 1]}


def _invariant(study: Study) -> float:
    """Largest relative change of a x^2 - b y^2 along the square law, with unequal fire, while both sides stand."""
    a, b = 0.013, 0.01
    run = study.run("square", n_seeds=1, fire_of_x=a, fire_of_y=b, duration=60.0).runs[0]
    value = a * run.series["x"] ** 2 - b * run.series["y"] ** 2
    return float(abs(value / value[0] - 1.0).max())


CHECKS: dict[str, Callable[[Study], Any]] = {
    "LA01": lambda study: study.run("square", n_seeds=1).values("survivors")[0],
    "LA02": lambda study: study.run("linear", n_seeds=1).values("survivors")[0],
    "LA03": _invariant,
}


def figure(study: Study, axes: Any) -> None:
    """100 against 80 under both laws, and 20 battles in whole men."""
    for run in study.run("square", whole_men=True).runs:
        axes.plot(run.series["x"], run.series["y"], color="0.8", linewidth=0.7)
    for law in ("square", "linear"):
        run = study.run(law, n_seeds=1).runs[0]
        axes.plot(run.series["x"], run.series["y"], label=f"{law} law")
    axes.set(xlabel="x still standing", ylabel="y still standing")
    axes.legend()
