"""Friedkin and Johnsen 1990: opinions pulled by others and by where each began; DeGroot 1974 where nobody holds on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from uprising.actors.group_decision import friedkin_johnsen, friedkin_johnsen_limit
from uprising.models.cards import ModelError
from uprising.models.friedkin_johnsen.rules import revise
from uprising.models.networks import adjacency
from uprising.models.own_rules import vectorised
from uprising.models.purposes import EDGE, IDEOLOGY, MOTIVATION
from uprising.models.running import Outcome, Study

RULES: dict[str, Callable[..., Any]] = {"revise": revise}


def group(parameters: dict[str, Any], seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First opinions [n], stubbornness [n] and weights [n, n] of a run; a given network's ties weigh alike."""
    from uprising.kernel.engine.draws import uniform

    if isinstance(parameters["network"], str):
        n = parameters["population"]
        if n < 1:
            raise ModelError("population: expected at least 1")
        weights = np.array([[uniform(seed, EDGE, i * n + j, 0) for j in range(n)] for i in range(n)]) + 1e-12
    else:
        weights = np.asarray(adjacency(parameters["network"]).todense(), float)
        n = len(weights)
        weights[np.arange(n), np.arange(n)] += (
            weights.sum(axis=1) == 0.0
        ) * 1.0  # who hears nobody hears itself
    start = np.array([uniform(seed, IDEOLOGY, i, 0) for i in range(n)])
    spread = np.array([uniform(seed, MOTIVATION, i, 0) for i in range(n)])
    stubbornness = np.clip(parameters["stubbornness"] * 2.0 * spread, 0.0, 1.0)
    return start, stubbornness, weights / weights.sum(axis=1, keepdims=True)


def simulate(
    parameters: dict[str, Any], steps: int, seed: int, rules: Mapping[str, Callable[..., Any]] | None = None
) -> Outcome:
    """Rounds of persuasion among members with random first opinions."""
    start, stubbornness, weights = group(parameters, seed)
    path = [start]
    for _ in range(steps):
        if rules:
            heard = (weights * path[-1]).sum(axis=1)
            path.append(vectorised(rules["revise"])(heard, start, stubbornness))
        else:
            path.append(friedkin_johnsen(path[-1], start, stubbornness, weights))
    opinions = np.array(path)
    summary = {"mean": float(opinions[-1].mean()), "spread": float(np.ptp(opinions[-1]))}
    return summary, {
        "mean": opinions.mean(axis=1),
        "lowest": opinions.min(axis=1),
        "highest": opinions.max(axis=1),
    }


def _distance_to_limit(study: Study) -> float:
    worst = 0.0
    for seed in range(1, study.n_seeds + 1):
        parameters = study.run(steps=0, n_seeds=1).parameters
        start, stubbornness, weights = group(parameters, seed)
        end = friedkin_johnsen(start, start, stubbornness, weights, rounds=2000)
        worst = max(worst, float(abs(end - friedkin_johnsen_limit(start, stubbornness, weights)).max()))
    return worst


def _distance_to_consensus(study: Study) -> float:
    worst = 0.0
    for seed in range(1, study.n_seeds + 1):
        parameters = study.run(steps=0, n_seeds=1).parameters
        start, _, weights = group(parameters, seed)
        values, vectors = np.linalg.eig(weights.T)
        power = np.real(vectors[:, np.argmin(abs(values - 1.0))])
        end = friedkin_johnsen(start, start, 0.0, weights, rounds=2000)
        worst = max(worst, float(abs(end - (power @ start) / power.sum()).max()))
    return worst


CHECKS: dict[str, Callable[[Study], Any]] = {"FJ01": _distance_to_limit, "FJ02": _distance_to_consensus}


def figure(study: Study, axes: Any) -> None:
    """Range of opinions, with and without stubbornness."""
    for experiment, label in (("stubborn", "stubborn"), ("degroot", "nobody stubborn")):
        run = study.run(experiment, n_seeds=1).runs[0]
        axes.fill_between(
            range(len(run.series["mean"])),
            run.series["lowest"],
            run.series["highest"],
            alpha=0.4,
            label=label,
        )
    axes.set(xlabel="round", ylabel="opinion", xlim=(0, 10))
    axes.legend()
