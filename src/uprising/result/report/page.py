"""The page as a whole: head, contents, sections in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from uprising.result.files import write_whole
from uprising.result.report.council import write_council
from uprising.result.report.curves import write_curves
from uprising.result.report.events import write_story
from uprising.result.report.facts import Facts
from uprising.result.report.key import write_summary
from uprising.result.report.maps import write_maps
from uprising.result.report.method import write_citation, write_parameters, write_sources
from uprising.result.report.moments import choose_moments
from uprising.result.report.scorecard import write_scorecard
from uprising.result.report.style import style
from uprising.result.report.words import date, escape


def write_report(result: Any, path: Path | str, scorecard: Sequence[Mapping[str, Any]] | None = None) -> Path:
    """Write a run's report: one HTML file that needs no network and no other file.

    Parameters
    ----------
    result
        A run with `series` (or `places`), `events`, `summary` and, if it has one, `provenance`. The case is
        opened for names, coordinates, map, sources and record; without it the report has no maps.
    path
        The file to write; it appears whole or not at all.
    scorecard
        Rows as `Result.score` gives them; no section of that name without them.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    UserError
        The case's map or record is damaged.
    OutputError
        The disk is full or refuses.

    Examples
    --------
    >>> from uprising import open_result
    >>> from uprising.result.report import write_report
    >>> write_report(open_result("runs/mine"), "mine.html")  # doctest: +SKIP
    """
    target = Path(path)
    text = compose(Facts(result), scorecard)

    def write(beside: Path) -> None:
        beside.write_text(text, encoding="utf-8")

    write_whole(target, write)
    return target


def compose(facts: Facts, scorecard: Sequence[Mapping[str, Any]] | None = None) -> str:
    """The page's HTML."""
    moments = choose_moments(facts)
    sections = [
        ("summary", "What happened", write_summary(facts)),
        ("curves", "The course of events", write_curves(facts, moments)),
        ("maps", f"{len(moments)} moments on the map", write_maps(facts, moments)),
        ("council", "The hegemon's council", write_council(facts, moments)),
        ("story", "The story, day by day", write_story(facts)),
        *([("scorecard", "Scorecard", write_scorecard(scorecard))] if scorecard else []),
        ("parameters", "Parameters in force", write_parameters(facts)),
        ("sources", "Sources", write_sources(facts)),
        ("citation", "Repeat and cite", write_citation(facts)),
    ]
    contents = "".join(f'<li><a href="#{key}">{escape(title)}</a></li>' for key, title, _ in sections)
    body = "".join(
        f'<section id="{key}"><h2>{escape(title)}</h2>{html}</section>' for key, title, html in sections
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(_heading(facts))}</title><style>{style()}</style></head><body>"
        f'<header><p class="kicker">A simulated history</p><h1>{escape(facts.title)}</h1>'
        f'<p class="subtitle">{escape(_subtitle(facts))}</p>'
        f'<nav aria-label="Contents"><ol>{contents}</ol></nav></header>'
        f"<main>{body}</main></body></html>\n"
    )


def _heading(facts: Facts) -> str:
    return f"{facts.title}: a simulated history, seed {facts.summary.get('seed', '?')}"


def _subtitle(facts: Facts) -> str:
    what_if = facts.summary.get("what_if") or facts.provenance.get("what_if")
    world = f"what-if {what_if}" if what_if else "the world as it was on the eve"
    span = f"{date(facts.times[0])} to {date(facts.times[-1], year=True)}"
    return f"{span} · {world} · seed {facts.summary.get('seed', '?')}"
