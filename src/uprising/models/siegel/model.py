"""Siegel 2009: taking part spreads over a network; motivation of one's own against what one's neighbours do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from uprising.models import networks
from uprising.models.own_rules import elementwise
from uprising.models.purposes import MOTIVATION
from uprising.models.running import Outcome, Study
from uprising.models.siegel.rules import decide, feel

RULES: dict[str, Callable[..., Any]] = {"decide": decide, "feel": feel}


def spread(
    motivation: np.ndarray, network: Any, persistence: float, steps: int,
    rules: Mapping[str, Callable[..., Any]] = RULES,
) -> np.ndarray:  # fmt: skip
    """Shares taking part [periods], from nobody; network: sparse rows, or None for everybody with everybody.

    c <- persistence c - (1 - persistence)(1 - local rate), c = -1 at first; take part when b + c > 0. Stops where
    nobody changes and the external motivation has settled.
    """
    n = len(motivation)
    external = np.full(n, -1.0)
    active = rules["decide"](motivation, external).astype(bool)
    ties = None if network is None else np.maximum(np.diff(network.indptr), 1)
    shares = [active.mean()]
    for _ in range(steps):
        if network is None:
            rate = (active.sum() - active) / max(n - 1, 1)
        else:
            rate = (network @ active.astype(float)) / ties
        before = external
        external = rules["feel"](external, rate, persistence)
        now = rules["decide"](motivation, external).astype(bool)
        shares.append(now.mean())
        settled = (now == active).all() and abs(external - before).max() < 1e-12
        active = now
        if settled:
            break
    return np.array(shares)


def build(parameters: dict[str, Any], seed: int) -> Any:
    """The network of a run, as sparse rows; None for the complete graph. What a tie weighs doesn't count."""
    kind, n = parameters["network"], parameters["population"]
    if not isinstance(kind, str):
        ties = networks.adjacency(kind)
        ties.data[:] = 1.0
        return ties
    if kind == "small_world":
        return networks.small_world(n, parameters["ties"], parameters["rewired"], seed)
    if kind == "village":
        return networks.village(n, parameters["village_size"], parameters["between"], seed)
    if kind == "opinion_leader":
        return networks.opinion_leader(n, parameters["power"], seed)
    if kind == "hierarchical":
        return networks.hierarchical(n, parameters["branches"], parameters["level_ties"], seed)
    return None


def simulate(
    parameters: dict[str, Any], steps: int, seed: int, rules: Mapping[str, Callable[..., Any]] | None = None
) -> Outcome:
    """One history on a network drawn, built or given."""
    from uprising.models.siegel.people import normals

    network = build(parameters, seed)
    motivation = np.empty(parameters["population"] if network is None else network.shape[0])
    normals(motivation, seed, MOTIVATION)
    motivation = parameters["motivation_mean"] + parameters["motivation_spread"] * motivation
    shares = spread(motivation, network, parameters["persistence"], steps, elementwise(RULES, rules))
    ties = len(motivation) - 1 if network is None else float(np.diff(network.indptr).mean())
    return {"final": float(shares[-1]), "periods": len(shares) - 1, "mean_ties": float(ties)}, {
        "share": shares
    }


TIES = (1, 2, 3, 5, 10, 25, 100)


def _by_ties(study: Study) -> np.ndarray:
    return np.array(
        [study.run("small_world", ties=ties, motivation_spread=0.22).values("final").mean() for ties in TIES]
    )


def _more_ties_less(study: Study) -> float:
    """Largest fall of mean participation from one number of ties to the next larger one: negative if any."""
    return float(np.diff(_by_ties(study)).min())


def _persistence_effect(study: Study) -> float:
    finals = [
        study.run("complete", population=5000, persistence=each, steps=4000).values("final")
        for each in (0.1, 0.5, 0.9)
    ]
    return float(np.ptp(np.array(finals), axis=0).max())


CHECKS: dict[str, Callable[[Study], Any]] = {
    "SI01": lambda study: (
        study.run("complete", population=100_000, motivation_spread=0.20).values("final").mean()
    ),
    "SI02": lambda study: study.run("complete", population=100_000).values("final").mean(),
    "SI04": _persistence_effect,
    "SI05": _more_ties_less,
}


def figure(study: Study, axes: Any) -> None:
    """Participation against the number of ties in a small world."""
    for spread_of_motivation in (0.20, 0.22, 0.25):
        means = [
            study.run("small_world", ties=ties, motivation_spread=spread_of_motivation).values("final").mean()
            for ties in TIES
        ]
        axes.semilogx(TIES, means, "o-", label=f"spread of motivation {spread_of_motivation:g}")
    axes.set(xlabel="ties to each side", ylabel="share taking part in the end")
    axes.legend()
