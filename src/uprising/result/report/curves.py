"""Section: the course of the run in curves, small charts on one calendar."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from uprising.result.holding import void_since
from uprising.result.report.chart import Chart, Curve, draw_chart
from uprising.result.report.documented import Documented
from uprising.result.report.facts import Facts
from uprising.result.report.moments import Moment
from uprising.result.report.words import date, escape, moment


def write_curves(facts: Facts, moments: Sequence[Moment]) -> str:
    """The section with its key of lettered moments and all charts that the run has variables for."""
    charts = [chart for chart in _charts(facts) if chart is not None]
    figures = "".join(draw_chart(chart, facts.times, moments) for chart in charts)
    letters = "".join(
        f"<li><b>{one.letter}</b> {escape(one.title)} <span class='soft'>{moment(one.time)}</span></li>"
        for one in moments
    )
    record = ""
    if any(chart.documented for chart in charts):
        record = (
            '<p class="soft"><svg class="sign" viewBox="0 0 14 18">'
            '<g class="record"><line x1="7" x2="7" y1="1" y2="17"/>'
            '<circle cx="7" cy="9" r="3.2"/></g>'
            "</svg> On record: the documented value and the range that the "
            "sources allow. The run never sees them.</p>"
        )
    return f'<ol class="letters">{letters}</ol><div class="panels">{figures}</div>{record}'


def _charts(facts: Facts) -> list[Chart | None]:
    return [
        _people(facts, "crowd", "In the streets", "people demonstrating, by home", "people"),
        _people(facts, "fighting", "Insurgents", "people under arms, by home", "rebel"),
        _strike(facts),
        _dead(facts),
        _one(facts, "wounded", "Wounded so far", "people", "rebel"),
        _one(facts, "detained", "Held by the state", "people", "government"),
        _one(facts, "fled", "Left the country so far", "people", "plain"),
        _minds(facts),
        _rule(facts),
        _conceded(facts),
        _council(facts),
        _troops(facts),
    ]


def _on_record(facts: Facts, measure: str, places: Sequence[str]) -> list[Documented]:
    return [value for value in facts.documented if value.measure == measure and value.place in places]


def _capital(facts: Facts) -> str:
    return facts.case.settings.case.capital if facts.case is not None else ""


def _country(facts: Facts) -> str:
    return facts.case.settings.case.country if facts.case is not None else ""


def _people(facts: Facts, name: str, title: str, note: str, style: str) -> Chart | None:
    if not facts.has(name):
        return None
    documented = _on_record(facts, name, [_capital(facts)])
    if facts.is_capital.all() or not facts.is_capital.any():
        return Chart(title, note, [Curve("", facts.total(name), style)], documented=documented)
    capital = facts.in_capital(name)
    curves = [
        Curve("elsewhere", facts.total(name) - capital, "faint"),
        Curve(facts.capital_name, capital, style),
    ]
    return Chart(title, note, curves, documented=documented)


def _strike(facts: Facts) -> Chart | None:
    if not facts.has("striking"):
        return None
    if not facts.has("workers"):
        return _one(facts, "striking", "Not at work", "people of working role", "people")
    workers = facts.data["workers"].values.astype(np.float64)
    striking = facts.by_place("striking")
    inside = facts.is_capital
    curves = []
    for label, chosen, style in (("elsewhere", ~inside, "faint"), (facts.capital_name, inside, "people")):
        if workers[chosen].sum() > 0:
            curves.append(Curve(label, striking[:, chosen].sum(axis=1) / workers[chosen].sum(), style))
    documented = _on_record(facts, "striking", [_capital(facts)])
    return Chart(
        "Not at work",
        "share of workers, strikers and demonstrators",
        curves,
        "share",
        1.0,
        documented=documented,
    )


def _dead(facts: Facts) -> Chart | None:
    if not facts.has("dead"):
        return None
    by_side = facts.array("dead").sum(axis=1).astype(np.float64)
    names = [str(side) for side in facts.data["side"].values]
    styles = {"civilian": "people", "security": "government", "hegemon": "hegemon"}
    words = {"civilian": "civilians", "security": "security", "hegemon": "hegemon"}
    curves = [Curve(words.get(s, s), by_side[:, k], styles.get(s, "plain")) for k, s in enumerate(names)]
    last = [float(curve.values[-1]) for curve in curves if curve.values[-1] > 0]
    is_log = len(last) > 1 and max(last) > 50 * min(last)
    scale = ", logarithmic scale" if is_log else ""
    documented = _on_record(facts, "dead", [_country(facts)])
    return Chart(
        "Dead so far",
        f"people; civilians include insurgents{scale}",
        curves,
        is_log=is_log,
        documented=documented,
    )


def _one(facts: Facts, name: str, title: str, note: str, style: str) -> Chart | None:
    if not facts.has(name):
        return None
    documented = _on_record(facts, name, [_country(facts)])
    return Chart(title, note, [Curve("", facts.total(name), style)], documented=documented)


def _mean(facts: Facts, name: str) -> NDArray[np.float64]:
    """[time] mean over places, weighted by their people."""
    weights = facts.data["population"].values if facts.has("population") else None
    return np.asarray(np.average(facts.by_place(name), axis=1, weights=weights), np.float64)


def _minds(facts: Facts) -> Chart | None:
    """Private preference and public act (Kuran): their distance is what surprises."""
    if not facts.has("private_discontent", "crowd", "population"):
        return None
    public = facts.total("crowd") / float(facts.data["population"].values.sum())
    curves = [
        Curve("in private", _mean(facts, "private_discontent"), "plain"),
        Curve("in the street", public, "people"),
    ]
    if facts.has("belief"):
        curves.insert(1, Curve("belief", _mean(facts, "belief"), "government"))
    note = "rejection of the government, belief in protest"
    return Chart("What people think and show", note, curves, "share", 1.0)


def _rule(facts: Facts) -> Chart | None:
    curves = [
        Curve(label, facts.array(name).astype(np.float64), style)
        for name, label, style in (
            ("control", "control", "plain"),
            ("legitimacy", "legitimacy", "government"),
            ("attention", "attention", "faint"),
        )
        if facts.has(name)
    ]
    if not curves:
        return None
    note = "share governed, legitimacy, the world's attention"
    return Chart("Rule", note, curves, "position", 1.0)


def _conceded(facts: Facts) -> Chart | None:
    if not facts.has("conceded"):
        return None
    rungs = len(facts.case.tables["demands"].rows) if facts.case is not None else 0
    note = f"of {rungs} on the ladder" if rungs else "demands"
    void = void_since(facts.run.events)
    if void:
        note += f"; void since {date(np.datetime64(void))}"
    values = facts.array("conceded").astype(np.float64)
    return Chart(
        "Demands conceded", note, [Curve("", values, "government")], top=float(rungs) if rungs else None
    )


def _council(facts: Facts) -> Chart | None:
    if not facts.has("hegemon_mean"):
        return None
    mean = facts.array("hegemon_mean").astype(np.float64)
    ends = ("accept a loss", "crush")
    return Chart(
        "The hegemon's council",
        "weighted mean position",
        [Curve("", mean, "hegemon")],
        "position",
        1.0,
        ends=ends,
    )


def _troops(facts: Facts) -> Chart | None:
    if facts.hegemon_men is None:
        return None
    country, capital = facts.hegemon_men
    curves = [Curve("country", country, "faint"), Curve(facts.capital_name, capital, "hegemon")]
    return Chart("The hegemon's troops", "men in the country and in the capital", curves)
