"""Kuran 1989, 1991: private antipathy, public opposition, and thresholds that move with fear and antipathy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from uprising.models.cards import ModelError
from uprising.models.kuran.rules import oppose, threshold
from uprising.models.own_rules import elementwise
from uprising.models.purposes import THRESHOLD
from uprising.models.running import Outcome, Study

RULES: dict[str, Callable[..., Any]] = {"oppose": oppose, "threshold": threshold}
SEQUENCES = {
    "A": (0, 20, 20, 30, 40, 50, 60, 70, 80, 100),
    "A_prime": (0, 10, 20, 30, 40, 50, 60, 70, 80, 100),
}


def public_opposition(thresholds: np.ndarray, before: float) -> float:
    """The share in open opposition that settles, from the share before; thresholds [n] as shares.

    Everybody looks at the same opposition: those whose threshold it reaches oppose, the others don't.
    """
    ordered = np.sort(thresholds)
    share = before
    while True:
        # a share is a whole number of persons, so it is compared as one
        now = int(np.searchsorted(ordered, share + 1e-12, side="right")) / len(ordered)
        if now == share:
            return share
        share = now


def opposition_under(oppose: Callable[..., Any], thresholds: np.ndarray, before: float) -> float:
    """The same under a rule of a user's own; where it never settles, the share after as many rounds as people."""
    share = before
    for _ in range(len(thresholds) + 1):
        now = np.count_nonzero(oppose(thresholds, share)) / len(thresholds)
        if now == share:
            break
        share = now
    return share


def simulate(
    parameters: dict[str, Any], steps: int, seed: int, rules: Mapping[str, Callable[..., Any]] | None = None
) -> Outcome:
    """One history; shares in percent. In the drawn society antipathy rises for half the steps, then falls.

    Raises
    ------
    ModelError
        A user's rule for thresholds in a society whose thresholds are given.
    """
    chosen = elementwise(RULES, rules)

    def settle(thresholds: np.ndarray, before: float) -> float:
        if rules and "oppose" in rules:
            return opposition_under(chosen["oppose"], thresholds, before)
        return public_opposition(thresholds, before)

    if parameters["society"] in SEQUENCES:
        if rules and "threshold" in rules:
            raise ModelError(
                f"society = {parameters['society']!r}: its thresholds are given, so a rule for them changes nothing; "
                "expected drawn"
            )
        thresholds = np.array(SEQUENCES[parameters["society"]]) / 100.0
        final = 100.0 * settle(thresholds, 0.0)
        return {"final": final}, {"opposition": np.array([0.0, final])}
    from uprising.kernel.engine.draws import normal

    people = parameters["population"]
    own = parameters["antipathy_spread"] * np.array(
        [normal(seed, THRESHOLD, person, 0) for person in range(people)]
    )
    half = max(1, steps // 2)
    rise = np.linspace(parameters["antipathy_start"], parameters["antipathy_end"], half)
    path = np.concatenate([rise, rise[::-1]])[: max(steps, 1)]
    share = 0.0
    public, private = [], []
    for mean in path:
        antipathy = mean + own
        thresholds = chosen["threshold"](antipathy, parameters["base"], parameters["fear"])
        share = settle(thresholds, share)
        public.append(100.0 * share)
        # in private against the government: antipathy outweighs what the person would lose without fear
        private.append(100.0 * float((antipathy > parameters["base"]).mean()))
    jumps = np.diff(public)
    risen, fallen = (int(jumps.argmax()), int(jumps.argmin())) if len(jumps) else (0, 0)
    summary = {
        "final": public[-1],
        "largest_rise": float(jumps.max(initial=0.0)),
        "antipathy_at_rise": float(path[risen]),
        "antipathy_at_fall": float(path[min(fallen + 1, len(path) - 1)]),
        "private_before_rise": private[risen],
    }
    return summary, {"opposition": np.array(public), "private": np.array(private), "antipathy": path}


CHECKS: dict[str, Callable[[Study], Any]] = {
    "KU01": lambda study: study.run("A").values("final").max(),
    "KU02": lambda study: study.run("A_prime").values("final").max(),
    "KU04": lambda study: study.run("slow_rise").values("largest_rise").min() / 100.0,
}


def figure(study: Study, axes: Any) -> None:
    """The fold: public opposition as private antipathy rises and falls back."""
    run = study.run("slow_rise").runs[0]
    half = len(run.series["antipathy"]) // 2
    for part, label in ((slice(0, half), "rising"), (slice(half, None), "falling back")):
        axes.plot(
            run.series["antipathy"][part], run.series["opposition"][part], label=f"public, antipathy {label}"
        )
    axes.plot(run.series["antipathy"][:half], run.series["private"][:half], ":", label="private opposition")
    axes.set(xlabel="mean private antipathy", ylabel="percent in opposition")
    axes.legend()
