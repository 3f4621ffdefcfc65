"""Lohmann 1994, reconstructed: a public learns from the size of demonstrations, less the extremists it expects."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from uprising.models.lohmann.rules import learn, protest
from uprising.models.own_rules import elementwise
from uprising.models.purposes import COST, IDEOLOGY, SIGNAL
from uprising.models.running import Outcome, Study

RULES: dict[str, Callable[..., Any]] = {"protest": protest, "learn": learn}


def simulate(
    parameters: dict[str, Any], steps: int, seed: int, rules: Mapping[str, Callable[..., Any]] | None = None
) -> Outcome:
    """One cycle of Monday demonstrations."""
    from uprising.kernel.engine.draws import uniform

    chosen = elementwise(RULES, rules)
    n = parameters["population"]
    ideology, signal_draw, cost_draw = (
        np.array([uniform(seed, purpose, person, 0) for person in range(n)])
        for purpose in (IDEOLOGY, SIGNAL, COST)
    )
    extremist = ideology < parameters["extremists"]
    moderate = ~extremist & (ideology < parameters["extremists"] + parameters["moderates"])
    is_bad = parameters["state"] == "bad"
    saw_bad = signal_draw < (parameters["signal_if_bad"] if is_bad else parameters["signal_if_good"])
    cost = cost_draw * parameters["highest_cost"]
    expected = parameters["extremists"] * n
    log_odds = math.log(parameters["prior"] / (1.0 - parameters["prior"]))
    turnout, belief, diversity = [], [], []
    for _ in range(steps):
        p = 1.0 / (1.0 + math.exp(-log_odds))
        # what a demonstration can still tell: nothing to a public that is sure
        influence = 4.0 * p * (1.0 - p)
        out = chosen["protest"](extremist, moderate, saw_bad, cost, parameters["benefit"], influence).astype(bool)
        turnout.append(float(out.sum()))
        diversity.append(float((out & moderate).sum() / max(out.sum(), 1)))
        log_odds = chosen["learn"](
            log_odds,
            turnout[-1],
            expected,
            max(parameters["moderates"] * n, 1.0),
            parameters["informativeness"],
        )
        belief.append(1.0 / (1.0 + math.exp(-log_odds)))
    people, beliefs = np.array(turnout), np.array(belief)
    fallen = np.flatnonzero(beliefs >= parameters["cut_off"])
    summary = {
        "peak_turnout": float(people.max(initial=0.0)),
        "peak_week": int(people.argmax()) if steps else 0,
        "growth_factor": float(people.max() / people[0]) if steps and people[0] > 0.0 else float("nan"),
        "support_lost_in_week": int(fallen[0]) if len(fallen) else -1,
        "belief_at_end": float(beliefs[-1]) if steps else parameters["prior"],
    }
    return summary, {"turnout": people, "belief": beliefs, "moderates_share": np.array(diversity)}


CHECKS: dict[str, Callable[[Study], Any]] = {
    "LO01": lambda study: math.nan,
    "LO02": lambda study: learn(-2.0, 500.0, 500.0, 4000.0, 8.0) + 2.0,
    "LO03": lambda study: learn(-2.0, 400.0, 500.0, 4000.0, 8.0) + 2.0,
    "LO04": lambda study: study.run("cycle").values("growth_factor").mean(),
}


def figure(study: Study, axes: Any) -> None:
    """Turnout through one cycle, under a bad and a good regime."""
    for state in ("bad", "good"):
        turnout = study.run("cycle", state=state).series("turnout")
        axes.plot(turnout.mean(axis=0), "o-", label=f"{state} regime")
    axes.set(xlabel="Monday", ylabel="demonstrators of 10,000")
    axes.legend()
