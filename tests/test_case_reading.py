"""Reading a case: types, digest, template, what-ifs, the schema's own tables."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import shutil
from pathlib import Path

import numpy as np
import pytest

from case_folders import edit, new_case, put, replace_in, table_file
from uprising import schema
from uprising.case import Case, CaseError, check_case, find_case, load_case, shipped_cases, write_template


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return new_case(tmp_path)


@pytest.fixture
def case(folder: Path) -> Case:
    return load_case(folder)


# ---- the schema -----------------------------------------------------------------------------------------


def test_schema_reads_each_table_once() -> None:
    assert schema.columns() is schema.columns()
    assert schema.parameters() is schema.parameters()
    assert schema.outputs() is schema.outputs()
    assert schema.tables()[0] == "places"
    population = next(c for c in schema.table_columns("places") if c.name == "population")
    assert (population.type, population.unit, population.required, population.minimum) == (
        "count",
        "person",
        False,
        0,
    )
    with pytest.raises(KeyError):
        schema.table_columns("plces")
    with pytest.raises(dataclasses.FrozenInstanceError):
        population.unit = "x"  # type: ignore[misc]


def test_every_reference_of_the_schema_is_a_table() -> None:
    for column in schema.columns():
        assert set(column.references) <= set(schema.tables())
        assert column.type in ("id", "text", "number", "count", "flag", "choice", "time")
        assert (column.type in ("choice", "flag")) == bool(column.choices)


def test_parameters_lie_in_their_ranges() -> None:
    names = [row.name for row in schema.parameters()]
    assert len(names) == len(set(names))
    for row in schema.parameters():
        assert row.low <= row.default <= row.high, row.name
        assert row.low < row.high, row.name


def test_nearest_name() -> None:
    assert (
        schema.nearest_name("INDUSTRIAL_worker", ["industrial_worker", "other_worker"]) == "industrial_worker"
    )
    assert schema.nearest_name("zzz", ["industrial_worker"]) is None
    assert schema.nearest_name("x", []) is None


# ---- typed tables ---------------------------------------------------------------------------------------


def test_cells_have_their_types(case: Case) -> None:
    town = next(row for row in case.tables["places"].rows if row["id"] == "T_MILL")
    assert town["population"] == 9000
    assert isinstance(town["population"], int)
    assert isinstance(town["latitude"], float)
    assert town["population_low"] is None
    assert case.tables["places"].rows[0]["parent"] is None
    assert case.tables["leaders"].column("in_office") == [True, False, False]
    assert case.tables["events"].rows[0]["time"] == datetime.datetime(1970, 5, 2, 9)
    assert case.tables["sites"].array("capacity").dtype == np.int64
    assert case.tables["sites"].array("salience").dtype == np.float64
    assert np.isnan(case.tables["places"].array("population")[0])
    assert case.tables["sites"].lines == list(range(2, 2 + len(case.tables["sites"])))
    assert case.settings.calendar.n_steps == 15 * 48
    assert (case.id, case.what_if_name, case.parameters) == ("island", None, {})


def test_shipped_case_has_no_faults() -> None:
    assert "hungary-1956" in shipped_cases()
    case = check_case("hungary-1956")
    assert case.id == "hungary-1956"
    assert case.folder == find_case("hungary-1956")
    # what people do not know in the case they can't be asked for in a run
    assert {"places", "roles", "sites"} <= case.tables.keys()


def test_settings_do_not_change(case: Case) -> None:
    with pytest.raises(ValueError, match="frozen"):
        case.settings.eve.belief = 0.5  # type: ignore[misc]


# ---- digest ---------------------------------------------------------------------------------------------


def test_digest_sees_inputs(folder: Path) -> None:
    seen = {load_case(folder).digest}
    put(folder, "sites", 2, "capacity", "20001")
    seen.add(load_case(folder).digest)
    put(folder, "events", 2, "time", "1970-05-02T09:30")
    seen.add(load_case(folder).digest)
    replace_in(folder / "case.toml", "belief = 0.15", "belief = 0.16")
    seen.add(load_case(folder).digest)
    edit(folder, "neighbours", lambda rows: rows.pop())
    seen.add(load_case(folder).digest)
    # the order of places is the order of people
    edit(folder, "powers", lambda rows: rows.__setitem__(slice(1, None), rows[:0:-1]))
    seen.add(load_case(folder).digest)
    assert len(seen) == 6
    assert all(len(digest) == 64 for digest in seen)


def test_digest_does_not_see_form_or_prose(folder: Path) -> None:
    before = load_case(folder).digest
    for table in schema.tables():
        file = table_file(folder, table)
        with open(file, newline="", encoding="utf-8") as stream:
            rows = [row[::-1] for row in csv.reader(stream)]
        with open(file, "w", newline="", encoding="utf-8-sig") as stream:
            csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows([*rows, []])
    put(folder, "council", 2, "weight", " 0.350 ")
    put(folder, "sites", 2, "salience", "4.0e0")
    put(folder, "council", 2, "source", "EST")
    put(folder, "sources", 2, "title", "Another title")
    edit(
        folder,
        "links",
        lambda rows: [row.append("far" if k else "note") for k, row in enumerate(rows) if row],
    )
    replace_in(folder / "case.toml", "# name of the case", "# the name")
    replace_in(folder / "case.toml", "Its people grumble", "Its people sing")
    replace_in(folder / "case.toml", "readiness = 1.0", "readiness=1")
    assert load_case(folder).digest == before


def test_digest_does_not_see_record_maps_or_unused_what_ifs(folder: Path, tmp_path: Path) -> None:
    before = load_case(folder).digest
    for name in ("record", "map"):
        (folder / name).mkdir()
        (folder / name / "dead.csv").write_text("a,b\n1,2\n")
    (folder / "README.md").unlink()
    shutil.rmtree(folder / "whatif")
    moved = tmp_path / "elsewhere"
    folder.rename(moved)
    assert load_case(moved).digest == before


# ---- template -------------------------------------------------------------------------------------------


def test_template_is_complete_and_small(folder: Path) -> None:
    case = check_case(folder)
    people = sum(row["population"] or 0 for row in case.tables["places"].rows)
    assert 20_000 <= people <= 200_000
    assert len(case.tables["sites"]) >= 15
    text = (folder / "case.toml").read_text(encoding="utf-8")
    assert "{id}" not in text
    assert text.count("#") > 20
    for table in schema.tables():
        assert f"{table}" in (folder / "README.md").read_text(encoding="utf-8")


def test_template_never_overwrites(folder: Path) -> None:
    (folder / "case.toml").write_text("mine")
    with pytest.raises(CaseError, match="doesn't exist yet"):
        write_template(folder)
    assert (folder / "case.toml").read_text() == "mine"


def test_template_needs_a_usable_name_and_place(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="small letters"):
        write_template(tmp_path / "My Case")
    (tmp_path / "file").write_text("")
    with pytest.raises(CaseError, match="The system says"):
        write_template(tmp_path / "file" / "case")
    assert write_template(tmp_path / "deep" / "er" / "case").is_dir()


# ---- what-ifs -------------------------------------------------------------------------------------------


def what_if(folder: Path, text: str, name: str = "mine") -> Case:
    (folder / "whatif" / f"{name}.toml").write_text('title = "Mine"\n' + text, encoding="utf-8")
    return load_case(folder).what_if(name)


def test_what_ifs_are_listed(case: Case) -> None:
    assert [what.name for what in case.what_ifs()] == ["no-news", "strong-guard"]
    assert case.what_ifs()[0].title == "No news from abroad"
    assert case.what_ifs()[0].question.endswith("?")


def test_what_if_changes_only_what_it_says(case: Case) -> None:
    guarded = case.what_if("strong-guard")
    men = {row["id"]: row["men"] for row in case.tables["forces"].rows}
    after = {row["id"]: row["men"] for row in guarded.tables["forces"].rows}
    assert after == men | {"F_RADIO_GUARD": 180}
    assert guarded.parameters == {"deterrence": 2.8}
    assert guarded.settings.eve.rules_of_engagement == "fire_at_will"
    assert guarded.settings.eve.belief == case.settings.eve.belief
    assert guarded.what_if_name == "strong-guard"
    assert guarded.digest != case.digest
    assert guarded.tables["sites"] is case.tables["sites"]
    assert case.what_if("no-news").tables["events"].column("id") == ["E_CANAL"]
    assert case.what_if_name is None


def test_what_ifs_add_up(case: Case) -> None:
    both = case.what_if("strong-guard").what_if("no-news")
    assert both.what_if_name == "strong-guard+no-news"
    assert both.parameters == {"deterrence": 2.8}
    assert both.tables["events"].column("id") == ["E_CANAL"]
    assert both.digest == case.what_if("no-news").what_if("strong-guard").digest


def test_what_if_may_leave_documented_ranges_and_empty_events(folder: Path) -> None:
    edit(
        folder,
        "forces",
        lambda rows: [row.append(x) for row, x in zip(rows, ["men_high"] + ["9999"] * 99, strict=False)],
    )
    text = '[[change]]\ntable = "forces"\nwhere = {}\nset = { men = 10000 }\n'
    text += '[[change]]\ntable = "events"\nwhere = {}\nremove = true\n'
    case = what_if(folder, text)
    assert set(case.tables["forces"].column("men")) == {10000}
    assert len(case.tables["events"]) == 0


def test_what_if_from_a_path(case: Case, tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text('title = "Other"\n[calendar]\nend = 1970-05-03T00:00:00\n[people]\nteam_size = 20\n')
    other = case.what_if(file)
    assert other.settings.calendar.n_steps == 96
    assert other.settings.people.team_size == 20
    assert other.what_if_name == "other"


def test_what_if_values_of_every_type(folder: Path) -> None:
    case = what_if(
        folder,
        '[[change]]\ntable = "leaders"\nwhere = { id = "L_STERN" }\nset = { in_office = false }\n'
        '[[change]]\ntable = "leaders"\nwhere = { id = "L_HOPE" }\nset = { in_office = "yes", line = 1 }\n'
        '[[change]]\ntable = "events"\nwhere = { time = 1970-05-02T09:00:00 }\n'
        'set = { power = "", days = "2.5" }\n'
        '[[change]]\ntable = "demands"\nwhere = { rung = [1, 2] }\nscale = { cost = 0.5 }\n',
    )
    assert case.tables["leaders"].column("in_office") == [False, False, True]
    assert case.tables["leaders"].rows[2]["line"] == 1.0
    assert case.tables["events"].rows[0]["days"] == 2.5
    assert case.tables["demands"].column("cost")[:3] == [0.05, 0.1, 0.35]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[change]]\ntable = "evanes"\nwhere = {}\nremove = true', "did you mean events?"),
        ('[[change]]\ntable = "events"\nwhere = { idd = "X" }\nremove = true', "did you mean id?"),
        ('[[change]]\ntable = "events"\nwhere = { id = "E_SPECH" }\nremove = true', "did you mean E_SPEECH?"),
        (
            '[[change]]\ntable = "events"\nwhere = { id = ["E_HILLS", "E_HILS"] }\nremove = true',
            "found 'E_HILS'",
        ),
        ('[[change]]\ntable = "events"\nwhere = {id = "E_HILLS", days = 1}\nremove = true', "found '1'"),
        ('[[change]]\ntable = "events"\nwhere = {id = "E_HILLS", days = 0}\nremove = true', "No row has all"),
        ('[[change]]\ntable = "events"\nremove = true', "Name the rows"),
        ('[[change]]\ntable = "events"\nwhere = {}', "Say what to change"),
        ('[[change]]\ntable = "events"\nwhere = {}\nremove = true\nset = { days = 1 }', "Say what to change"),
        ('[[change]]\ntable = "events"\nwhere = {}\nremoves = true', "did you mean remove?"),
        ('[[change]]\ntable = "events"\nwhere = {}\nset = { belif = 1 }', "did you mean belief?"),
        ('[[change]]\ntable = "events"\nwhere = {}\nset = { belief = 2 }', "a number from -1 to 1"),
        ('[[change]]\ntable = "events"\nwhere = {}\nset = { belief = nan }', "finite"),
        ('[[change]]\ntable = "events"\nwhere = {}\nset = { belief = "" }', "change of the belief"),
        ('[[change]]\ntable = "events"\nwhere = {}\nscale = { belief = 100 }', "a number from -1 to 1"),
        ('[[change]]\ntable = "events"\nwhere = {}\nscale = { text = 2 }', "a column of numbers"),
        ('[[change]]\ntable = "events"\nwhere = {}\nscale = { belief = "x" }', "a factor"),
        (
            '[[change]]\ntable = "forces"\nwhere = { id = "F_RADIO_GUARD" }\nset = { base = "S_RADO" }',
            "S_RADIO?",
        ),
        ('[[change]]\ntable = "leaders"\nwhere = {}\nset = { in_office = false }', "one leader in office"),
        ('[[change]]\ntable = "links"\nwhere = { kind = "boulevard" }\nremove = true', "after the what-if"),
        ('change = "x"', "double brackets"),
        ('chnge = "x"', "did you mean change?"),
        ("[parameters]\ndeterence = 2", "did you mean deterrence?"),
        ("[parameters]\ndeterrence = 200", "a number (1) from 1.5 to 3.5"),
        ('[parameters]\ndeterrence = "2"', "a number (1) from 1.5 to 3.5"),
        ("[eve]\nbelif = 0.2", "did you mean belief?"),
        ("[eve]\nbelief = 2", "a number of at most 1"),
        ("[calendar]\nend = 1970-04-01T00:00:00", "a time after the start"),
        ("eve = 3", "a section [eve]"),
        ("[eve", "expected TOML"),
    ],
)
def test_wrong_what_if(folder: Path, text: str, expected: str) -> None:
    with pytest.raises(CaseError) as caught:
        what_if(folder, text)
    assert expected in str(caught.value)
    assert "mine.toml" in str(caught.value)


def test_all_faults_of_a_what_if_at_once(folder: Path) -> None:
    text = "[parameters]\nx = 1\n[eve]\nbelief = 2\n"
    text += '[[change]]\ntable = "events"\nwhere = { id = "E" }\nremove = true\n[[change]]\ntable = "event"\n'
    with pytest.raises(CaseError) as caught:
        what_if(folder, text)
    assert len(caught.value.faults) == 4
    assert [fault.line for fault in caught.value.faults] == [5, 3, 6, 10]


def test_unknown_what_if_with_nearest(case: Case) -> None:
    with pytest.raises(CaseError) as caught:
        case.what_if("no-new")
    assert "did you mean no-news?" in str(caught.value)
    assert "strong-guard" in str(caught.value)
    with pytest.raises(CaseError):
        case.what_if("\0.toml")


def test_checking_a_case_tries_its_what_ifs(folder: Path) -> None:
    (folder / "whatif" / "bad.toml").write_text('title = "Bad"\n[eve]\nbelief = 2\n')
    load_case(folder)
    with pytest.raises(CaseError, match="at most 1"):
        check_case(folder)


# ---- small changes in Python ----------------------------------------------------------------------------


def test_with_table(case: Case) -> None:
    rows = [row | {"belief": 0.5} for row in case.tables["events"].rows]
    assert case.with_table("events", rows).tables["events"].column("belief") == [0.5] * 3
    with pytest.raises(CaseError, match="one leader in office"):
        case.with_table("leaders", [case.tables["leaders"].rows[1]])


def test_with_calendar(case: Case) -> None:
    start, end = datetime.datetime(1970, 5, 2), datetime.datetime(1970, 5, 3)
    cut = case.with_calendar(start=start, end=end)
    assert cut.settings.calendar.n_steps == 48
    assert cut.tables is case.tables
    assert cut.digest != case.digest
    with pytest.raises(CaseError, match="a time after the start"):
        case.with_calendar(start=end, end=start)
