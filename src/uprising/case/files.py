"""Reading the text of a case's files: regular files of a sensible size in UTF-8, everything else is a fault."""

from __future__ import annotations

import codecs
import stat
from pathlib import Path

from uprising.case.faults import Fault
from uprising.errors import HIDDEN
from uprising.schema import limit

KINDS = (
    (stat.S_ISFIFO, "A pipe"),
    (stat.S_ISSOCK, "A socket"),
    (stat.S_ISCHR, "A device"),
    (stat.S_ISBLK, "A device"),
)
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
AS_UTF_8 = "Save the file as UTF-8 (spreadsheets: 'CSV UTF-8')."


def read_text(file: Path, faults: list[Fault], most: str = "file_bytes") -> str | None:
    """Read the text of a file.

    Parameters
    ----------
    file : where it lies
    faults : what is wrong is added here: no file, none that can be read, too long, not UTF-8
    most : name of the limit (schema/limits.csv) on its size

    Returns
    -------
    str or None
        Without a byte order mark; None where there is a fault.
    """
    data = _read_bytes(file, limit(most), faults)
    if data is None:
        return None
    if data.startswith(UTF_16) or b"\0" in data[:200]:
        remedy = f"It looks like UTF-16 ('Unicode text' of a spreadsheet) or is no text. {AS_UTF_8}"
        faults.append(Fault(str(file), "text in UTF-8", remedy))
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        in_line = fault.start - (data.rfind(b"\n", 0, fault.start) + 1) + 1
        remedy = f"It stands at byte {in_line} of the line ({fault.start} of the file). {AS_UTF_8}"
        value = f"byte 0x{data[fault.start]:02X}"
        faults.append(Fault(str(file), "text in UTF-8", remedy, line=line, value=value))
        return None


def _read_bytes(file: Path, most: int, faults: list[Fault]) -> bytes | None:
    try:
        status = file.stat()
        for is_kind, words in KINDS:
            if is_kind(status.st_mode):
                # reading one could wait, or go on, for ever
                faults.append(Fault(str(file), "a file", f"{words} is in its place: remove or replace it."))
                return None
        if status.st_size > most:
            faults.append(_too_long(file, status.st_size, most))
            return None
        with open(file, "rb") as stream:
            data = stream.read(most + 1)  # a file may grow, and some have a size of 0 and no end
    except FileNotFoundError:
        remedy = "Add it; `uprising case new NAME` writes a complete example."
        faults.append(Fault(str(file), "this file", remedy))
        return None
    except IsADirectoryError:
        faults.append(Fault(str(file), "a file", "A folder is in its place: remove or rename the folder."))
        return None
    except OSError as fault:
        faults.append(Fault(str(file), "a file that can be read", f"The system says: {fault.strerror}."))
        return None
    if len(data) > most:
        faults.append(_too_long(file, len(data), most))
        return None
    return data


def _too_long(file: Path, size: int, most: int) -> Fault:
    remedy = "Check that it is the right file, or shorten it."
    return Fault(str(file), f"at most {most:,} bytes", remedy, value=f"{size:,} bytes or more")


def hidden_character(text: str) -> str | None:
    """The first character of a text that a terminal would obey and not show, or None.

    Examples
    --------
    >>> hidden_character("Poznań\\nand Łódź") is None
    True
    >>> hidden_character("\\x1b[2J")
    '\\x1b'
    """
    found = HIDDEN.search(text.replace("\r", "\n"))
    return found.group() if found else None


def hidden_character_fault(text: str) -> tuple[str, str, None] | None:
    """(expected, remedy, nearest) of a text with a hidden character, as for a cell; None for a sound text."""
    found = hidden_character(text)
    if found is None:
        return None
    return "a text without control characters", f"Remove the character U+{ord(found):04X}.", None
