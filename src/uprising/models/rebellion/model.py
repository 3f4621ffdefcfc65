"""NetLogo Rebellion (Wilensky 2004): setting up a run, and its checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from uprising.models.cards import ModelError
from uprising.models.epstein.model import RATIOS, outbursts, settle
from uprising.models.epstein.rules import decide
from uprising.models.running import Outcome, Study

RULES = {"decide": decide}


def simulate(
    parameters: dict[str, Any], steps: int, seed: int, rules: Mapping[str, Callable[..., Any]] | None = None
) -> Outcome:
    """One run; a user's rule A has the arguments of Epstein's.

    Raises
    ------
    ModelError
        More people than sites, or vision round the torus.
    """
    from uprising.models.lattice import window
    from uprising.models.rebellion.rules import history, history_with

    side = parameters["side"]
    if 2 * int(parameters["vision"]) + 1 > side:
        raise ModelError(
            f"vision reaches round the torus: side {side} must be at least twice the vision plus 1"
        )
    people = settle(parameters, seed)
    recorded = np.zeros((steps, 2))
    run = history_with(rules["decide"]) if rules else history
    run(
        seed, side, people.n_cops, parameters["legitimacy"], parameters["threshold"], parameters["k"],
        RATIOS.index(parameters["ratio"]), parameters["counts_itself_twice"], parameters["max_jail_term"],
        parameters["movement"], parameters["vision"], *window("disc", parameters["vision"]),
        people.hardship, people.risk_aversion, people.site, people.until, people.active, recorded,
    )  # fmt: skip
    actives = recorded[:, 0]
    found = outbursts(actives)
    summary = {
        "cops": people.n_cops,
        "agents": len(people.site) - people.n_cops,
        "outbursts": len(found.onsets),
        "mean_total_activation": float(found.totals.mean()) if len(found.totals) else float("nan"),
        "mean_wait": float(found.waits.mean()) if len(found.waits) else float("nan"),
        "peak_actives": float(actives.max(initial=0.0)),
        "share_calm": float((actives < 10).mean()) if steps else 1.0,
    }
    return summary, {"actives": actives, "jailed": recorded[:, 1]}


def _counts(study: Study) -> list[float]:
    result = study.run(steps=0, n_seeds=1)
    given = result.parameters
    run = result.runs[0].summary
    return [
        run["cops"],
        run["agents"],
        given["side"] ** 2,
        given["vision"],
        given["legitimacy"],
        given["max_jail_term"],
    ]


def _risk(cops: int, actives: int) -> float:
    """P, read off rule A with a risk aversion of 1: how much grievance it takes above no threshold."""
    from uprising.models.epstein.rules import FLOOR, decide

    return 0.0 if decide(1e-12, 1.0, cops, actives, 0.0, 2.3, FLOOR) else 1.0


def _double_count() -> float:
    """P for an agent that is active already, with one cop and no other active in sight."""
    from uprising.models.rebellion.rules import counted_actives

    return _risk(1, counted_actives(1, 1, True))


def _terms() -> list[float]:
    from uprising.models.rebellion.rules import term

    drawn = [term(1, person, 0, 30.0) for person in range(2000)]
    return [float(min(drawn)), float(max(drawn))]


CHECKS: dict[str, Callable[[Study], Any]] = {
    "NL01": _counts,
    "NL02": lambda study: _risk(1, 2),
    "NL03": lambda study: _double_count(),
    "NL04": lambda study: _terms(),
    "NL05": lambda study: study.run("defaults").values("outbursts").mean(),
    "NL08": lambda study: study.run("no_floor").values("outbursts").max(),
}


def figure(study: Study, axes: Any) -> None:
    """Actives over 600 ticks, with and without the rounding down."""
    for experiment, label in (("defaults", "C/A rounded down"), ("no_floor", "C/A real")):
        axes.plot(study.run(experiment).runs[0].series["actives"][:600], label=label, linewidth=0.8)
    axes.set(xlabel="tick", ylabel="active agents of 1120")
    axes.legend()
