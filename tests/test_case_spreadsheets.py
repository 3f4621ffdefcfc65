"""Tables as spreadsheets of many countries save them: read right where only one reading is possible, else refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from case_folders import faults_of, new_case, only_fault, table_file
from uprising.case import load_case
from uprising.case.delimited import has_decimal_commas
from uprising.record.tables import check_record, read_record
from uprising.schema import table_columns, tables

Change = Callable[[str], str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return new_case(tmp_path)


def saved(text: str, separator: str, decimal: str, table: str) -> str:
    """A table of the template as a spreadsheet saves it."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    numbers = {column.name for column in table_columns(table) if column.type == "number"}
    at = [i for i, name in enumerate(rows[0]) if name in numbers]
    for row in rows[1:]:
        for i in at:
            row[i] = row[i].replace(".", decimal)
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize(
    ("separator", "decimal"), [(";", ","), (";", "."), ("\t", ","), ("\t", "."), (",", ".")]
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_table_as_a_spreadsheet_saves_it(folder: Path, separator: str, decimal: str, mark: str) -> None:
    digest = load_case(folder).digest
    for table in tables():
        file = table_file(folder, table)
        text = (
            mark
            + saved(file.read_text(encoding="utf-8"), separator, decimal, table)
            + separator * 3
            + "\r\n\r\n"
        )
        file.write_bytes(text.encode())
    assert load_case(folder).digest == digest


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + "\n\n,,,\n",
        lambda text: "\n\n" + text,
        lambda text: "sep=,\n" + text,
        lambda text: "\n".join(line + ",," for line in text.splitlines()),
        lambda text: "\n".join(
            ",".join(f'"{cell}"' for cell in row) for row in csv.reader(text.splitlines())
        ),
    ],
    ids=["CRLF", "blank rows", "blank lines first", "sep=", "empty columns", "all quoted"],
)
def test_harmless_forms(folder: Path, change: Change) -> None:
    digest = load_case(folder).digest
    for table in tables():
        file = table_file(folder, table)
        file.write_bytes(change(file.read_text(encoding="utf-8")).encode())
    assert load_case(folder).digest == digest


def test_lines_are_counted_after_a_separator_line(folder: Path) -> None:
    file = table_file(folder, "council")
    text = saved(file.read_text(encoding="utf-8"), ";", ",", "council").replace("0,3", "much", 1)
    file.write_bytes(b"sep=;\r\n" + text.encode())
    fault = only_fault(folder)
    assert (fault.line, fault.value) == (2 + text[: text.index("much")].count("\n"), "much5")


@pytest.mark.parametrize(
    ("separator", "numbers", "expected"),
    [
        (";", ["0,5"], True),
        (";", ["12,25", "1,234"], True),
        (";", ["-0,125", "7"], True),
        (";", ["1,234"], False),
        (";", ["0,5", "0.5"], False),
        (";", ["7", ""], False),
        (",", ["0,5"], False),
    ],
)
def test_decimal_commas_only_beyond_doubt(separator: str, numbers: list[str], expected: bool) -> None:
    assert has_decimal_commas(separator, numbers) is expected


def test_numbers_that_can_be_read_in_two_ways_are_refused(folder: Path) -> None:
    file = table_file(folder, "neighbours")
    text = saved(file.read_text(encoding="utf-8"), ";", ",", "neighbours")
    first = text.splitlines()[1].split(";")
    file.write_text(text.replace(first[2], "0.4", 1), encoding="utf-8")
    faults = faults_of(folder)
    assert faults
    assert all("Write decimals with a point" in fault.remedy for fault in faults)
    assert {fault.file for fault in faults} == {str(file)}


def test_counts_have_no_comma(folder: Path) -> None:
    file = table_file(folder, "sites")
    text = saved(file.read_text(encoding="utf-8"), ";", ",", "sites").replace(";20000;", ";20,000;", 1)
    file.write_text(text, encoding="utf-8")
    assert only_fault(folder).value == "20,000"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_of_unicode_are_refused_with_the_remedy(folder: Path, encoding: str) -> None:
    file = table_file(folder, "council")
    file.write_bytes(file.read_text(encoding="utf-8").encode(encoding))
    fault = only_fault(folder)
    assert fault.expected == "text in UTF-8"
    assert "CSV UTF-8" in fault.remedy


def test_old_encodings_are_refused_with_the_remedy(folder: Path) -> None:
    file = table_file(folder, "council")
    file.write_bytes(file.read_bytes().replace(b"Marshal", "Märschall".encode("cp1252")))
    fault = only_fault(folder)
    assert (fault.expected, fault.value) == ("text in UTF-8", "byte 0xE4")
    assert "CSV UTF-8" in fault.remedy


TURNS = "kind,time,time_low,time_high,text,source\nshots,1970-05-02T09:00,,,Shots at night,EXAMPLE\n"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t").replace("\n", "\r\n"),
        lambda text: "\n" + text + "\n,,,,,\n\n",
    ],
    ids=["BOM", "semicolons", "tabulators", "blank lines"],
)
def test_a_record_is_read_by_the_same_rules(folder: Path, change: Change) -> None:
    (folder / "record").mkdir()
    (folder / "record" / "turns.csv").write_bytes(change(TURNS).encode())
    assert check_record(load_case(folder)) == []
    (turn,) = read_record(folder, "turns")
    assert (turn["kind"], turn["text"], turn["source"]) == ("shots", "Shots at night", ("EXAMPLE",))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("1970-05-02T09:00", "1970-05-02T09:00+01:00", "without a time zone"),
        ("1970-05-02T09:00", "1525-05-02T09:00", "a year from 1678"),
        ("Shots at night", "Shots\x1b[2J", "without control characters"),
        (TURNS, TURNS.encode("utf-16").decode("latin-1"), "text in UTF-8"),
    ],
)
def test_a_record_that_cannot_be_read_is_found(folder: Path, old: str, new: str, expected: str) -> None:
    (folder / "record").mkdir()
    (folder / "record" / "turns.csv").write_bytes(TURNS.replace(old, new).encode("latin-1"))
    (fault,) = check_record(load_case(folder))
    assert expected in str(fault)
