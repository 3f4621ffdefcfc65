"""What is on record beside what a run did: paired by what it is about, never by its place in a list.

A documented turn names its subject: a demand, a site, a town or the country, a leader. It stands beside the first
simulated event of its kind that is about the same. Whatever has no such counterpart stays alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from uprising.case import Case
    from uprising.record.turns import Turn

TOLD_APART = frozenset(
    {
        "arms_seized", "concession", "county_rises", "fraternisation", "leader_changed", "march", "prisoners_freed",
        "site_captured", "site_cleared", "unit_dissolved", "unit_joined", "unit_neutral",
    }
)  # fmt: skip
"""Kinds of events of which a run has many: a record that names no subject can't be set beside one of them."""


class Pairing(NamedTuple):
    """Documented turns beside simulated events."""

    beside: dict[int, Turn]
    """index of the event, and the turn"""
    missing: list[Turn]
    """turns that the run could have brought and has not"""
    apart: list[Turn]
    """turns that no single event of a run corresponds to"""


class Subjects:
    """What events of a case's runs are about, as ids of the case.

    Parameters
    ----------
    case
        The case that was run.
    """

    def __init__(self, case: Case) -> None:
        tables = case.tables
        self.country = case.settings.case.country
        self.parent = {row["id"]: row["parent"] for row in tables["places"].rows}
        self.parent |= {row["id"]: row["place"] for row in tables["sites"].rows}
        self.leader = {row["name"]: row["id"] for row in tables["leaders"].rows}
        demands = sorted(tables["demands"].rows, key=lambda row: float(row["rung"]))
        self.demands = [row["id"] for row in demands]
        self.around = cache(self._around)

    def named(self, row: dict[str, Any]) -> frozenset[str]:
        """What an event itself names: its demand; else its place or site, and who acts."""
        if row["kind"] == "concession":
            rung = int(row["quantity"]) - 1
            return frozenset(self.demands[rung : rung + 1]) if rung >= 0 else frozenset()
        actor = str(row["actor"])
        return frozenset({str(row["place"]), self.leader.get(actor, actor)} - {""})

    def about(self, row: dict[str, Any]) -> frozenset[str]:
        """What an event names, and the places that it lies in."""
        named = self.named(row)
        if row["kind"] == "concession":
            return named
        return named | {self.country} | frozenset().union(*(self.around(name) for name in named))

    def _around(self, name: str) -> frozenset[str]:
        above: set[str] = set()
        here = self.parent.get(name)
        while here and here not in above:
            above.add(here)
            here = self.parent.get(here)
        return frozenset(above)


def pair(rows: Sequence[dict[str, Any]], turns: Sequence[Turn], subjects: Subjects) -> Pairing:
    """Set documented turns beside the events of a run.

    Parameters
    ----------
    rows
        Events in the order of time: kind, place, actor, quantity.
    turns
        Documented turns, in any order.
    subjects
        What events are about.

    Returns
    -------
    Pairing
        The same whatever the order of the turns.
    """
    beside: dict[int, Turn] = {}
    comparable, apart = _by_subject(turns, subjects.country)
    waiting = sorted(comparable, key=lambda one: (one[1].time, one[0], one[1].text))
    # what the record says of a site goes before what it says of the town or the country around it
    for about in (subjects.named, subjects.about):
        left = []
        for subject, turn in waiting:
            found = next(
                (
                    index
                    for index, row in enumerate(rows)
                    if row["kind"] == turn.kind and index not in beside and subject in about(row)
                ),
                None,
            )
            if found is None:
                left.append((subject, turn))
            else:
                beside[found] = turn
        waiting = left
    used = set(beside.values())
    missing = sorted({turn for _, turn in waiting} - used, key=_when)
    return Pairing(beside, missing, sorted(apart, key=_when))


def _by_subject(turns: Sequence[Turn], country: str) -> tuple[list[tuple[str, Turn]], set[Turn]]:
    """(subject, turn) of those that can be paired, the earliest for each kind and subject; and the others."""
    first: dict[tuple[str, str], Turn] = {}
    for turn in sorted(turns, key=_when):
        for subject in _subjects_of(turn, country):
            first.setdefault((turn.kind, subject), turn)
    comparable = [(subject, turn) for (_, subject), turn in first.items()]
    return comparable, set(turns) - set(first.values())


def _subjects_of(turn: Turn, country: str) -> tuple[str, ...]:
    """Subjects of a turn; where the record has no such column, the country, for what happens there once."""
    if turn.subject is not None:
        return turn.subject
    return () if turn.kind in TOLD_APART else (country,)


def _when(turn: Turn) -> tuple[Any, ...]:
    return turn.time, turn.kind, turn.text
