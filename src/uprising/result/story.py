"""The story of a run in lines: what happened, when, with the documented turn beside the simulated one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pyarrow

    from uprising.record.turns import Turn
    from uprising.result.result import Result

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

AT_A_SITE = (
    "site_captured",
    "site_cleared",
    "arms_seized",
    "prisoners_freed",
    "unit_joined",
    "unit_dissolved",
)
"""Kinds that are told apart by where or who: the record stands beside them only where it names the same."""


COMMON = frozenset(
    {
        "barracks",
        "breaks",
        "cleared",
        "during",
        "freed",
        "from",
        "goes",
        "house",
        "insurgents",
        "night",
        "over",
        "party",
        "people",
        "police",
        "prisoners",
        "square",
        "station",
        "taken",
        "weapons",
        "with",
        "works",
    }
)
"""Words of such texts that name nothing."""


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

    def words(self) -> str:
        """The line's sentence, with what it stands for beside."""
        if not self.more:
            return self.text
        return f"{self.text} (and {self.more} more like it this day)"


class Story(NamedTuple):
    """What happened in a run, and what the record has but the run has not."""

    lines: list[Line]
    missing: list[Turn]


def tell(events: pyarrow.Table, turns: Sequence[Turn] = (), most: int = MOST_LINES) -> Story:
    """Tell a run's events.

    Parameters
    ----------
    events
        Table of events: time, kind, place, actor, quantity, text.
    turns
        Documented turns; the n-th of a kind is set beside the n-th simulated event of that kind, and for
        what happens at a site or to a unit beside the first that shares a name with it.
    most
        Lines wanted at most: first the same kind on the same day becomes one line, then the less important
        kinds lose lines; the first of a kind goes last.

    Returns
    -------
    Story
        Lines in the order of time; documented turns that have no simulated counterpart.
    """
    rows = sorted(events.to_pylist(), key=lambda row: row["time"])
    beside, missing = _pair(rows, turns)
    lines = [
        Line(
            np.datetime64(row["time"], "m"),
            row["kind"],
            KINDS.get(row["kind"], PEOPLE),
            str(row["text"]) or row["kind"].replace("_", " "),
            0,
            beside.get(index),
        )
        for index, row in enumerate(rows)
    ]
    return Story(_shortened(_by_day(lines), most), missing)


def _pair(rows: Sequence[dict[str, Any]], turns: Sequence[Turn]) -> tuple[dict[int, Turn], list[Turn]]:
    """The documented turn of each row that has one, and the turns left over."""
    waiting: dict[str, list[Turn]] = defaultdict(list)
    for turn in sorted(turns, key=lambda turn: turn.time):
        waiting[turn.kind].append(turn)
    beside: dict[int, Turn] = {}
    for index, row in enumerate(rows):
        kind = row["kind"]
        of_the_same = (
            turn for turn in waiting[kind] if kind not in AT_A_SITE or _names(turn.text) & _names(row["text"])
        )
        if (found := next(of_the_same, None)) is not None:
            beside[index] = found
            waiting[kind].remove(found)
    return beside, sorted((turn for left in waiting.values() for turn in left), key=lambda turn: turn.time)


def _names(text: str) -> set[str]:
    """Words of a text that may be a name, without accents and endings."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return {word for word in re.findall(r"[a-z]{4,}", plain) if word not in COMMON}


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


def documented_turns(result: Result) -> list[Turn]:
    """Turns on record for the case of a run, within the time that it simulated.

    None for a what-if: the record is about what was, not about what might have been.
    """
    from pathlib import Path

    from uprising.record.turns import read_turns

    if result.provenance.get("what_if") is not None:
        return []
    first, last = result.recorded["time"].values[[0, -1]].astype("datetime64[m]")
    return [turn for turn in read_turns(Path(result.provenance["case_folder"])) if first <= turn.time <= last]
