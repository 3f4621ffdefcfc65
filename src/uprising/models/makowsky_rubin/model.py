"""Makowsky and Rubin 2013, reconstructed: preference falsification under authorities, and its unravelling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from uprising.models.makowsky_rubin.rules import dare, express
from uprising.models.own_rules import elementwise
from uprising.models.purposes import HARDSHIP, SHOCK
from uprising.models.running import Outcome, Study

RULES: dict[str, Callable[..., Any]] = {"express": express, "dare": dare}


def neighbourhood_mean(values: np.ndarray, reach: int) -> np.ndarray:
    """Mean of the others within `reach` on the torus, |dx|, |dy| <= reach, for values [side, side]."""
    from scipy.ndimage import uniform_filter

    width = 2 * reach + 1
    total = uniform_filter(values, width, mode="wrap") * width**2
    return np.asarray((total - values) / max(width**2 - 1, 1))


def regions_mean(values: np.ndarray, size: int) -> np.ndarray:
    """Each site's mean over its square region of `size`."""
    n = len(values)
    rows = np.arange(n) // size
    regions = rows[:, None] * (rows[-1] + 1) + rows[None, :]
    sums = np.bincount(regions.ravel(), values.ravel()) / np.bincount(regions.ravel())
    return np.asarray(sums[regions])


def settle(
    private: np.ndarray, local: np.ndarray, central: float, free: np.ndarray, public: np.ndarray,
    parameters: dict[str, Any],
    enforcement: float,
    reply: Callable[..., Any] = express,
) -> np.ndarray:  # fmt: skip
    """Everybody's best reply until it settles: the weighted mean of what pulls, quadratic losses.

    Pulls: the own private position, the central authority (authority x centralisation x enforcement), the local one
    (authority x (1 - centralisation)), what neighbours express. `free` people answer to no authority.
    """
    sanction = parameters["authority"] * ~free
    by_centre = sanction * parameters["centralisation"] * enforcement
    by_place = sanction * (1.0 - parameters["centralisation"])
    by_others = parameters["conformity"]
    for _ in range(500):
        seen = neighbourhood_mean(public, parameters["reach"])
        now = reply(private, central, local, seen, by_centre, by_place, by_others)
        if abs(now - public).max() < 1e-10:
            return np.asarray(now)
        public = now
    return public


def simulate(
    parameters: dict[str, Any], steps: int, seed: int, rules: Mapping[str, Callable[..., Any]] | None = None
) -> Outcome:
    """Equilibrium, then a shock that frees some people of the authorities' sanction, then `steps` periods."""
    from uprising.kernel.engine.draws import uniform

    chosen = elementwise(RULES, rules)
    side = parameters["side"]
    private = np.array([uniform(seed, HARDSHIP, person, 0) for person in range(side * side)]).reshape(
        side, side
    )
    shock = np.array([uniform(seed, SHOCK, person, 0) for person in range(side * side)]).reshape(side, side)
    central = parameters["central_position"]
    local = regions_mean(private, parameters["region"])
    nobody = np.zeros((side, side), dtype=bool)
    public = settle(private, local, central, nobody, private, parameters, 1.0, chosen["express"])
    falsification = float(abs(public - private).mean())
    free = shock < parameters["shock"]
    weight = parameters["centralisation"]
    start = weight * central + (1.0 - weight) * local.mean()
    change, expressed = [0.0], [float(public.mean())]
    for _ in range(steps):
        # who sees enough dissent around fears the centre no longer: the share free among those in sight
        seen = neighbourhood_mean(
            (abs(public - central) > parameters["dissent"]).astype(float), parameters["reach"]
        )
        free = free | chosen["dare"](seen, parameters["courage"]).astype(bool)
        enforcement = 1.0 - float(free.mean())
        public = settle(private, local, central, free, public, parameters, enforcement, chosen["express"])
        # the centre gives way to what is expressed, as far as it can't be enforced
        central += parameters["yielding"] * (1.0 - enforcement) * (float(public.mean()) - central)
        now = weight * central + (1.0 - weight) * local.mean()
        change.append(float(abs(now - start)))
        expressed.append(float(public.mean()))
    summary = {
        "falsification": falsification,
        "institutional_change": change[-1],
        "free_at_end": float(free.mean()),
    }
    return summary, {"institutional_change": np.array(change), "expressed": np.array(expressed)}


def _falsification(study: Study, **parameters: Any) -> float:
    return float(study.run(steps=0, **parameters).values("falsification").mean())


def _interaction(study: Study) -> list[float]:
    """Effect of centralisation on change at the larger range, and how much larger it is than at the smaller."""
    change = {
        (c, r): study.run("shock", centralisation=c, reach=r).values("institutional_change").mean()
        for c in (0.2, 0.8)
        for r in (1, 4)
    }
    near, far = change[0.8, 1] - change[0.2, 1], change[0.8, 4] - change[0.2, 4]
    return [float(far), float(far - near)]


CHECKS: dict[str, Callable[[Study], Any]] = {
    "MR01": lambda study: np.diff(
        [_falsification(study, centralisation=c) for c in (0.1, 0.3, 0.5, 0.7, 0.9)]
    ).min(),
    "MR02": lambda study: _falsification(study, reach=8) - _falsification(study, reach=1),
    "MR03": _interaction,
}


def figure(study: Study, axes: Any) -> None:
    """Institutional change after the shock, by centralisation and range."""
    for reach in (1, 4):
        shares = (0.2, 0.4, 0.6, 0.8)
        means = [
            study.run("shock", centralisation=c, reach=reach).values("institutional_change").mean()
            for c in shares
        ]
        axes.plot(shares, means, "o-", label=f"range {reach}")
    axes.set(xlabel="centralisation", ylabel="institutional change")
    axes.legend()
