"""Delimited text as spreadsheets write it: separators, decimal commas, line ends, blank lines, quotes.

The form is RFC 4180 with commas. Semicolons and tabulators, which spreadsheets write where the comma is the
decimal sign, are understood too; what can be read in two ways is refused.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from uprising.case.faults import Fault

SEPARATORS = (",", ";", "\t")
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
"""1,234 is one and a bit for some and more than a thousand for others"""
POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Delimited:
    """The cells of a delimited text.

    Parameters
    ----------
    separator : the character between cells
    header : names of the columns
    header_line : its line in the file
    rows : (line of the file, cells) of each row that isn't blank
    """

    separator: str
    header: list[str]
    header_line: int
    rows: list[tuple[int, list[str]]]


def split_rows(
    text: str, file: str, known: Collection[str], most: int, faults: list[Fault]
) -> Delimited | None:
    """Split a text into rows of cells.

    Parameters
    ----------
    text, file : the text and the name of its file
    known : names that columns may have; they tell the separator
    most : the most rows; a file with more is not read to its end
    faults : what is wrong is added here

    Returns
    -------
    Delimited or None
        None where no row could be understood.
    """
    body, first_line = _without_separator_line(text)
    separator = _separator(body, known)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    header: list[str] | None = None
    header_line = first_line
    rows: list[tuple[int, list[str]]] = []
    line = first_line
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if header is None:
                    header, header_line = [cell.strip() for cell in cells], first_line + reader.line_num - 1
                elif len(rows) == most:
                    remedy = "Merge rows, or check that it is the right file."
                    faults.append(Fault(file, f"at most {most:,} rows", remedy, line))
                    return None
                else:
                    rows.append((line, cells))
            line = first_line + reader.line_num
    except csv.Error as fault:
        remedy = f"{fault}. Check the double quotes; a quote inside a quoted text is written twice."
        faults.append(Fault(file, "comma-separated values (RFC 4180)", remedy, line))
        if header is None:
            return None
    if header is None:
        remedy = "The file is empty: write the header and at least one row."
        faults.append(Fault(file, f"the header {','.join(known)}", remedy))
        return None
    _drop_empty_columns(header, rows)
    return Delimited(separator, header, header_line, rows)


def _without_separator_line(text: str) -> tuple[str, int]:
    """The text after a first line like `sep=;`, which spreadsheets write and read, and its first line."""
    found = re.match(r"sep=[,;\t]\r?\n", text)
    return (text[found.end() :], 2) if found else (text, 1)


def _separator(text: str, known: Collection[str]) -> str:
    """The separator under which most names of the header are known ones."""
    start = re.match(r"\s*", text)
    line = re.match(r"[^\r\n]*", text[start.end() if start else 0 :])
    header = line.group() if line else ""
    names = set(known)

    def hits(separator: str) -> int:
        return sum(cell.strip().strip('"') in names for cell in header.split(separator))

    return max(SEPARATORS, key=hits)


def _drop_empty_columns(header: list[str], rows: list[tuple[int, list[str]]]) -> None:
    """Forget columns at the right end that are empty in every row: a spreadsheet's used range."""
    width = len(header)
    while (
        width and not header[width - 1] and all(not "".join(cells[width - 1 :]).strip() for _, cells in rows)
    ):
        width -= 1
    if width < len(header):
        del header[width:]
        for _, cells in rows:
            del cells[width:]


def has_decimal_commas(separator: str, numbers: Iterable[str]) -> bool:
    """Whether commas in cells of numbers are decimal signs beyond doubt.

    Parameters
    ----------
    separator : between cells of the file; where that is the comma, no comma is a decimal sign
    numbers : texts of all cells of the file that should be numbers and may have decimals

    Returns
    -------
    bool
        True where at least one number can't be meant otherwise and none has a decimal point.

    Examples
    --------
    >>> has_decimal_commas(";", ["0,5", "1,234", "7"])
    True
    >>> has_decimal_commas(";", ["1,234", "7"]), has_decimal_commas(";", ["0,5", "0.5"])
    (False, False)
    """
    if separator == ",":
        return False
    is_clear = False
    for text in numbers:
        if POINT.fullmatch(text):
            return False
        is_clear |= DECIMAL_COMMA.fullmatch(text) is not None and THOUSANDS.fullmatch(text) is None
    return is_clear
