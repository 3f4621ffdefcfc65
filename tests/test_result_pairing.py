"""What is on record stands beside what is like it, and beside nothing else, in whatever order the record comes."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from uprising.case import Case, load_case
from uprising.record.turns import Turn, documented_turns, read_grants, read_turns
from uprising.result.pairing import Pairing, Subjects, pair
from uprising.score.view import Geography

FIRST, LAST = np.datetime64("1956-10-16T00:00"), np.datetime64("1956-12-01T00:00")


@pytest.fixture(scope="module")
def hungary() -> Case:
    return load_case("hungary-1956")


def event(
    hours: float, kind: str, place: str = "T_BUDAPEST", actor: str = "", quantity: float = 0.0
) -> dict[str, Any]:
    time = datetime(1956, 10, 23) + timedelta(hours=hours)
    return {"time": time, "kind": kind, "place": place, "actor": actor, "quantity": quantity, "text": kind}


def turn(kind: str, time: str, *subject: str, text: str = "on record") -> Turn:
    moment = np.datetime64(time, "m")
    return Turn(kind, moment, moment, moment, text, "SRC", subject)


EVENTS = [
    event(3, "concession", actor="Gerő Ernő", quantity=1),
    event(6, "site_captured", "S_RADIO"),
    event(7, "site_captured", "S_STALIN"),
    event(8, "site_captured", "T_MISKOLC_PARTY"),
    event(9, "leader_changed", actor="Kádár János"),
    event(10, "concession", actor="Nagy Imre", quantity=2),
    event(11, "leader_changed", actor="Nagy Imre"),
    event(30, "concession", actor="Nagy Imre", quantity=8),
    event(31, "concession", actor="Nagy Imre", quantity=9),
    event(40, "county_rises", "CO_VAS"),
    event(41, "arms_seized", "S_RADIO"),
    event(60, "last_fighting"),
    event(61, "truce"),
]


def told(paired: Pairing) -> dict[int, str]:
    return {index: found.text for index, found in paired.beside.items()}


def test_every_pair_is_about_the_same(hungary: Case) -> None:
    paired = pair(EVENTS, documented_turns(hungary.folder, FIRST, LAST), Subjects(hungary))
    beside = {index: found.subject for index, found in paired.beside.items()}
    assert beside == {
        0: ("EMBLEM",), 1: ("S_RADIO",), 2: ("S_STALIN",), 5: ("NAGY",), 6: ("NAGY",),
        7: ("AVH", "CAPITAL"), 8: ("AVH", "CAPITAL"), 10: ("T_BUDAPEST",), 11: ("HU",), 12: ("HU",),
    }  # fmt: skip
    assert paired.beside[11].text.startswith("The last bands"), "the last shots are not the fall of one works"
    assert any("Kádár follows Gerő" in one.text for one in paired.apart)
    assert any("The last county" in one.text for one in paired.apart)
    assert not {one.text for one in paired.missing} & {one.text for one in paired.beside.values()}


@pytest.mark.parametrize("shuffle", range(20))
def test_the_order_of_the_record_changes_nothing(hungary: Case, shuffle: int) -> None:
    turns = documented_turns(hungary.folder, FIRST, LAST)
    expected = pair(EVENTS, turns, Subjects(hungary))
    random.Random(shuffle).shuffle(turns)
    assert pair(EVENTS, turns, Subjects(hungary)) == expected


def test_swapped_moments_swap_nothing_else(hungary: Case) -> None:
    """Were turns paired by their order, other moments would bring other neighbours."""
    turns = documented_turns(hungary.folder, FIRST, LAST)
    expected = told(pair(EVENTS, turns, Subjects(hungary)))
    for kind in ("concession", "site_captured"):
        same = [one for one in turns if one.kind == kind]
        times = [one.time for one in reversed(same)]
        moved = [one._replace(time=time) for one, time in zip(same, times, strict=True)]
        others = [one for one in turns if one.kind != kind]
        assert told(pair(EVENTS, moved + others, Subjects(hungary))) == expected


def test_nothing_is_missing_that_the_scorecard_finds(hungary: Case) -> None:
    """The scorecard has its own way to tell what lies in a place; both speak of the same run in one report."""
    geography = Geography(hungary)
    turns = documented_turns(hungary.folder, FIRST, LAST)
    missing = pair(EVENTS, turns, Subjects(hungary)).missing
    for one in turns:
        places = [name for name in one.subject or () if name in {*geography.parent, *geography.site_place}]
        found = [row for row in EVENTS if row["kind"] == one.kind and geography.is_inside(row["place"], places)]
        if places:
            assert (one in missing) == (not found), one


def test_a_demand_that_was_never_granted_has_nothing_beside_it(hungary: Case) -> None:
    turns = [turn("concession", "1956-10-24T08:00", "NAGY"), turn("concession", "1956-10-25T08:00", "WAGES")]
    paired = pair(EVENTS[:1], turns, Subjects(hungary))
    assert paired.beside == {}
    assert [one.subject for one in paired.missing] == [("NAGY",), ("WAGES",)]


def test_a_town_takes_what_happens_in_it_but_leaves_the_site_its_own(hungary: Case) -> None:
    rows = [event(1, "site_captured", "S_RADIO"), event(2, "site_captured", "S_STALIN")]
    turns = [
        turn("site_captured", "1956-10-23T20:00", "T_BUDAPEST", text="somewhere in the capital"),
        turn("site_captured", "1956-10-24T06:00", "S_RADIO", text="the Radio"),
    ]
    assert told(pair(rows, turns, Subjects(hungary))) == {0: "the Radio", 1: "somewhere in the capital"}


def test_a_record_without_subjects_pairs_only_what_happens_once(hungary: Case) -> None:
    rows = [
        event(1, "truce"),
        event(2, "truce"),
        event(3, "concession", quantity=1),
        event(4, "county_rises", "CO_VAS"),
    ]
    on_record = ["truce 1956-10-28", "truce 1956-10-24", "concession 1956-10-24", "county_rises 1956-10-25"]
    bare = [turn(*line.split())._replace(subject=None, text=line) for line in on_record]
    paired = pair(rows, bare, Subjects(hungary))
    assert told(paired) == {0: "truce 1956-10-24"}
    assert [one.kind for one in paired.apart] == ["concession", "county_rises", "truce"]


def test_grants_come_from_the_record_of_concessions_by_the_day(hungary: Case) -> None:
    grants = {one.subject[0]: one for one in read_grants(hungary.folder) if one.subject}
    ladder = {row["id"] for row in hungary.tables["demands"].rows}
    assert set(grants) == ladder
    assert all(one.is_day for one in grants.values())
    assert str(grants["FARMS"].time)[:10] == "1956-10-30"
    assert str(grants["EMBLEM"].time)[:10] == "1956-10-28", "what the crowd did itself is no grant"
    whole = documented_turns(hungary.folder, FIRST, LAST)
    granted = [subject for one in whole if one.kind == "concession" for subject in one.subject or ()]
    assert sorted(granted) == sorted(ladder), "each demand once, from whichever table knows it better"
    assert not any(one.is_day for one in read_turns(hungary.folder))


@pytest.mark.parametrize("name", ["hungary-1956", "poland-1956", "east-germany-1953"])
def test_every_subject_on_record_is_something_that_events_can_be_about(name: str) -> None:
    """Subjects that no event of their kind can name would stay alone for ever."""
    case = load_case(name)
    demands = {row["id"] for row in case.tables["demands"].rows}
    leaders = {row["id"] for row in case.tables["leaders"].rows}
    sites = {row["id"] for row in case.tables["sites"].rows}
    places = {row["id"] for row in case.tables["places"].rows}
    for one in read_turns(case.folder):
        assert one.subject is not None, "the record names its subjects"
        able = demands if one.kind == "concession" else leaders | sites | places
        assert set(one.subject) <= able, one
        if one.kind == "leader_changed":
            assert set(one.subject) <= leaders, one
