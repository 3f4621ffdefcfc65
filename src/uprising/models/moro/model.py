"""Moro 2016, reconstructed: setting up a run, and its checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from uprising.models.cards import ModelError
from uprising.models.moro.rules import attack, decide
from uprising.models.purposes import INCOME, PLACEMENT, RISK_AVERSION
from uprising.models.running import Outcome, Study

RULES = {"decide": decide, "attack": attack}


def simulate(
    parameters: dict[str, Any], steps: int, seed: int, rules: Mapping[str, Callable[..., Any]] | None = None
) -> Outcome:
    """One run; it ends when police or revolutionaries are gone. A user's rules have the arguments of `rules`.

    Raises
    ------
    ModelError
        More people than sites, or vision round the torus.
    """
    from uprising.models.epstein.people import uniforms
    from uprising.models.lattice import shuffle, window
    from uprising.models.moro.rules import history, history_with

    side = parameters["side"]
    sites = side * side
    n_police = round(parameters["police_density"] * sites)
    n_rebels = round(parameters["revolutionary_density"] * sites)
    n = n_police + n_rebels + round(parameters["citizen_density"] * sites)
    if n > sites:
        raise ModelError(f"{n} people on {sites} sites: lower a density")
    if 2 * int(parameters["vision"]) + 1 > side:
        raise ModelError(
            f"vision reaches round the torus: side {side} must be at least twice the vision plus 1"
        )
    order = np.empty(sites, np.int32)
    shuffle(order, seed, PLACEMENT, 0)
    site = order[:n].copy()
    occupant = np.full(sites, -1, np.int32)
    occupant[site] = np.arange(n)
    income, risk_aversion = np.zeros(n), np.zeros(n)
    uniforms(income, 0, seed, INCOME)
    uniforms(risk_aversion, 0, seed, RISK_AVERSION)
    is_rebel = np.zeros(n, np.uint8)
    is_rebel[n_police : n_police + n_rebels] = 1
    citizens = income[n_police + n_rebels :]
    recorded = np.zeros((steps, 4))
    run = history_with(**{**RULES, **rules}) if rules else history
    lasted = run(
        seed, side, n_police, n_rebels, parameters["legitimacy"], parameters["threshold"], parameters["k"],
        parameters["favourable"], parameters["police_precision"], parameters["rebel_precision"],
        parameters["max_jail_term"], parameters["joining"], *window("disc", parameters["vision"]), income,
        risk_aversion, site, np.zeros(n, np.int32), np.zeros(n, np.uint8), is_rebel, occupant, recorded,
    )  # fmt: skip
    recorded = recorded[:lasted]
    police, rebels, active, incomes = (recorded[:, column] for column in range(4))
    left = float(police[-1]) if lasted else float(n_police)
    rebels_left = float(rebels[-1]) if lasted else float(n_rebels)
    # a few who can never find favourable numbers are an organisation broken: the status quo is back
    broken = rebels_left <= 0.1 * n_rebels
    outcome = "successful" if left == 0 else "failed" if broken else "undecided"
    early = incomes[:50][~np.isnan(incomes[:50])]
    summary = {
        "outcome": outcome,
        "police_killed_share": 1.0 - left / max(n_police, 1),
        "rebels_left": rebels_left,
        "early_active_income": float(early.mean()) if len(early) else float("nan"),
        "median_income": float(np.median(citizens)) if len(citizens) else float("nan"),
    }
    return summary, {"police": police, "rebels": rebels, "active": active}


def _modal(study: Study, experiment: str, outcome: str, most_killed: float) -> float:
    """1 if this is the commonest outcome of 50 seeds, with at most that median share of police killed."""
    result = study.run(experiment, n_seeds=50)
    outcomes = [run.summary["outcome"] for run in result.runs]
    is_modal = max(set(outcomes), key=outcomes.count) == outcome
    return float(is_modal and np.median(result.values("police_killed_share")) <= most_killed)


def _income_gap(study: Study) -> float:
    gaps = []
    for experiment in ("success", "failure"):
        result = study.run(experiment, n_seeds=50)
        gaps.append(np.nanmean(result.values("early_active_income") - result.values("median_income")))
    return float(max(gaps))


CHECKS: dict[str, Callable[[Study], Any]] = {
    "MO01": lambda study: _modal(study, "success", "successful", 1.0),
    "MO03": lambda study: _modal(study, "failure", "failed", 0.3),
    "MO04": _income_gap,
}


def figure(study: Study, axes: Any) -> None:
    """Police left over time, ten runs of both outcomes."""
    for experiment, colour in (("success", "tab:red"), ("failure", "tab:blue")):
        for run in study.run(experiment, n_seeds=50).runs[:10]:
            axes.plot(run.series["police"], color=colour, linewidth=0.7)
    axes.plot([], color="tab:red", label="p = 0.4, r = 0.3")
    axes.plot([], color="tab:blue", label="p = 0.9, r = 0.1")
    axes.set(xlabel="period", ylabel="police left", xscale="symlog")
    axes.legend()
