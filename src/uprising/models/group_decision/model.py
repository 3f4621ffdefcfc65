"""Group decision: expected-utility bargaining (Scholz, Calbert and Smith 2011), weighted mean and weighted median."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from uprising.actors import group_decision
from uprising.models.cards import ModelError
from uprising.models.running import Outcome, Study

ACTORS = (
    "Netherlands",
    "Belgium",
    "Luxembourg",
    "Germany",
    "France",
    "Italy",
    "UK",
    "Ireland",
    "Denmark",
    "Greece",
)


def _group(parameters: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    position, capability, salience = (
        np.array(parameters[each]) for each in ("position", "capability", "salience")
    )
    if not len(position) == len(capability) == len(salience) > 0:
        raise ModelError("position, capability and salience need one number per member each")
    return position, capability, salience


def simulate(parameters: dict[str, Any], steps: int, seed: int) -> Outcome:
    """Rounds of bargaining; nothing is drawn.

    Raises
    ------
    ModelError
        Lists of different lengths, or all positions equal.
    """
    position, capability, salience = _group(parameters)
    try:
        result = group_decision.expected_utility(
            position, capability, salience, steps, parameters["status_quo"], parameters["success"]
        )
    except ValueError as error:
        raise ModelError(str(error)) from error
    summary: dict[str, Any] = {
        "mean_at_start": result.means[0],
        "median_at_start": result.medians[0],
        "mean_at_end": result.means[-1],
        "median_at_end": result.medians[-1],
    }
    series = {"mean": result.means, "median": result.medians}
    for member in range(len(position)):
        name = ACTORS[member] if len(position) == len(ACTORS) else f"member_{member + 1}"
        series[f"position_{name}"] = result.positions[:, member]
        if steps:
            summary[f"risk_exponent_{name}"] = result.risk[0, member]
    return summary, series


def _one(study: Study, **parameters: Any) -> Any:
    return study.run("emissions", n_seeds=1, **parameters).runs[0]


def _printed(study: Study) -> np.ndarray:
    position, capability, salience = _group(study.run("emissions", n_seeds=1).parameters)
    return group_decision.success_probability(position, capability * salience, float(np.ptp(position)))


def _sums(study: Study) -> float:
    p = _printed(study)
    return float(abs(p + p.T - 1.0)[p > 0.0].max())


def _exponents(study: Study, success: str) -> list[float]:
    summary = _one(study, success=success).summary
    return [summary[f"risk_exponent_{name}"] for name in ACTORS]


CHECKS: dict[str, Callable[[Study], Any]] = {
    "BD01": lambda study: _one(study).summary["mean_at_start"],
    "BD02": lambda study: _one(study).summary["median_at_start"],
    "BD03": lambda study: [_printed(study)[0, 1], _printed(study)[0, 4], _printed(study)[1, 4]],
    "BD04": _sums,
    "BD05": lambda study: _exponents(study, "all_pairs"),
    "BD06": lambda study: [_one(study, success="all_pairs").series[each][1] for each in ("median", "mean")],
    "BD10": lambda study: [_one(study, success=each).series["median"][1] for each in group_decision.SUCCESS],
    "BD11": lambda study: _exponents(study, "printed") + _exponents(study, "all_pairs"),
}


def figure(study: Study, axes: Any) -> None:
    """Positions over five rounds, as the authors' code has it, and the decision that was taken."""
    run = _one(study, success="all_pairs")
    for name in ACTORS:
        axes.plot(run.series[f"position_{name}"], color="0.7", linewidth=0.8)
    axes.plot(run.series["median"], label="weighted median")
    axes.plot(run.series["mean"], label="weighted mean")
    axes.axhline(8.833, linestyle=":", color="k", label="decision (recalled), 8.833")
    axes.set(xlabel="round", ylabel="years of delay")
    axes.legend()
