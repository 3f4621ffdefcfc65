"""Section: the story day by day, and every event of the run."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from uprising.result.report.facts import Facts
from uprising.result.report.words import clock, date, escape, moment, number, weekday
from uprising.result.story import KINDS, Line, Story, story_of
from uprising.wording import counted

if TYPE_CHECKING:
    from uprising.record.turns import Turn

MOST_LINES = 160
MOST_EVENTS = 3000
SIDES = {"people": "people", "government": "government", "hegemon": "hegemon", "outside": "outside world"}


def write_story(facts: Facts) -> str:
    """The story with a fold for each day, then what the record has and the run has not, then all events."""
    story = story_of(facts.run, facts.case, MOST_LINES)
    if not story.lines:
        return "<p>Nothing happened that a chronicle would mention.</p>"
    with_record = bool(story.missing or story.apart or any(line.documented for line in story.lines))
    busy = sorted((len(list(group)) for _, group in groupby(story.lines, key=_day)), reverse=True)
    least = busy[min(3, len(busy) - 1)]
    days = []
    known: set[str] = set()
    for _, group in groupby(story.lines, key=_day):
        lines = list(group)
        is_open = len(lines) >= max(least, 2)
        days.append(_write_day(lines, _gist(lines, known), is_open, with_record))
        known |= {line.kind for line in lines}
    return "".join(days) + _missing(story) + _all_events(facts)


def _day(line: Line) -> str:
    return str(line.time)[:10]


def _write_day(lines: list[Line], gist: str, is_open: bool, with_record: bool) -> str:
    first = lines[0].time
    count = counted(len(lines), "entry", "entries")
    heading = (
        f"<strong>{weekday(first)} {date(first)}</strong> <span class='soft'>{count}: {escape(gist)}</span>"
    )
    head = "<tr><th>Time</th><th>Who</th><th>What happened in this run</th>"
    head += "<th>On record</th></tr>" if with_record else "</tr>"
    rows = "".join(_row(line, with_record) for line in lines)
    opened = " open" if is_open else ""
    return (
        f'<details class="day"{opened}><summary>{heading}</summary>'
        f"<table class='story'><thead>{head}</thead><tbody>{rows}</tbody></table></details>"
    )


def _gist(lines: list[Line], known: set[str]) -> str:
    """The most important line of a day: what is new, then what the story holds most important."""
    order = list(KINDS)

    def rank(line: Line) -> tuple[bool, int]:
        return line.kind in known, order.index(line.kind) if line.kind in KINDS else len(order)

    return min(lines, key=rank).text


def _row(line: Line, with_record: bool) -> str:
    side = SIDES.get(line.side, line.side)
    cells = (
        f"<td class='time'>{clock(line.time)}</td>"
        f"<td><span class='side {escape(line.side)}'>{escape(side)}</span></td>"
        f"<td>{escape(line.words())}</td>"
    )
    if with_record:
        turn = line.documented
        known = "" if turn is None else f"<b>{_when(turn, line.time)}</b> {escape(turn.text)}"
        cells += f"<td class='known' title='{escape(turn.source) if turn else ''}'>{known}</td>"
    return f"<tr>{cells}</tr>"


def _when(turn: Turn, simulated: np.datetime64) -> str:
    if turn.is_day:
        return date(turn.time)
    if turn.time.astype("datetime64[D]") == simulated.astype("datetime64[D]"):
        return clock(turn.time)
    return f"{date(turn.time)}, {clock(turn.time)}"


def _missing(story: Story) -> str:
    return _on_record("On record, but not in this run", story.missing) + _on_record(
        "Also on record: no single event of a run corresponds to it", story.apart
    )


def _on_record(heading: str, turns: list[Turn]) -> str:
    if not turns:
        return ""
    rows = "".join(
        f"<li><b>{date(turn.time) if turn.is_day else moment(turn.time)}</b> {escape(turn.text)}</li>"
        for turn in turns
    )
    return f"<h3>{escape(heading)}</h3><ul class='missing'>{rows}</ul>"


def _all_events(facts: Facts) -> str:
    shown = facts.events[:MOST_EVENTS]
    rows = "".join(
        f"<tr><td class='time'>{_stamp(row['time'])}</td>"
        f"<td>{escape(str(row['kind']).replace('_', ' '))}</td>"
        f"<td>{escape(facts.name(str(row['place'])))}</td><td>{escape(facts.name(str(row['actor'])))}</td>"
        f"<td class='quantity'>{_quantity(row['quantity'])}</td><td>{escape(row['text'])}</td></tr>"
        for row in shown
    )
    more = len(facts.events) - len(shown)
    rest = f"<p class='soft'>{number(more)} more are in events.parquet.</p>" if more > 0 else ""
    head = "<tr><th>Time</th><th>Kind</th><th>Place</th><th>Actor</th><th>Quantity</th><th>In words</th></tr>"
    return (
        "<details class='all'>"
        f"<summary>All {counted(len(facts.events), 'event')} as the run recorded them</summary>"
        f"<div class='wide'><table class='events'><thead>{head}"
        f"</thead><tbody>{rows}</tbody></table></div>{rest}</details>"
    )


def _stamp(time: Any) -> str:
    return str(np.datetime64(time, "m")).replace("T", " ")


def _quantity(value: Any) -> str:
    return number(float(value)) if value else ""
