"""The record: the shipped case's is sound, its targets come from it, and faults are named one by one."""

from __future__ import annotations

import csv
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from uprising.case import Case, load_case
from uprising.record.tables import RecordError, check_record, known_names, record_tables
from uprising.record.targets import Target, read_targets
from uprising.record.turns import read_turns
from uprising.schema import record_columns
from uprising.score.view import Geography, View

CASE = "hungary-1956"


@pytest.fixture(scope="module")
def case() -> Case:
    return load_case(CASE)


@pytest.fixture(scope="module")
def targets(case: Case) -> list[Target]:
    return read_targets(case.folder, known_names(case))


def test_the_record_of_the_shipped_case_is_sound(case: Case) -> None:
    assert [str(fault) for fault in check_record(case)] == []
    assert {file.stem for file in (case.folder / "record").glob("*.csv")} == set(record_tables())


def test_targets_are_many_and_of_all_patterns_that_the_record_supports(targets: list[Target]) -> None:
    assert len(targets) >= 60
    assert {t.pattern for t in targets} == {f"P{i}" for i in range(1, 14)}
    held_back = sum(t.set == "validation" for t in targets) / len(targets)
    assert 0.2 <= held_back <= 0.4


def test_no_target_rests_on_an_estimate_alone(case: Case, targets: list[Target]) -> None:
    """What the record marks as the project's own estimate is no target, nor what it holds weakly."""
    rows = {}
    for name in ("series", "chronicle", "forces_observed"):
        with (case.folder / "record" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows |= {row["id"]: row for row in csv.DictReader(file)}
    import re

    for t in targets:
        assert set(t.source) != {"EST"}, t.id
        for key in re.findall(r"\b(?:N\d{3}|C\d{3}|F_[A-Z]{2}\d{2})\b", t.note or ""):
            row = rows[key]
            assert row.get("quality", "data") in ("data", "derived"), (t.id, key)
            assert int(row.get("confidence", 3)) >= 2, (t.id, key)


def test_dates_are_those_of_the_turns(case: Case, targets: list[Target]) -> None:
    start = np.datetime64(case.settings.calendar.start, "m")
    turns = read_turns(case.folder)
    checked = 0
    for t in targets:
        if t.kind != "event" or not (t.note or "").startswith("turns.csv") or t.documented is None:
            continue
        known = [
            [
                round(float((moment - start) / np.timedelta64(1, "D")), 4)
                for moment in (turn.time, turn.time_low, turn.time_high)
            ]
            for turn in turns
            if turn.kind == t.variable
        ]
        assert [t.documented, t.low, t.high] in [pytest.approx(values, abs=6e-4) for values in known], t.id
        checked += 1
    assert checked >= 15


def test_numbers_are_those_of_the_series(case: Case, targets: list[Target]) -> None:
    with (case.folder / "record" / "series.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    checked = 0
    for t in targets:
        row = rows.get((t.note or "").split(";")[0])
        if row is None or t.documented is None:
            continue
        assert t.documented == float(row["value"]), t.id
        if row["low"] != row["high"]:
            assert (t.low, t.high) == (float(row["low"]), float(row["high"])), t.id
        checked += 1
    assert checked >= 8


def test_council_means_are_weighted_from_the_positions(case: Case, targets: list[Target]) -> None:
    with (case.folder / "record" / "council_positions.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["member"]]
    weight = {row["id"]: row["weight"] for row in case.tables["council"].rows}
    sessions = {row["session"]: [r for r in rows if r["session"] == row["session"]] for row in rows}
    found = {}
    for t in targets:
        if t.variable == "hegemon_mean" and t.start is not None:
            found[str(np.datetime64(t.start, "D") - np.timedelta64(1, "D"))] = t.documented
    assert set(found) == set(sessions)
    for session, members in sessions.items():
        mean = sum(weight[m["member"]] * float(m["position"]) for m in members)
        mean /= sum(weight[m["member"]] for m in members)
        assert found[session] == pytest.approx(mean, abs=0.002)


def test_every_target_can_be_asked_of_a_run(case: Case, targets: list[Target]) -> None:
    """Names of variables, places, sides and states in targets exist in what a run records."""
    import xarray

    from uprising.case.world import build_world
    from uprising.schema import outputs
    from uprising.score.query import evaluate
    from uprising.state import ROLES, SIDES

    world = build_world(case)
    names = {
        "place": world.place_ids,
        "site": world.site_ids,
        "unit": world.unit_ids,
        "role": list(ROLES),
        "side": list(SIDES),
    }
    calendar = case.settings.calendar
    steps = int((calendar.end - calendar.start).total_seconds() // 86400)
    asked = {t.variable for t in targets if t.kind == "series"} | {"unit_site", "unit_stance"}
    series = xarray.Dataset(
        {
            v.name: (
                v.dims,
                np.zeros([steps if d == "time" else len(names[d]) for d in v.dims], v.dtype),
                {"unit": v.unit},
            )
            for v in outputs()
            if v.name in asked
        },
        dict(names)
        | {
            "time": np.datetime64(calendar.start, "ns") + np.arange(steps) * np.timedelta64(1, "D"),
            "population": ("place", world.population),
            "workers": ("place", world.population * 0.4),
        },
        {"step_minutes": 1440},
    )
    seen = View(series, [], Geography(case))
    for t in targets:
        value, _ = evaluate(t, seen)
        assert np.isfinite(value), t.id


@pytest.fixture
def copied(case: Case, tmp_path: Path) -> Path:
    shutil.copytree(case.folder / "record", tmp_path / "record")
    return tmp_path


DAMAGES = [
    ("mass_protest", "mass protest", None, None),
    ("first_day", "frist_day", "statistic", "did you mean first_day?"),
    (",day,", ",week,", "unit", "one of day, person"),
    ("T_BUDAPEST", "T_BUDAPESZT", "place", "did you mean T_BUDAPEST?"),
    (",MTI56,", ",MTI65,", "source", "did you mean MTI56?"),
    (",training,", ",train,", "set", "did you mean training?"),
    ("P10,", "P16,", "pattern", "one of P1"),
    ("site_crowd", "site_crowds", "variable", "did you mean site_crowd?"),
    (",12000,8000,20000,", ",12000,30000,20000,", "documented", "documented not below low (30000)"),
    (",12000,8000,20000,", ",,,,", "documented", "at least one of low and high"),
    (",12000,8000,20000,", ",many,8000,20000,", "documented", "a number"),
    ("1956-10-23T15:00", "23 October", "start", "a local time"),
    (",FIRST_MASS_PROTEST,", ",FIRST_MASS_PROTETS,", "day_of", "did you mean FIRST_MASS_PROTEST?"),
    (",FIRST_MASS_PROTEST,", ",CROWD_CAPITAL,", "day_of", "the statistic first_day"),
    (",,first_day,,,7.8333,", ",BAN,first_day,,,7.8333,", "day_of", "a moment or lag is told by the calendar"),
    ("1956-10-23T15:00,,FIRST", ",,FIRST", "day_of", "no start or end"),
]


@pytest.mark.parametrize(("old", "new", "column", "message"), DAMAGES, ids=[d[1] for d in DAMAGES])
def test_faults_name_file_line_column_value_and_what_was_expected(
    case: Case, copied: Path, old: str, new: str, column: str | None, message: str | None
) -> None:
    file = copied / "record" / "targets.csv"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    number = next(i for i, line in enumerate(lines) if i and old in line)
    lines[number] = lines[number].replace(old, new, 1)
    file.write_text("".join(lines), "utf-8")
    if column is None:
        # kinds of events are free words: what emerges has no closed list
        assert read_targets(copied, known_names(case))
        return
    with pytest.raises(RecordError) as caught:
        read_targets(copied, known_names(case))
    fault = next(f for f in caught.value.faults if f.column == f"column {column}")
    assert fault.file == str(file)
    assert fault.line == number + 1
    assert message in str(fault)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_all_faults_at_once(case: Case, copied: Path) -> None:
    file = copied / "record" / "targets.csv"
    text = file.read_text("utf-8").replace("T_BUDAPEST", "T_X").replace(",training,", ",train,")
    file.write_text(text, "utf-8")
    with pytest.raises(RecordError) as caught:
        read_targets(copied, known_names(case))
    assert {fault.column for fault in caught.value.faults} == {"column place", "column set"}
    assert len(caught.value.faults) > 40


def test_ids_are_unique_and_headers_known(case: Case, copied: Path) -> None:
    file = copied / "record" / "targets.csv"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join([*lines, lines[1]]), "utf-8")
    with pytest.raises(RecordError, match="each id once"):
        read_targets(copied, known_names(case))
    file.write_text(lines[0].replace("pattern", "pattern_") + lines[1], "utf-8")
    with pytest.raises(RecordError, match="did you mean pattern"):
        read_targets(copied, known_names(case))


def test_other_tables_of_a_record_are_checked_too(case: Case, copied: Path) -> None:
    from types import SimpleNamespace

    turns = copied / "record" / "turns.csv"
    turns.write_text(turns.read_text("utf-8").replace("1956-10-23T12:50", "1956-10-23T12:59", 1), "utf-8")
    (copied / "record" / "turn.csv").write_text("kind\n", "utf-8")
    faults = check_record(SimpleNamespace(folder=copied, tables=case.tables))
    assert [Path(f.file).name for f in faults] == ["turn.csv", "turns.csv"]
    assert faults[0].nearest == "turns"
    assert "time not below time_low" in str(faults[1])


def test_a_case_without_a_record_has_no_faults(tmp_path: Path) -> None:
    from types import SimpleNamespace

    assert check_record(SimpleNamespace(folder=tmp_path, tables={})) == []


def test_the_schema_documents_every_column() -> None:
    assert all(column.text for column in record_columns())
    fields = set(Target.__dataclass_fields__)
    assert {c.name for c in record_columns() if c.table == "targets"} == fields
