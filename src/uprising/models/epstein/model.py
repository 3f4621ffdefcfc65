"""Epstein 2002, Model I: setting up a run, its bookkeeping of outbursts, and its checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from uprising.models.cards import ModelError
from uprising.models.epstein.rules import decide
from uprising.models.purposes import HARDSHIP, PLACEMENT, RISK_AVERSION
from uprising.models.running import Outcome, Study

RULES = {"decide": decide}
RATIOS = ("real", "floor", "round")
ACTIVATIONS = ("random", "replacement", "fixed", "agents_first", "blocks")

MOVEMENTS = ("nobody", "cops", "everybody")


class Outbursts(NamedTuple):
    """Outbursts of one run: total of actives over each that has ended, and the waits between them."""

    totals: np.ndarray
    waits: np.ndarray
    onsets: np.ndarray


def outbursts(actives: np.ndarray, level: float = 50) -> Outbursts:
    """Outbursts begin above `level` and end below it; a wait runs from one's end to the next one's start.

    >>> outbursts([60, 100, 120, 95, 80, 0]).totals.tolist()
    [455.0]
    """
    totals, waits, onsets = [], [], []
    start, ended = -1, -1
    for t, value in enumerate(actives):
        if start < 0 and value > level:
            start = t
            onsets.append(t)
            if ended >= 0:
                waits.append(t - ended)
        elif start >= 0 and value < level:
            totals.append(float(np.sum(actives[start:t])))
            start, ended = -1, t
    return Outbursts(np.array(totals), np.array(waits, dtype=float), np.array(onsets, dtype=int))


class Society(NamedTuple):
    """The people of a run before its first period; arrays [n_persons], cops first."""

    n_cops: int
    hardship: np.ndarray
    risk_aversion: np.ndarray
    site: np.ndarray
    until: np.ndarray
    active: np.ndarray


def settle(parameters: Mapping[str, Any], seed: int) -> Society:
    """Cops and agents on sites drawn at random, all quiet; hardship and risk aversion uniform.

    Raises
    ------
    ModelError
        More people than sites.
    """
    from uprising.models.epstein.people import uniforms
    from uprising.models.lattice import shuffle

    sites = parameters["side"] ** 2
    n_cops = round(parameters["cop_density"] * sites)
    n = n_cops + round(parameters["agent_density"] * sites)
    if n > sites:
        raise ModelError(f"{n} people on {sites} sites: lower agent_density or cop_density")
    order = np.empty(sites, np.int32)
    shuffle(order, seed, PLACEMENT, 0)
    hardship, risk_aversion = np.zeros(n), np.zeros(n)
    uniforms(hardship, n_cops, seed, HARDSHIP)
    uniforms(risk_aversion, n_cops, seed, RISK_AVERSION)
    return Society(
        n_cops, hardship, risk_aversion, order[:n].copy(), np.zeros(n, np.int32), np.zeros(n, np.uint8)
    )


def paths(parameters: Mapping[str, Any], n_cops: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Number of cops and legitimacy in each period."""
    since = np.maximum(0, np.arange(steps) - parameters["change_at"] + 1)
    start, end = parameters["legitimacy"], parameters["legitimacy_end"]
    legitimacy = np.full(steps, float(start))
    if end >= 0:
        moved = np.minimum(abs(end - start), since * parameters["legitimacy_step"])
        legitimacy = start + np.sign(end - start) * moved
    cops = np.full(steps, n_cops, np.int64)
    if parameters["cop_density_end"] >= 0:
        cops = np.maximum(round(parameters["cop_density_end"] * parameters["side"] ** 2), n_cops - since)
    return cops, legitimacy


def simulate(
    parameters: dict[str, Any], steps: int, seed: int, rules: Mapping[str, Callable[..., bool]] | None = None
) -> Outcome:
    """One run; a user's rule A has the signature of `rules.decide`.

    Raises
    ------
    ModelError
        Vision reaches round the torus, or more people than sites.
    """
    from uprising.models.lattice import window

    side = parameters["side"]
    if 2 * int(max(parameters["agent_vision"], parameters["cop_vision"])) + 1 > side:
        raise ModelError(
            f"vision reaches round the torus: side {side} must be at least twice the vision plus 1"
        )
    people = settle(parameters, seed)
    agent_window = window(parameters["vision"], parameters["agent_vision"])
    cop_window = window(parameters["vision"], parameters["cop_vision"])
    windows = (*agent_window, *cop_window)
    is_clear = (
        parameters["kernel"] == "clear" or side < 16 or max(abs(each).max(initial=0) for each in windows) > 7
    )
    form = import_module(f"uprising.models.epstein.{'rules' if is_clear else 'fast'}")
    history = form.history_with(rules["decide"]) if rules else form.history
    cops, legitimacy = paths(parameters, people.n_cops, steps)
    recorded = np.zeros((steps, 3))
    history(
        0, seed, side, people.n_cops, cops, legitimacy, ACTIVATIONS.index(parameters["activation"]),
        parameters["threshold"], parameters["k"], RATIOS.index(parameters["ratio"]), parameters["max_jail_term"],
        MOVEMENTS.index(parameters["movement"]), *windows, people.hardship, people.risk_aversion,
        people.site, people.until, people.active, recorded,
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
        "mean_actives": float(actives.mean()) if steps else 0.0,
        "share_calm": float((actives < 10).mean()) if steps else 1.0,
        "jailed_at_end": float(recorded[-1, 1]) if steps else 0.0,
    }
    series = {
        "actives": actives,
        "jailed": recorded[:, 1],
        "tension": recorded[:, 2],
        "legitimacy": legitimacy,
        "cops": cops,
    }
    return summary, series


def _pooled(study: Study, experiment: str, part: str) -> np.ndarray:
    runs = study.run(experiment).runs
    return np.concatenate([getattr(outbursts(run.series["actives"]), part) for run in runs])


def _grievances(study: Study) -> list[float]:
    grievances = []
    for seed in range(1, study.n_seeds + 1):
        people = settle(study.run("run_2", steps=0).parameters, seed)
        grievances.append(people.hardship[people.n_cops :] * (1.0 - 0.82))
    every = np.concatenate(grievances)
    return [float(every.max()), float((every > 0.1).mean())]


def _arrest_probability() -> float:
    """P at C = A = 1, read off rule A: the net risk that a person of unit risk aversion just bears."""
    from uprising.models.epstein.rules import REAL, decide

    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if decide(middle, 1.0, 1, 1, 0.0, 2.3, REAL):
            high = middle
        else:
            low = middle
    return high


def _free_assembly(study: Study) -> list[float]:
    """Movement on less movement off: the mean peak of actives, and the same over its run's mean."""
    still, moving = study.run("run_1"), study.run("run_1_moving")
    peak = moving.values("peak_actives") - still.values("peak_actives")
    surge = moving.values("peak_actives") / moving.values("mean_actives")
    return [
        float(peak.mean()),
        float((surge - still.values("peak_actives") / still.values("mean_actives")).mean()),
    ]


def _jump_higher(study: Study) -> float:
    jump, salami = (study.run(each, n_seeds=40).values("peak_actives") for each in ("run_4", "run_3"))
    return float((jump > salami).mean())


def _rise_of_tension(study: Study) -> float:
    slopes = []
    for run in study.run("run_2").runs:
        tension = run.series["tension"]
        for onset in outbursts(run.series["actives"]).onsets:
            if onset >= 5:
                slopes.append(np.polyfit(np.arange(5), tension[onset - 5 : onset], 1)[0])
    return float(np.mean(slopes))


CHECKS: dict[str, Callable[[Study], Any]] = {
    "EP01": lambda study: _arrest_probability(),
    "EP02": _grievances,
    "EP03": lambda study: (study.run("run_2_printed").values("outbursts") == 0).sum(),
    "EP04": lambda study: study.run("run_2").values("outbursts").mean(),
    "EP05": lambda study: _pooled(study, "run_2", "totals").mean(),
    "EP06": lambda study: _pooled(study, "run_2", "waits").mean(),
    "EP07": lambda study: _pooled(study, "run_2_square", "waits").mean(),
    "EP08": lambda study: study.run("run_2").values("share_calm").mean(),
    "EP10": lambda study: study.run("run_1").series("actives")[:, 100:].mean(),
    "EP11": _free_assembly,
    "EP12": _jump_higher,
    "EP16": _rise_of_tension,
    "EP18": lambda study: outbursts(np.array([60, 100, 120, 95, 80, 0])).totals[0],
    "EP20": lambda study: max(
        study.run("run_2", steps=200, legitimacy=0.9, ratio=each).values("peak_actives").max()
        for each in RATIOS
    ),
}


def figure(study: Study, axes: Any) -> None:
    """Actives over 1000 periods of Run 2: C/A rounded down, and as printed."""
    for experiment, label in (("run_2", "C/A rounded down"), ("run_2_printed", "C/A as printed")):
        axes.plot(study.run(experiment).runs[0].series["actives"][:1000], label=label, linewidth=0.8)
    axes.axhline(50, linestyle=":", color="k", label="outburst")
    axes.set(xlabel="period", ylabel="active agents of 1120")
    axes.legend()
