"""The story: order, brevity, what the record says beside it; and the reading of that record."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest

from uprising.case import CaseError, load_case
from uprising.errors import UserError
from uprising.record.turns import Turn, read_turns
from uprising.result.pairing import Subjects
from uprising.result.story import tell

FIRST = datetime(2001, 3, 1)


def events(*rows: tuple[float, str, str]) -> pyarrow.Table:
    """Events from (hours, kind, text)."""
    return pyarrow.table(
        {
            "time": pyarrow.array([FIRST + timedelta(hours=h) for h, _, _ in rows], pyarrow.timestamp("ms")),
            "kind": [kind for _, kind, _ in rows],
            "place": ["T_CITY"] * len(rows),
            "actor": [""] * len(rows),
            "quantity": [1.0] * len(rows),
            "text": [text for _, _, text in rows],
        }
    )


def turn(kind: str, time: str, text: str = "on record") -> Turn:
    moment = np.datetime64(time, "m")
    return Turn(kind, moment, moment, moment, text, "SRC")


def test_lines_are_in_order_and_say_who_acts() -> None:
    story = tell(events((30, "assault", "the assault"), (2, "march", "a march")))
    assert [(line.text, line.side) for line in story.lines] == [
        ("a march", "people"),
        ("the assault", "hegemon"),
    ]


def test_many_of_a_kind_become_one_line_a_day() -> None:
    story = tell(events(*[(h, "site_captured", f"site {h}") for h in range(30)]))
    assert [line.more for line in story.lines] == [23, 5]
    assert story.lines[0].words() == "site 0 (and 23 more like it this day)"


def test_a_long_story_keeps_what_matters() -> None:
    rows: list[Any] = [(24 * day + 1, "council_session", "a session") for day in range(80)]
    rows += [(24 * day + 2, "concession", "a concession") for day in range(20)]
    rows += [
        (24 * 70, "assault", "the assault"),
        (24 * 71, "flight", "flight"),
        (24 * 60, "unheard_of", "new"),
    ]
    story = tell(events(*rows), most=30)
    kinds = [line.kind for line in story.lines]
    assert len(kinds) == 30
    assert kinds.count("concession") == 20
    assert {"assault", "flight", "unheard_of", "council_session"} <= set(kinds)
    assert [line.time for line in story.lines] == sorted(line.time for line in story.lines)


def test_the_record_stands_beside_the_first_of_a_kind() -> None:
    case = load_case("hungary-1956")
    moment = np.datetime64("2001-03-01T09:00", "m")
    documented = Turn("shots", moment, moment, moment, "first", "SRC", ("HU",))
    story = tell(
        events((1, "shots", "x"), (2, "shots", "y"), (3, "shots", "z")), [documented], Subjects(case)
    )
    assert [line.documented.text if line.documented else None for line in story.lines] == ["first"]
    assert story.lines[0].more == 2, "events without a documented one join the first of their day"
    assert story.missing == story.apart == []


def test_without_a_case_nothing_is_set_beside_a_run() -> None:
    story = tell(events((1, "truce", "x")), [turn("truce", "2001-03-03T00:00", "a truce")])
    assert [line.documented for line in story.lines] == [None]
    assert [left.text for left in story.apart] == ["a truce"]


def test_nothing_to_tell() -> None:
    assert tell(events()).lines == []


def test_turns_are_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "record").mkdir()
    (tmp_path / "record" / "turns.csv").write_text(
        "kind,time,time_low,time_high,text,source\n"
        'truce,2001-03-05T13:00,2001-03-05T12:00,,"a truce, at last",A;B\n'
        "shots,2001-03-01T21:00,2001-03-01T20:30,2001-03-01T22:00,shots,A\n",
        encoding="utf-8",
    )
    turns = read_turns(tmp_path)
    assert [t.kind for t in turns] == ["shots", "truce"]
    assert turns[1].time_high == turns[1].time
    assert turns[1].text == "a truce, at last"


def test_a_case_without_record_has_no_turns(tmp_path: Path) -> None:
    assert read_turns(tmp_path) == []


def test_faults_of_the_record_are_told_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "record").mkdir()
    table = tmp_path / "record" / "turns.csv"
    table.write_text(
        "kind,time,time_low,time_high,text,source\na,soon,,,x,A\nb,2001-01-01,,,y,A\nc,,,,z,A\nd\n"
    )
    with pytest.raises(CaseError) as caught:
        read_turns(tmp_path)
    assert {fault.line for fault in caught.value.faults} == {2, 3, 4, 5}
    assert "line 2, column time: found 'soon', expected a local time like" in str(caught.value)
    table.write_text("kind,time,text\n")
    with pytest.raises(UserError, match="expected a column source"):
        read_turns(tmp_path)
