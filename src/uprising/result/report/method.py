"""Sections: parameters in force, sources, how to repeat and cite the run."""

from __future__ import annotations

import shlex
from typing import Any

import numpy as np

from uprising.result.report.facts import Facts
from uprising.result.report.words import escape, number
from uprising.schema import parameters


def write_parameters(facts: Facts) -> str:
    """Parameters in force, those that differ from their default first."""
    values: dict[str, Any] = facts.provenance.get("parameters") or {}
    if not values:
        return "<p>This run kept no record of its parameters.</p>"
    known = {row.name: row for row in parameters()}
    changed = [
        name for name, value in values.items() if name in known and float(value) != known[name].default
    ]
    order = [*changed, *(name for name in values if name not in changed)]
    rows = []
    for name in order:
        row = known.get(name)
        mark = " class='changed'" if name in changed else ""
        if row is None:
            rows.append(
                f"<tr><td><code>{escape(name)}</code></td><td>{values[name]:g}</td><td colspan='4'></td></tr>"
            )
            continue
        unit = "" if row.unit == "1" else row.unit
        rows.append(
            f"<tr{mark}><td><code>{escape(name)}</code></td><td class='quantity'>{float(values[name]):g}</td>"
            f"<td>{escape(unit)}</td><td class='quantity'>{row.default:g}"
            f"</td><td>{row.low:g} to {row.high:g}</td>"
            f"<td>{escape(row.text)} <span class='soft'>({escape(row.source)})</span></td></tr>"
        )
    said = (
        f"{len(changed)} of {len(values)} differ from their default"
        if changed
        else "All are at their default"
    )
    head = (
        "<tr><th>Parameter</th><th>Value</th><th>Unit</th><th>Default"
        "</th><th>Prior</th><th>Meaning and source</th></tr>"
    )
    return (
        f"<p>{said}. They describe behaviour and are common to "
        "all cases; what belongs to this country is in the case."
        f"</p>{_eve(facts)}<details><summary>All {len(values)} behavioural parameters"
        "</summary><div class='wide'>"
        f"<table class='parameters'><thead>{head}</thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def _eve(facts: Facts) -> str:
    """State of the country on the eve: the case's own settings."""
    if facts.case is None:
        return ""
    items = "".join(
        f"<div class='figure small'><dt>{escape(name.replace('_', ' '))}"
        f"</dt><dd>{escape(_plain(value))}</dd></div>"
        for name, value in facts.case.settings.eve.model_dump().items()
    )
    fault = f"<p class='soft'>Note: {escape(facts.case_fault)}.</p>" if facts.case_fault else ""
    return f"<h3>The eve</h3><dl class='figures'>{items}</dl>{fault}"


def _plain(value: Any) -> str:
    return value.replace("_", " ") if isinstance(value, str) else f"{value:g}"


def write_sources(facts: Facts) -> str:
    """The case's sources."""
    if facts.case is None:
        return (
            "<p>The case could not be opened, so its sources are "
            f"not listed here ({escape(facts.case_fault)}).</p>"
        )
    rows = facts.case.tables["sources"].rows
    items = "".join(_source(row) for row in rows)
    return (
        f"<p>Numbers of the eve come from {len(rows)} sources; each "
        "row of the case's tables names its own, and EST marks "
        "an estimate. The documented record is kept apart and is read only to be shown beside the run.</p>"
        f"<details><summary>All {len(rows)} sources</summary><ul class='sources'>{items}</ul></details>"
    )


def _source(row: dict[str, Any]) -> str:
    by = ", ".join(str(row[name]) for name in ("author_publisher", "year") if row.get(name))
    location = str(row.get("location") or "")
    if location.startswith(("https://", "http://")) and not any(c.isspace() for c in location):
        location = f"<a href='{escape(location)}' rel='noreferrer'>{escape(location)}</a>"
    else:
        location = escape(location)
    title = escape(row["title"])
    return (
        f"<li><code>{escape(row['id'])}</code> {title}{'. ' + escape(by) if by else ''}. "
        f"<span class='soft'>{location}</span></li>"
    )


def write_citation(facts: Facts) -> str:
    """How to repeat the run and how to cite it."""
    summary, kept = facts.summary, facts.provenance
    version = str(summary.get("version") or kept.get("version") or "")
    facts_of_run = [
        ("Case", f"{facts.title} ({summary.get('case', '')})"),
        ("What-if", summary.get("what_if") or kept.get("what_if") or "none: the baseline"),
        ("Seed", summary.get("seed")),
        ("Scale", summary.get("scale")),
        ("Program", f"uprising {version}"),
        ("Finished", summary.get("finished")),
        ("Case digest", summary.get("case_digest")),
        ("Result digest", summary.get("result_digest")),
    ]
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in facts_of_run
        if value is not None
    )
    year = str(summary.get("finished") or "")[:4] or "n.d."
    citation = (
        f"The uprising developers ({year}). uprising {version}: "
        "simulation of an uprising against a one-party state. "
        f"Case {summary.get('case')}, seed {summary.get('seed')}, scale {summary.get('scale')}, "
        f"result digest {str(summary.get('result_digest') or '')[:16]}."
    )
    return (
        f"<p>Cite the run, not only the program: a result belongs to its seed and its version.</p>"
        f"<blockquote>{escape(citation)}</blockquote>"
        f"<p>The same numbers come out of</p><pre>{escape(command(facts))}</pre><dl class='facts'>{rows}</dl>"
        f"<p class='soft'>Steps: {number(float(summary.get('steps') or len(facts.times)))}. "
        "The series are in "
        "series.zarr, the events in events.parquet, everything "
        "needed to repeat the run in provenance.json.</p>"
    )


def command(facts: Facts) -> str:
    """The command that repeats the run; parameters that differ from their default are spelled out."""
    summary = facts.summary
    words = ["uprising", "run", str(summary.get("case", "CASE")), "--seed", str(summary.get("seed", 0))]
    words += ["--scale", f"{float(summary.get('scale', 1.0)):g}"]
    what_if = summary.get("what_if") or facts.provenance.get("what_if")
    if what_if:
        words += ["--what-if", str(what_if)]
    if facts.case is not None:
        calendar = facts.case.settings.calendar
        if facts.times[0] != np.datetime64(calendar.start, "m"):
            words += ["--from", str(facts.times[0])]
        end = facts.times[-1] + np.timedelta64(calendar.step_minutes, "m")
        if end != np.datetime64(calendar.end, "m"):
            # a date as --until is included
            is_midnight = end == end.astype("datetime64[D]")
            day_before = end.astype("datetime64[D]") - np.timedelta64(1, "D")
            words += ["--until", str(day_before if is_midnight else end)]
    defaults = {row.name: row.default for row in parameters()}
    overlay = facts.case.parameters if facts.case is not None else {}
    for name, value in (facts.provenance.get("parameters") or {}).items():
        if name in defaults and float(value) != float(overlay.get(name, defaults[name])):
            words += ["--set", f"{name}={float(value)!r}"]
    return shlex.join(words)
