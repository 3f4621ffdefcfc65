"""Standard streams as users leave them to a program: closed, piped, or without most letters."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO


def settle() -> None:
    """Make sure that there are three standard streams, and that printing never fails for want of a letter.

    A service, a cron job or pythonw starts a program without some of them. The numbers 0 to 2 must then not fall to
    files that the program opens, or whatever a library prints would be written into a result.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != descriptor:
                os.dup2(nowhere, descriptor)
                os.close(nowhere)
    sys.stdout = _settled(sys.stdout, 1, "replace")
    sys.stderr = _settled(sys.stderr, 2, "backslashreplace")


def _settled(stream: TextIO | None, descriptor: int, errors: str) -> TextIO:
    if stream is None or stream.closed:
        return open(descriptor, "w", encoding="utf-8", errors=errors, closefd=False)
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors=errors)
    return stream


def can_print(text: str) -> bool:
    """Whether standard output has all letters of a text."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def close_up(code: int) -> int:
    """Write out what is still to be printed.

    Parameters
    ----------
    code
        Exit code of the command.

    Returns
    -------
    int
        The same; 1 for a command that was done but whose output could not be written.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError) as error:
            _abandon(stream)
            code = code or 1
            # a reader that has gone (uprising ... | head) needs no words
            if stream is sys.stdout and not isinstance(error, BrokenPipeError):
                print(f"could not write the output: {error}", file=sys.stderr)
    return code


def _abandon(stream: TextIO) -> None:
    """Send what is still to be printed nowhere, or Python would complain of it on leaving."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    # a stream of a notebook or a test has no number
    with contextlib.suppress(OSError, ValueError):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
