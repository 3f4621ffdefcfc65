"""The command line: one file a command, each importing its work only when it is called."""

from __future__ import annotations

import errno
import gc
import os
import sys
import warnings
from typing import Any

from uprising.errors import OutputError, UserError


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    0 done, 2 wrong input, 130 interrupted, 1 anything else. No traceback is shown unless the environment has
    UPRISING_DEBUG.

    Parameters
    ----------
    arguments
        The words after the program's name; those of the process when None.
    """
    from uprising.cli import streams

    streams.settle()
    # loading the program makes a million objects that stay: to look through them for garbage again and again
    # takes time, and the work itself leaves little
    gc.set_threshold(300_000)

    warnings.showwarning = _show_warning
    debugging = bool(os.environ.get("UPRISING_DEBUG"))
    words = sys.argv[1:] if arguments is None else arguments
    code = 0
    try:
        code = _carry_out(words)
    except BrokenPipeError:
        # the reader of our output has gone (uprising ... | head): leave quietly
        code = 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        code = 130
    except Exception as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            _say(str(error.__cause__) or "interrupted")
            code = 130
        elif debugging:
            raise
        else:
            code = _explain(error)
    finally:
        # nor need they be looked through once more on leaving, which took 0.3 s
        gc.freeze()
    sys.exit(streams.close_up(code))


def _carry_out(words: list[str]) -> int:
    """Run the command that the words name; its exit code."""
    from uprising.cli.application import build

    faults = [word for word in words if not _is_utf8(word)]
    if faults:
        shown = ", ".join(os.fsencode(word).decode("utf-8", "backslashreplace") for word in faults)
        raise UserError(f"{shown}: this is not valid UTF-8; rename the file or folder, or choose another")
    try:
        build()(args=words, prog_name="uprising")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    return 0


def _is_utf8(word: str) -> bool:
    try:
        word.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: Any = None,
    line: Any = None,
) -> None:
    """Tell a user what to know about a folder in a line, any other warning as Python does."""
    from uprising.errors import FolderWarning

    if issubclass(category, FolderWarning):
        _say(f"note: {message}")
    else:
        print(warnings.formatwarning(message, category, filename, lineno, line), file=sys.stderr, end="")


def _say(text: str) -> None:
    """Print a message on standard error; what it quotes may hold anything."""
    from uprising.errors import printable

    print(printable(text), file=sys.stderr)


def _explain(error: Exception) -> int:
    """Tell the user what went wrong on standard error; the exit code."""
    if isinstance(error, ValueError) and hasattr(error, "faults"):
        _say(str(error))
        return 2
    if isinstance(error, OutputError):
        _say(str(error))
        return 1
    if isinstance(error, MemoryError):
        print("not enough memory; try a smaller --scale", file=sys.stderr)
        return 1
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        _say(f"could not write {error.filename or 'the output'}: {error.strerror}")
        return 1
    _say(f"unexpected failure: {type(error).__name__}: {error}")
    print(_keep_log(error), file=sys.stderr)
    return 1


def _keep_log(error: Exception) -> str:
    """Write the traceback where the user can find it; a sentence that says where."""
    import tempfile
    import traceback
    from pathlib import Path

    import platformdirs

    text = "".join(traceback.format_exception(error))
    for folder in (Path(platformdirs.user_log_dir("uprising")), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", errors="backslashreplace", dir=folder, prefix="failure-", suffix=".txt",
                delete=False,
            ) as file:  # fmt: skip
                file.write(f"uprising {' '.join(sys.argv[1:])}\n\n{text}")
            return f"the details are in {file.name}; with UPRISING_DEBUG=1 they are shown here"
        except OSError:
            continue
    return "with UPRISING_DEBUG=1 the details are shown here"
