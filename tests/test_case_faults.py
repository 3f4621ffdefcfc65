"""Every wrong input gives a message with file, line, column, value, what was expected and how to mend it."""

from __future__ import annotations

import pickle
import random
import shutil
from pathlib import Path

import pytest

from case_folders import edit, faults_of, line_with, new_case, only_fault, put, replace_in, table_file
from uprising.case import CaseError, check_case, load_case
from uprising.case.tables import MAY_BE_EMPTY
from uprising.errors import UserError
from uprising.schema import tables


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return new_case(tmp_path)


def test_template_has_no_faults(folder: Path) -> None:
    assert faults_of(folder) == []


# ---- folders and files ----------------------------------------------------------------------------------


def test_unknown_case_names_the_shipped_ones() -> None:
    with pytest.raises(CaseError) as caught:
        load_case("hungary-1965")
    message = str(caught.value)
    assert "hungary-1965" in message
    assert "did you mean hungary-1956?" in message
    assert "uprising case list" in message


@pytest.mark.parametrize("name", ["", "nowhere/at/all", "x" * 5000, "\0"])
def test_names_that_no_folder_has(name: str) -> None:
    with pytest.raises(CaseError, match="expected the folder of a case"):
        load_case(name)


def test_folder_that_is_a_file(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "case"
    file.write_text("x")
    with pytest.raises(CaseError, match="This is a file: give the folder that holds case"):
        load_case(file)
    with pytest.raises(CaseError, match=f"Give the folder: {folder}"):
        load_case(folder / "case.toml")


def test_folder_that_is_no_case(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="This is no case") as caught:
        load_case(tmp_path)
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize(
    "table", ["places", "roles", "ages", "sites", "links", "forces", "events", "sources"]
)
def test_missing_table(folder: Path, table: str) -> None:
    table_file(folder, table).unlink()
    faults = [fault for fault in faults_of(folder) if fault.file.endswith(f"{table}.csv")]
    assert len(faults) == 1
    assert "expected this file" in str(faults[0])


def test_missing_settings(folder: Path) -> None:
    (folder / "case.toml").unlink()
    assert only_fault(folder).file.endswith("case.toml")


def test_table_that_is_a_folder(folder: Path) -> None:
    table_file(folder, "powers").unlink()
    table_file(folder, "powers").mkdir()
    assert any("A folder is in its place" in str(fault) for fault in faults_of(folder))


def test_table_under_a_wrong_name(folder: Path) -> None:
    shutil.copy(table_file(folder, "events"), folder / "inputs" / "evanes.csv")
    fault = only_fault(folder)
    assert fault.nearest == "events"
    assert "evanes.csv" in str(fault)


@pytest.mark.parametrize("table", ["places", "events", "workplaces", "sources"])
@pytest.mark.parametrize("text", ["", "\n\n"])
def test_empty_file(folder: Path, table: str, text: str) -> None:
    file = table_file(folder, table)
    file.write_text(text, encoding="utf-8")
    faults = [fault for fault in faults_of(folder) if fault.file == str(file)]
    assert any("empty" in fault.remedy for fault in faults)


@pytest.mark.parametrize("table", [name for name in tables() if name not in MAY_BE_EMPTY])
@pytest.mark.parametrize("text", ["header"])
def test_empty_table(folder: Path, table: str, text: str) -> None:
    file = table_file(folder, table)
    header = file.read_text(encoding="utf-8").splitlines()[0] + "\n"
    file.write_text(header if text == "header" else text, encoding="utf-8")
    faults = [fault for fault in faults_of(folder) if fault.file == str(file)]
    assert any("empty" in fault.remedy for fault in faults)


def test_tables_of_which_a_run_needs_no_row_may_be_empty(folder: Path) -> None:
    put(folder, "events", 4, "power", "")
    for table in MAY_BE_EMPTY:
        edit(folder, table, lambda rows: rows.__delitem__(slice(1, None)))
    assert faults_of(folder) == []


def test_wrong_encoding_names_byte_and_line(folder: Path) -> None:
    file = table_file(folder, "places")
    file.write_bytes(file.read_bytes().replace(b"Coalbridge", "Kohlbrücke".encode("iso8859-2")))
    fault = next(fault for fault in faults_of(folder) if fault.file == str(file))
    line = line_with(new_case(folder.parent, "other"), "places", id="T_COAL")
    assert fault.line == line
    assert fault.value == "byte 0xFC"
    assert "expected text in UTF-8" in str(fault)
    assert "byte 14 of the line" in str(fault)


def test_byte_order_mark_is_no_fault(folder: Path) -> None:
    file = table_file(folder, "places")
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert faults_of(folder) == []


def test_binary_file(folder: Path) -> None:
    table_file(folder, "roles").write_bytes(bytes(range(256)) * 10)
    assert any(fault.file.endswith("roles.csv") for fault in faults_of(folder))


# ---- headers and cells ----------------------------------------------------------------------------------


def test_unknown_and_missing_column(folder: Path) -> None:
    edit(folder, "sites", lambda rows: rows[0].__setitem__(rows[0].index("capacity"), "capasity"))
    faults = faults_of(folder)
    missing, unknown = faults
    assert (missing.line, missing.column, missing.nearest) == (1, "capacity", "capasity")
    assert (unknown.line, unknown.value, unknown.nearest) == (1, "capasity", "capacity")


def test_column_twice(folder: Path) -> None:
    edit(folder, "powers", lambda rows: [row.append(row[0]) for row in rows])
    assert "each column once" in str(only_fault(folder))


def test_other_separator(folder: Path) -> None:
    file = table_file(folder, "council")
    file.write_text(file.read_text(encoding="utf-8").replace(",", "|"), encoding="utf-8")
    assert "columns separated by commas" in str(only_fault(folder))


def test_too_many_and_too_few_cells(folder: Path) -> None:
    edit(folder, "council", lambda rows: (rows[1].append("x"), rows[2].pop()))
    first, second = faults_of(folder)
    assert (first.line, first.value) == (2, "7 cells")
    assert (second.line, second.value) == (3, "5 cells")


def test_unclosed_quote(folder: Path) -> None:
    file = table_file(folder, "council")
    file.write_text(file.read_text(encoding="utf-8").replace("Marshal", '"Marshal'), encoding="utf-8")
    fault = next(fault for fault in faults_of(folder) if "RFC 4180" in fault.expected)
    assert fault.line == 3


@pytest.mark.parametrize(
    ("table", "column", "value", "expected", "remedy"),
    [
        ("council", "weight", "heavy", "a number from 0 to 1", "Correct"),
        ("council", "weight", "0,5", "a number from 0 to 1", "point"),
        ("council", "weight", "NaN", "a number from 0 to 1", "finite"),
        ("council", "weight", "-inf", "a number from 0 to 1", "finite"),
        ("council", "weight", "1e999", "a number from 0 to 1", "above"),
        ("council", "weight", "1_0", "a number from 0 to 1", "Correct"),
        ("council", "weight", "1.01", "a number from 0 to 1", "Correct"),
        ("council", "weight", "-0.1", "a number from 0 to 1", "Correct"),
        ("council", "weight", "", "a value (voice in the council)", "Fill"),
        ("council", "id", "Marshal Ü", "a name of capital ASCII letters", "Rename"),
        ("sites", "capacity", "-5", "a whole number (person) from 0 to 10000000", "Correct"),
        ("sites", "capacity", "2.5", "a whole number (person) from 0 to 10000000", "Round"),
        ("sites", "capacity", "9" * 30, "a whole number (person) from 0 to 10000000", "above"),
        ("sites", "latitude", "91", "a number (degree) from -90 to 90", "Correct"),
        ("sites", "is_open", "maybe", "one of yes, no", "words"),
        ("events", "time", "1970-13-01T00:00", "a local time like", "Correct"),
        ("events", "time", "1970-05-02 09:00", "a local time like", "Correct"),
    ],
)
def test_wrong_cell(folder: Path, table: str, column: str, value: str, expected: str, remedy: str) -> None:
    put(folder, table, 2, column, value)
    fault = next(fault for fault in faults_of(folder) if fault.column == f"column {column}")
    assert fault.file == str(table_file(folder, table))
    assert fault.line == 2
    assert fault.value == value
    assert fault.expected.startswith(expected)
    assert remedy in fault.remedy
    if value:
        assert value[:20] in str(fault)


def test_unknown_choice_with_nearest(folder: Path) -> None:
    line = line_with(folder, "roles", place="T_MILL", role="student")
    put(folder, "roles", line, "role", "studnet")
    fault = next(fault for fault in faults_of(folder) if fault.column == "column role")
    assert (fault.line, fault.value, fault.nearest) == (line, "studnet", "student")
    assert "did you mean student?" in str(fault)


def test_negative_population(folder: Path) -> None:
    line = line_with(folder, "places", id="T_MILL")
    put(folder, "places", line, "population", "-9000")
    fault = only_fault(folder)
    assert (fault.line, fault.column, fault.value) == (line, "column population", "-9000")
    assert "from 0 to" in str(fault)


def test_cells_may_span_lines(folder: Path) -> None:
    put(folder, "events", 2, "text", "one\nand two")
    put(folder, "events", 3, "belief", "2")
    # the second row starts in line 4 because the first has two lines
    assert only_fault(folder).line == 4


# ---- names ----------------------------------------------------------------------------------------------


def test_duplicate_id(folder: Path) -> None:
    put(folder, "council", 3, "id", "M_FIRST")
    fault = only_fault(folder)
    assert (fault.line, fault.value) == (3, "M_FIRST")
    assert "already used in line 2" in str(fault)


def test_place_and_site_with_one_name(folder: Path) -> None:
    old = put(folder, "sites", 2, "id", "T_MILL")
    fault = next(fault for fault in faults_of(folder) if fault.expected == "a unique name")
    assert fault.file.endswith("sites.csv")
    assert "of places.csv" in str(fault)
    assert old == "S_PARLIAMENT"


@pytest.mark.parametrize(
    ("table", "column", "value", "nearest"),
    [
        ("roles", "place", "T_MIL", "T_MILL"),
        ("sites", "place", "D_OLDTOWN", "D_OLD_TOWN"),
        ("links", "from_id", "D_OLDTOWN", "D_OLD_TOWN"),
        ("forces", "base", "S_PARTYHOUSE", "S_PARTY_HOUSE"),
        ("workplaces", "site", "S_SHIPYRD", "S_SHIPYARD"),
        ("places", "parent", "LAKLAND", "LAKELAND"),
        ("events", "power", "P_OVERSEA", "P_OVERSEAS"),
    ],
)
def test_unknown_reference_with_nearest(
    folder: Path, table: str, column: str, value: str, nearest: str
) -> None:
    line = 3 if table == "places" else 2
    put(folder, table, line, column, value)
    fault = next(fault for fault in faults_of(folder) if fault.value == value)
    assert (fault.line, fault.column, fault.nearest) == (line, f"column {column}", nearest)
    assert f"did you mean {nearest}?" in str(fault)


def test_unknown_source(folder: Path) -> None:
    put(folder, "council", 2, "source", "EST; EXAMPLF")
    fault = only_fault(folder)
    assert (fault.value, fault.nearest) == ("EXAMPLF", "EXAMPLE")


# ---- tables seen together -------------------------------------------------------------------------------


def test_roles_that_do_not_add_up(folder: Path) -> None:
    line = line_with(folder, "roles", place="T_MILL", role="student")
    before = int(put(folder, "roles", line, "count", "999"))
    fault = only_fault(folder)
    assert fault.line == line_with(folder, "places", id="T_MILL")
    assert fault.value == "9000"
    assert str(9000 + 999 - before) in fault.expected
    assert f"difference is {999 - before:+d}" in str(fault)


def test_place_without_roles(folder: Path) -> None:
    edit(
        folder,
        "roles",
        lambda rows: rows.__setitem__(slice(1, None), [r for r in rows[1:] if r[0] != "T_COAL"]),
    )
    assert any("no row for T_COAL" in str(fault) for fault in faults_of(folder))


def test_role_twice(folder: Path) -> None:
    line = line_with(folder, "roles", place="T_MILL", role="student")
    put(folder, "roles", line, "role", "industrial_worker")
    assert "each place and role once" in str(only_fault(folder))


def test_people_in_a_county(folder: Path) -> None:
    put(folder, "places", line_with(folder, "places", id="C_NORTH"), "population", "5")
    assert "expected no population" in str(only_fault(folder))
    put(folder, "places", line_with(folder, "places", id="C_NORTH"), "population", "")
    edit(folder, "roles", lambda rows: rows.append(["C_NORTH", "student", "5", "EXAMPLE"]))
    assert "Give these people to the districts" in str(only_fault(folder))


def test_town_without_population(folder: Path) -> None:
    put(folder, "places", line_with(folder, "places", id="T_MILL"), "population", "")
    assert "expected a population" in str(only_fault(folder))


def test_low_above_high(folder: Path) -> None:
    edit(
        folder,
        "places",
        lambda rows: [row.append(x) for row, x in zip(rows, ["population_low", *[""] * 20], strict=False)],
    )
    line = line_with(folder, "places", id="T_MILL")
    put(folder, "places", line, "population_low", "9001")
    fault = only_fault(folder)
    assert (fault.line, fault.column) == (line, "column population_low")


def test_ages_that_do_not_add_up(folder: Path) -> None:
    put(folder, "ages", 2, "share", "0.5")
    fault = only_fault(folder)
    assert "shares of student that add up to 1" in str(fault)
    assert "Divide them by 1.34" in str(fault)


def test_ages_missing_for_a_role(folder: Path) -> None:
    edit(
        folder,
        "ages",
        lambda rows: rows.__setitem__(slice(1, None), [r for r in rows[1:] if r[0] != "police"]),
    )
    assert "expected ages of police" in str(only_fault(folder))


def test_ages_overlap_or_run_backwards(folder: Path) -> None:
    put(folder, "ages", 2, "age_high", "20")
    assert "overlaps the band 14-20 of line 2" in str(only_fault(folder))
    put(folder, "ages", 2, "age_high", "13")
    assert "Exchange age_low and age_high" in str(only_fault(folder))


def test_workplace_bigger_than_its_role(folder: Path) -> None:
    put(folder, "workplaces", 3, "people", "50000")
    fault = only_fault(folder)
    assert (fault.line, fault.column, fault.value) == (3, "column people", "50000")
    assert "roles.csv has" in str(fault)


def test_workplace_and_site_in_a_container(folder: Path) -> None:
    put(folder, "workplaces", 2, "place", "T_HARBOUR")
    put(folder, "sites", 2, "place", "LAKELAND")
    messages = " ".join(map(str, faults_of(folder)))
    assert "Name the one whose people fill it first" in messages
    assert "Name the district, town or countryside around the site" in messages


def test_islands_are_named(folder: Path) -> None:
    keep = ["T_COAL", "S_COAL_SQUARE", "S_COAL_PIT"]

    def cut(rows: list[list[str]]) -> None:
        rows[1:] = [r for r in rows[1:] if (r[0] in keep) == (r[1] in keep)]

    edit(folder, "links", cut)
    faults = faults_of(folder)
    coal = next(fault for fault in faults if fault.value and "T_COAL" in fault.value)
    assert set(keep) <= set(coal.value.split(", "))
    assert "Nobody can travel to or from" in str(coal)
    assert coal.file.endswith("links.csv")


def test_link_to_itself(folder: Path) -> None:
    edit(folder, "links", lambda rows: rows.append(["T_MILL", "T_MILL", "road", "1"]))
    assert "two different ends" in str(only_fault(folder))


def test_force_outside_the_graph(folder: Path) -> None:
    put(folder, "forces", 2, "base", "T_HARBOUR")
    assert "a place on the travel graph" in str(only_fault(folder))


def test_parents_in_a_circle(folder: Path) -> None:
    put(folder, "places", line_with(folder, "places", id="C_NORTH"), "parent", "T_HARBOUR")
    faults = faults_of(folder)
    circle = [fault for fault in faults if "circle" in fault.remedy]
    assert len(circle) == 1
    assert "C_NORTH > T_HARBOUR > C_NORTH" in str(circle[0])


def test_wrong_kind_of_parent(folder: Path) -> None:
    put(folder, "places", line_with(folder, "places", id="D_DOCKS"), "parent", "C_NORTH")
    assert "expected a city as the parent of a district" in str(faults_of(folder)[0])
    put(folder, "places", line_with(folder, "places", id="D_DOCKS"), "parent", "")
    assert "expected the city that holds D_DOCKS" in str(faults_of(folder)[0])


def test_leaders_in_office(folder: Path) -> None:
    put(folder, "leaders", 2, "in_office", "no")
    assert "Write yes for the one who leads on the eve" in str(only_fault(folder))
    put(folder, "leaders", 2, "in_office", "yes")
    put(folder, "leaders", 4, "in_office", "yes")
    fault = only_fault(folder)
    assert fault.line == 4
    assert "Line 2 (L_STERN) is in office too" in str(fault)


def test_council_without_weight(folder: Path) -> None:
    for line in range(2, 6):
        put(folder, "council", line, "weight", "0")
    assert "a sum above 0" in str(only_fault(folder))


def test_rung_twice(folder: Path) -> None:
    put(folder, "demands", 3, "rung", "1")
    assert "each rung once" in str(only_fault(folder))


# ---- case.toml ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('title = "Island"', "title = Island", "expected TOML"),
        ("legitimacy = 0.2", "legitimacy = 1.2", "a number of at most 1"),
        ("legitimacy = 0.2", "legitimacy = nan", "finite number"),
        ("legitimacy = 0.2", 'legitimacy = "0.35"', "expected number"),
        ("legitimacy = 0.2", "legitimacy = true", "expected number"),
        ("legitimacy = 0.2", "legitimcy = 0.35", "did you mean legitimacy?"),
        ('"fire_if_threatened"', '"fire_if_threatend"', "did you mean fire_if_threatened?"),
        ("[people]", "[peopls]", "did you mean people?"),
        ("step_minutes = 30 ", "step_minutes = 45 ", "divides an hour"),
        ("step_minutes = 30 ", "step_minutes = 0 ", "a number of at least 1"),
        ("step_minutes = 30 ", "step_minutes = 30.5 ", "integer"),
        ("end = 1970-05-16T00:00:00", "end = 1970-04-16T00:00:00", "a time after the start"),
        ("end = 1970-05-16T00:00:00", "end = 1970-05-16T00:10:00", "whole number of steps"),
        ("end = 1970-05-16T00:00:00", "end = 1999-05-16T00:00:00", "at most 60000 steps"),
        ("end = 1970-05-16T00:00:00", "end = 1970-05-16T00:00:00Z", "without a time zone"),
        ("end = 1970-05-16T00:00:00", 'end = "soon"', "expected a local time"),
        ('capital = "T_HARBOUR"', 'capital = "T_HARBUOR"', "did you mean T_HARBOUR?"),
        ('capital = "T_HARBOUR"', 'capital = "C_NORTH"', "kind city or town"),
        ('country = "LAKELAND"', 'country = "LAKLAND"', "did you mean LAKELAND?"),
        ('id = "island"', 'id = "The Island"', "small letters, digits"),
        ("household_size = 3.0", "household_size = -3.0", "a number of at least 1"),
        ("hegemon = ", "hegemony = ", "a value for case.hegemon"),
    ],
)
def test_wrong_settings(folder: Path, old: str, new: str, expected: str) -> None:
    replace_in(folder / "case.toml", old, new)
    faults = [fault for fault in faults_of(folder) if fault.file.endswith("case.toml")]
    assert any(expected in str(fault) for fault in faults), faults
    assert all(fault.line is not None for fault in faults if "[people]" not in fault.expected)


def test_settings_in_another_encoding(folder: Path) -> None:
    file = folder / "case.toml"
    file.write_bytes(file.read_bytes().replace(b"Lakeland", "Seelánd".encode("iso8859-2")))
    assert "expected text in UTF-8" in str(only_fault(folder))


# ---- the message as a whole -----------------------------------------------------------------------------


def test_all_faults_at_once(folder: Path) -> None:
    put(folder, "council", 2, "weight", "heavy")
    put(folder, "sites", 3, "place", "D_OLDTOWN")
    put(folder, "places", line_with(folder, "places", id="T_MILL"), "population", "-1")
    table_file(folder, "neighbours").unlink()
    replace_in(folder / "case.toml", "belief = 0.15", "belief = 10")
    replace_in(folder / "case.toml", "step_minutes = 30", "step_minutes = 45")
    replace_in(folder / "case.toml", "T_HARBOUR", "T_HARBUOR")
    with pytest.raises(CaseError) as caught:
        load_case(folder)
    message = str(caught.value)
    assert message.startswith("7 faults:")
    for part in (
        "'heavy'",
        "D_OLDTOWN",
        "'-1'",
        "neighbours.csv",
        "eve.belief",
        "divides an hour",
        "HARBUOR",
    ):
        assert part in message
    assert isinstance(caught.value, UserError)


def test_a_flood_of_faults_is_counted_not_listed(folder: Path) -> None:
    edit(folder, "roles", lambda rows: [row.__setitem__(2, "x") for row in rows[1:]])
    with pytest.raises(CaseError) as caught:
        load_case(folder)
    assert len(caught.value.faults) > 40
    assert str(caught.value).count("found 'x'") == 12
    assert "more faults like these" in str(caught.value)


def test_a_fault_survives_pickling(folder: Path) -> None:
    put(folder, "council", 2, "weight", "heavy")
    with pytest.raises(CaseError) as caught:
        load_case(folder)
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.faults == caught.value.faults
    assert str(again) == str(caught.value)


TOKENS = [
    ",",
    "\n",
    '"',
    "-1",
    "nan",
    "",
    "1e308",
    "T_MILL",
    "=",
    "[",
    "}",
    "yes",
    "\0",
    "\r",
    "0",
    "district",
]


def test_no_spoiled_folder_gives_anything_but_faults(folder: Path) -> None:
    """Random damage: either the case still loads, or every fault is told."""
    files = sorted(file for file in folder.rglob("*") if file.suffix in (".csv", ".toml"))
    whole = {file: file.read_bytes() for file in files}
    refused = 0
    for seed in range(120):
        chance = random.Random(seed)
        for file in chance.sample(files, 2):
            data = bytearray(whole[file])
            at = chance.randrange(len(data))
            token = chance.choice(TOKENS).encode()
            if chance.random() < 0.2:
                del data[at:]
            elif chance.random() < 0.2:
                data[at] = 0xFF
            else:
                data[at : at + chance.randrange(2)] = token
            file.write_bytes(data)
        try:
            check_case(folder)
        except CaseError as error:
            refused += 1
            assert error.faults
            assert all(fault.expected and fault.remedy and fault.file for fault in error.faults)
        for file in files:
            file.write_bytes(whole[file])
    assert refused > 60
