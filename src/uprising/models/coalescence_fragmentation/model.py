"""Bohorquez et al. 2009: insurgent cells that join and break up, and the power law of their sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from uprising.models.running import Outcome, Study


def exponent(sizes: np.ndarray, low: int, high: int) -> float:
    """The maximum-likelihood exponent of P(s) ~ s^-alpha on low .. high; sizes[s] is how often s was seen."""
    from scipy.optimize import minimize_scalar

    s = np.arange(low, high + 1, dtype=float)
    seen = sizes[low : high + 1].astype(float)
    if not seen.sum() > 0.0:
        return float("nan")
    mean_log = (seen * np.log(s)).sum() / seen.sum()
    found = minimize_scalar(
        lambda alpha: alpha * mean_log + np.log((s**-alpha).sum()),
        bounds=(1.01, 6.0),
        method="bounded",
        options={"xatol": 1e-8},
    )
    return float(found.x)


def frequency_ratio(small: float, large: float, alpha: float) -> float:
    """How many times likelier the smaller size is."""
    return float((large / small) ** alpha)


def burstiness(counts: np.ndarray, window: int) -> float:
    """Variance over mean of the counts in windows, as a ratio to that of independent steps (1)."""
    totals = counts[: len(counts) // window * window].reshape(-1, window).sum(axis=1)
    share = counts.mean()
    return float(totals.var() / (totals.mean() * (1.0 - share)))


def simulate(parameters: dict[str, Any], steps: int, seed: int) -> Outcome:
    """One history; sizes of cells are sampled every few steps."""
    from uprising.models.coalescence_fragmentation.rules import history

    n = parameters["units"]
    sizes, broken = np.zeros(n + 1, np.int64), np.zeros(steps, np.int32)
    history(
        seed,
        n,
        parameters["fragmentation"],
        parameters["burn_in"],
        steps,
        parameters["sample_every"],
        sizes,
        broken,
    )
    summary = {
        "exponent": exponent(sizes, parameters["smallest"], min(parameters["largest"], n)),
        "attacks": int((broken > 0).sum()),
        "largest_attack": int(broken.max(initial=0)),
        "burstiness": burstiness((broken >= parameters["smallest"]).astype(float), 100)
        if steps >= 100
        else float("nan"),
    }
    return summary, {"sizes": sizes, "attacks": broken[broken > 0]}


CHECKS: dict[str, Callable[[Study], Any]] = {
    "JO01": lambda study: study.run("reference").values("exponent").mean(),
    "JO02": lambda study: study.run("reference").values("exponent").mean(),
    "JO03": lambda study: frequency_ratio(10, 100, 2.5),
    "JO05": lambda study: study.run("reference").values("burstiness").mean() - 1.0,
}


def figure(study: Study, axes: Any) -> None:
    """How often each size of cell is seen, and the slope of -5/2."""
    sizes = study.run("reference").series("sizes").sum(axis=0)
    s = np.arange(1, 200)
    axes.loglog(s, sizes[1:200] / sizes.sum(), ".", label="cells seen")
    axes.loglog(s, sizes[3] / sizes.sum() * (s / 3.0) ** -2.5, label="slope -5/2")
    axes.set(xlabel="size of cell", ylabel="share")
    axes.legend()
