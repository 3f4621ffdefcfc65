"""Section: what the run came to, in a paragraph and in figures."""

from __future__ import annotations

from typing import Any

import numpy as np

from uprising.result.holding import void_since
from uprising.result.report.facts import Facts
from uprising.result.report.words import (
    OUTCOMES,
    date,
    enumeration,
    escape,
    moment,
    number,
    percent,
    rounded,
    weekday,
)
from uprising.wording import sentence, with_article

ONE_DRAW = (
    "One run is one draw. With another seed the same world takes "
    "another course: dates move, crowds differ, and now and "
    "then the end does. What this page shows is a possible history, not a forecast and not a reconstruction; "
    "only many runs with the spread between them can be set against the record."
)


def write_summary(facts: Facts) -> str:
    """The paragraph in words, the note on single runs, and the key figures."""
    figures = "".join(
        f'<div class="figure"><dt>{escape(name)}</dt><dd>{escape(value)}'
        f'</dd><dd class="soft">{escape(more)}</dd></div>'
        for name, value, more in _figures(facts)
    )
    return (
        f'<div class="opening"><div><p class="lead">{escape(tell_in_words(facts))}</p>'
        f'<p class="note"><strong>One run.</strong> {escape(ONE_DRAW)}</p></div>'
        f'<dl class="figures">{figures}</dl></div>'
    )


def tell_in_words(facts: Facts) -> str:
    """One paragraph: who was simulated, what happened when, how it ended, what it cost."""
    dates, totals = facts.summary.get("dates", {}), facts.summary.get("totals", {})
    sentences = [
        _setting(facts),
        *_beginning(facts, dates, totals),
        *_hegemon(facts, dates),
        *_end(facts, totals),
    ]
    return " ".join(sentences)


def _setting(facts: Facts) -> str:
    scale = float(facts.summary.get("scale", 1.0))
    people = int(facts.summary.get("people", 0))
    first, last = date(facts.times[0]), date(facts.times[-1], year=True)
    who = f"{number(people)} people, one by one"
    if scale < 1.0:
        who = f"{number(people)} people, each standing for {number(1.0 / scale)}"
    what_if = facts.summary.get("what_if") or facts.provenance.get("what_if")
    changed = f", changed by the what-if {what_if!r}" if what_if else ""
    return f"This run simulates {who}, from {first} to {last}{changed}."


def _on(moment_text: str) -> str:
    time = np.datetime64(moment_text, "m")
    return f"on {weekday(time)} {date(time)}"


def _beginning(facts: Facts, dates: dict[str, Any], totals: dict[str, Any]) -> list[str]:
    found = []
    if dates.get("first_mass_protest"):
        found.append(f"The first mass protest came {_on(dates['first_mass_protest'])}.")
    else:
        found.append("No protest grew to a mass.")
    peak = int(totals.get("peak_crowd") or 0)
    if peak and totals.get("peak_crowd_time"):
        place = facts.name(str(totals.get("peak_crowd_place")))
        at = moment(np.datetime64(totals["peak_crowd_time"], "m"))
        found.append(f"The largest crowd of one town, {rounded(peak)} people, stood in {place} ({at}).")
    shots, granted = dates.get("first_shots"), dates.get("first_concession")
    if shots and granted and _on(shots) == _on(granted):
        found.append(f"The first shots fell and the first demand was granted {_on(shots)}.")
    elif shots or granted:
        clauses = [f"the first shots fell {_on(shots)}"] if shots else []
        clauses += [f"the first demand was granted {_on(granted)}"] if granted else []
        sentence = enumeration(clauses)
        found.append(sentence[0].upper() + sentence[1:] + ".")
    elif dates.get("first_mass_protest"):
        found.append("No shot was fired and no demand granted.")
    return found


def _hegemon(facts: Facts, dates: dict[str, Any]) -> list[str]:
    clauses = []
    for name, words in (
        ("first_intervention", "entered the capital"),
        ("withdrawal", "withdrew from it"),
        ("reversal", "were called back for a full invasion"),
        ("second_intervention", "began the assault"),
    ):
        if dates.get(name):
            clauses.append((str(dates[name]), f"{words} {_on(dates[name])}"))
    found = []
    if clauses:
        told = enumeration([words for _, words in sorted(clauses)])
        found.append(f"Troops of {with_article(facts.hegemon)} {told}.")
    else:
        found.append(sentence(f"{with_article(facts.hegemon)} did not intervene."))
    if dates.get("truce"):
        found.append(f"A cease-fire was announced {_on(dates['truce'])}.")
    return found


def _end(facts: Facts, totals: dict[str, Any]) -> list[str]:
    outcome = str(facts.summary.get("outcome", ""))
    found = [
        sentence(OUTCOMES[outcome][1].format(hegemon=with_article(facts.hegemon)))
        if outcome in OUTCOMES
        else f"Outcome: {outcome}."
    ]
    dead = sum(int(totals.get(f"dead_{side}") or 0) for side in ("civilian", "security", "hegemon"))
    costs = []
    if dead:
        civilian = int(totals.get("dead_civilian") or 0)
        were = "person was" if dead == 1 else "people were"
        costs.append(f"{rounded(dead)} {were} dead, {rounded(civilian)} of them civilians or insurgents")
    if totals.get("detained"):
        costs.append(f"at most {rounded(totals['detained'])} were held at one time")
    if totals.get("fled"):
        costs.append(f"{rounded(totals['fled'])} had left the country")
    if costs:
        found.append(f"When the clock stopped, {enumeration(costs)}.")
    else:
        found.append("Nobody was killed, held or driven abroad.")
    return found


def _figures(facts: Facts) -> list[tuple[str, str, str]]:
    totals, dates = facts.summary.get("totals", {}), facts.summary.get("dates", {})
    outcome = str(facts.summary.get("outcome", ""))
    sides = [int(totals.get(f"dead_{side}") or 0) for side in ("civilian", "security", "hegemon")]
    found = [
        ("Outcome", OUTCOMES.get(outcome, (outcome, ""))[0], ""),
        (
            "Dead",
            number(sum(sides)),
            "civilians {}, security {}, hegemon {}".format(*(number(s) for s in sides)),
        ),
        ("Wounded", number(totals.get("wounded") or 0), ""),
        ("Held at most", number(totals.get("detained") or 0), "at one time"),
        ("Left the country", number(totals.get("fled") or 0), "until the clock stopped"),
    ]
    peak = int(totals.get("peak_crowd") or 0)
    where = ""
    if peak and totals.get("peak_crowd_time"):
        place = facts.name(str(totals.get("peak_crowd_place")))
        where = f"{place}, {date(np.datetime64(totals['peak_crowd_time'], 'm'))}"
    found.append(("Largest crowd", number(peak), where))
    if totals.get("peak_strike_share") is not None:
        found.append(("Not at work, at most", percent(float(totals["peak_strike_share"])), "of all workers"))
    if facts.has("conceded"):
        rungs = len(facts.case.tables["demands"].rows) if facts.case is not None else 0
        granted = int(facts.array("conceded")[-1])
        void = void_since(facts.run.events)
        note = f"void since {date(np.datetime64(void))}: force installed another government" if void else ""
        found.append(("Demands conceded", f"{granted} of {rungs}" if rungs else str(granted), note))
    if dates.get("last_fighting"):
        last = np.datetime64(dates["last_fighting"], "m")
        found.append(("Last fighting", date(last), weekday(last)))
    return found
