"""Epstein 2002, Model II: setting up a run, and its checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from uprising.models.cards import ModelError
from uprising.models.epstein.model import RATIOS
from uprising.models.epstein.rules import decide
from uprising.models.purposes import AGE, DEATH_AGE, GROUP, HARDSHIP, PLACEMENT, RISK_AVERSION
from uprising.models.running import Outcome, Study

RULES = {"decide": decide}


def simulate(
    parameters: dict[str, Any], steps: int, seed: int, rules: Mapping[str, Callable[..., Any]] | None = None
) -> Outcome:
    """One run; it ends early when one group is gone. A user's rule A has the arguments of Model I's.

    Raises
    ------
    ModelError
        More people than sites, or vision round the torus.
    """
    from uprising.models.epstein.people import uniforms
    from uprising.models.epstein_ii.rules import history, history_with
    from uprising.models.lattice import shuffle, window

    side = parameters["side"]
    sites = side * side
    n_cops = round(parameters["cop_density"] * sites)
    n_agents = round(parameters["agent_density"] * sites)
    if n_cops + n_agents > sites:
        raise ModelError(f"{n_cops + n_agents} people on {sites} sites: lower agent_density or cop_density")
    if 2 * int(max(parameters["agent_vision"], parameters["cop_vision"])) + 1 > side:
        raise ModelError(
            f"vision reaches round the torus: side {side} must be at least twice the vision plus 1"
        )
    n = n_cops + sites
    order = np.empty(sites, np.int32)
    shuffle(order, seed, PLACEMENT, 0)
    site = np.full(n, -1, np.int32)
    occupant = np.full(sites, -1, np.int32)
    first = 0
    if parameters["cops_from"] == 0:
        first = n_cops
    site[n_cops : n_cops + n_agents] = order[first : first + n_agents]
    occupant[site[n_cops : n_cops + n_agents]] = np.arange(n_cops, n_cops + n_agents)
    hardship, risk_aversion, side_draw, ages, deaths = (np.zeros(n) for _ in range(5))
    for values, purpose in (
        (hardship, HARDSHIP), (risk_aversion, RISK_AVERSION), (side_draw, GROUP), (ages, AGE), (deaths, DEATH_AGE)
    ):  # fmt: skip
        uniforms(values, n_cops, seed, purpose)
    death_age = deaths * parameters["max_age"]
    age = np.zeros(n, np.int32)
    if parameters["founders"] == "of_all_ages":
        age = (ages * death_age).astype(np.int32)
    group = (side_draw < 0.5).astype(np.int8)
    vision = parameters["vision"]
    recorded = np.zeros((steps, 5))
    run = history_with(rules["decide"]) if rules else history
    lasted = run(
        seed, side, n_cops, parameters["cops_from"], parameters["legitimacy"], parameters["threshold"], parameters["k"],
        RATIOS.index(parameters["ratio"]), parameters["max_jail_term"], parameters["clone_probability"],
        parameters["max_age"], *window(vision, parameters["agent_vision"]), *window(vision, parameters["cop_vision"]),
        *window("moore", 1), site, group, hardship, risk_aversion, age, death_age, np.zeros(n, np.int32),
        np.zeros(n, np.uint8), occupant, recorded,
    )  # fmt: skip
    recorded = recorded[:lasted]
    blue, green, kills = (recorded[:, column] for column in range(3))
    gone = lasted > 0 and (blue[-1] == 0) != (green[-1] == 0)
    summary = {
        "genocide": bool(gone),
        "time_to_genocide": float(lasted) if gone else float("nan"),
        "winner": ("green" if blue[-1] == 0 else "blue") if gone else "none",
        "kills": float(kills.sum()),
        "population_at_end": float(blue[-1] + green[-1]) if lasted else float(n_agents),
    }
    series = {
        "blue": blue,
        "green": green,
        "kills": kills,
        "active": recorded[:, 3],
        "jailed": recorded[:, 4],
    }
    return summary, series


def _genocides(study: Study) -> list[float]:
    from scipy.stats import binomtest

    result = study.run("run_7", n_seeds=30)
    ended = int(result.values("genocide").sum())
    blue = sum(run.summary["winner"] == "blue" for run in result.runs)
    return [float(ended), float(binomtest(blue, max(ended, 1)).pvalue)]


CHECKS: dict[str, Callable[[Study], Any]] = {
    "EP21": lambda study: study.run("run_6").values("kills").sum(),
    "EP22": _genocides,
    "EP23": lambda study: np.nanmean(study.run("run_7", n_seeds=30).values("time_to_genocide")),
}


def figure(study: Study, axes: Any) -> None:
    """Both groups in five runs of Run 7."""
    for run in study.run("run_7", n_seeds=30).runs[:5]:
        axes.plot(run.series["blue"], color="tab:blue", linewidth=0.8)
        axes.plot(run.series["green"], color="tab:green", linewidth=0.8)
    axes.set(xlabel="period", ylabel="members of each group")
