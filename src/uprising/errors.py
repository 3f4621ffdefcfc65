"""The project's own exceptions; every layer may raise them, so this module imports nothing of the project."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""control characters but for tabulator and line feed, those that change the direction of writing, half characters"""


class UserError(ValueError):
    """Wrong input: a message that says what was given, what was expected and how to mend it.

    The command line prints it without a traceback and exits with 2.

    Parameters
    ----------
    *faults
        One text a fault; all faults that were found at once.
    """

    def __init__(self, *faults: str) -> None:
        self.faults: list[str] = list(faults)
        super().__init__("\n".join(faults))


class DamagedError(UserError):
    """A file in the folder of a run or an ensemble is missing, or is not what was written there.

    Parameters
    ----------
    folder
        The folder of the run or the ensemble.
    file
        Path of the file inside the folder.
    reason
        What is wrong with it.
    """

    def __init__(self, folder: Path | str, file: str, reason: str) -> None:
        self.folder, self.file, self.reason = str(folder), file, reason
        super().__init__(f"{folder}: {file} {reason}")

    def __reduce__(self) -> tuple[type[DamagedError], tuple[str, str, str]]:
        return DamagedError, (self.folder, self.file, self.reason)


class FolderWarning(UserWarning):
    """Something to know about the folder of a run, an ensemble or a case that is opened."""


class Interrupted(KeyboardInterrupt):
    """A run was stopped by Ctrl-C or another signal; the command line prints the message and exits with 130.

    It is a KeyboardInterrupt, so that `except Exception` in a loop of runs does not swallow it.

    Parameters
    ----------
    message
        What was saved, and how to go on.
    folder
        Folder from which the run can be resumed, if its state was saved.
    """

    def __init__(self, message: str, folder: Path | None = None) -> None:
        self.folder = folder
        super().__init__(message)


class OutputError(OSError):
    """A result could not be written (disk full, no permission); what was there before is intact."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The hint `; did you mean 'x'?`, or an empty text where nothing known resembles the name.

    Examples
    --------
    >>> nearest("studnet", ["student", "worker"])
    "; did you mean 'student'?"
    """
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean '{found[0]}'?" if found else ""


def printable(text: str) -> str:
    r"""Return the text with every character that a terminal would obey written out; line ends stay.

    Examples
    --------
    >>> print(printable("a\x1b[2Jb"))
    a\x1b[2Jb
    """
    return HIDDEN.sub(lambda found: ascii(found.group())[1:-1], text)
