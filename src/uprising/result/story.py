"""The story of a run in lines: what happened, when, with the documented turn beside the simulated one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pyarrow

    from uprising.case import Case
    from uprising.record.turns import Turn
    from uprising.result.pairing import Subjects

MOST_LINES = 60
PEOPLE, GOVERNMENT, HEGEMON, OUTSIDE = "people", "government", "hegemon", "outside"

KINDS: dict[str, str] = {
    # the more important first: when the story is too long, it loses lines from the end of this list
    "mass_protest": PEOPLE,
    "shots": GOVERNMENT,
    "intervention": HEGEMON,
    "leader_changed": GOVERNMENT,
    "truce": GOVERNMENT,
    "withdrawal": HEGEMON,
    "bargain": HEGEMON,
    "reversal": HEGEMON,
    "assault": HEGEMON,
    "government_installed": HEGEMON,
    "last_fighting": PEOPLE,
    "resistance_ends": PEOPLE,
    "alliance_left": GOVERNMENT,
    "help_requested": GOVERNMENT,
    "general_strike": PEOPLE,
    "strike_ends": PEOPLE,
    "concession": GOVERNMENT,
    "refusal": GOVERNMENT,
    "call": PEOPLE,
    "ban": GOVERNMENT,
    "ban_lifted": GOVERNMENT,
    "arms_seized": PEOPLE,
    "orders": HEGEMON,
    "repression": GOVERNMENT,
    "capital_ringed": HEGEMON,
    "appeal": GOVERNMENT,
    "unit_joined": GOVERNMENT,
    "unit_dissolved": GOVERNMENT,
    "border_opened": PEOPLE,
    "border_sealed": HEGEMON,
    "external": OUTSIDE,
    "county_rises": PEOPLE,
    "site_captured": PEOPLE,
    "prisoners_freed": PEOPLE,
    "neighbour_protest": OUTSIDE,
    "fraternisation": HEGEMON,
    "unit_neutral": GOVERNMENT,
    "site_cleared": HEGEMON,
    "march": PEOPLE,
    "flight": PEOPLE,
    "council_session": HEGEMON,
}
"""Kind of event: who acts."""


class Line(NamedTuple):
    """One line of the story."""

    time: np.datetime64
    """minutes"""
    kind: str
    side: str
    text: str
    more: int
    """how many of the same kind this day the line stands for beside the one it tells"""
    documented: Turn | None
    event: int = 0
    """index of the event among the run's, in the order of time"""

    def words(self) -> str:
        """The line's sentence, with what it stands for beside."""
        if not self.more:
            return self.text
        return f"{self.text} (and {self.more} more like it this day)"


class Story(NamedTuple):
    """What happened in a run, and what the record has but the run has not."""

    lines: list[Line]
    missing: list[Turn]
    """documented turns that the run could have brought and has not"""
    apart: list[Turn]
    """documented turns that no single event of a run corresponds to"""


def story_of(result: Any, case: Case | None, most: int = MOST_LINES) -> Story:
    """Tell a run with its record beside it: the one story that report, page and command line show.

    Beside a what-if stands nothing: the record is about what was, not about what might have been.

    Parameters
    ----------
    result
        A run with `events`, `summary` and `recorded`.
    case
        Its case; without one nothing of the record is shown.
    most
        Lines wanted at most, see `tell`.

    Raises
    ------
    UserError
        The record cannot be read.
    """
    from uprising.record.turns import documented_turns
    from uprising.result.pairing import Subjects

    if case is None or result.summary.get("what_if") is not None:
        return tell(result.events, most=most)
    first, last = result.recorded["time"].values[[0, -1]].astype("datetime64[m]")
    return tell(result.events, documented_turns(case.folder, first, last), Subjects(case), most)


def tell(
    events: pyarrow.Table,
    turns: Sequence[Turn] = (),
    subjects: Subjects | None = None,
    most: int = MOST_LINES,
) -> Story:
    """Tell a run's events.

    Parameters
    ----------
    events
        Table of events: time, kind, place, actor, quantity, text.
    turns
        Documented turns.
    subjects
        What the case's events are about, by which turns are set beside them (see `uprising.result.pairing`);
        without it none is.
    most
        Lines wanted at most: first the same kind on the same day becomes one line, then the less important
        kinds lose lines; the first of a kind goes last.

    Returns
    -------
    Story
        Lines in the order of time; documented turns that have no simulated counterpart.
    """
    from uprising.result.pairing import Pairing, pair

    rows = sorted(events.to_pylist(), key=lambda row: row["time"])
    paired = Pairing({}, [], list(turns)) if subjects is None else pair(rows, turns, subjects)
    lines = [
        Line(
            np.datetime64(row["time"], "m"),
            row["kind"],
            KINDS.get(row["kind"], PEOPLE),
            str(row["text"]) or row["kind"].replace("_", " "),
            0,
            paired.beside.get(index),
            index,
        )
        for index, row in enumerate(rows)
    ]
    return Story(_shortened(_by_day(lines), most), paired.missing, paired.apart)


def _by_day(lines: Iterable[Line]) -> list[Line]:
    """Lines of the same kind on the same day as one, unless the record has something to say to each."""
    kept: list[Line] = []
    place: dict[tuple[str, str], int] = {}
    for line in lines:
        key = (str(line.time)[:10], line.kind)
        if line.documented is None and key in place:
            first = kept[place[key]]
            kept[place[key]] = first._replace(more=first.more + 1)
        else:
            place.setdefault(key, len(kept))
            kept.append(line)
    return kept


def _shortened(lines: list[Line], most: int) -> list[Line]:
    """At most so many lines."""
    order = list(KINDS)
    seen: Counter[str] = Counter()
    ranked = []
    for index, line in enumerate(lines):
        rank = order.index(line.kind) if line.kind in KINDS else len(order)
        ranked.append((line.documented is None, seen[line.kind] > 0, rank, index))
        seen[line.kind] += 1
    kept = {index for *_, index in sorted(ranked)[:most]}
    return [line for index, line in enumerate(lines) if index in kept]
