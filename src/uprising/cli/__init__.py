"""The command line: one file a command, each importing its work only when it is called."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from typing import Any


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    0 done, 2 wrong input, 130 interrupted, 1 anything else. No traceback is shown unless the environment has
    UPRISING_DEBUG.

    Parameters
    ----------
    arguments
        The words after the program's name; those of the process when None.
    """
    # loading the program makes a million objects that stay: to look through them for garbage again and again
    # takes time, and the work itself leaves little
    gc.set_threshold(300_000)

    warnings.showwarning = _show_warning
    debugging = bool(os.environ.get("UPRISING_DEBUG"))
    try:
        from uprising.cli.application import build

        build()(args=arguments, prog_name="uprising")
    except BrokenPipeError:
        # the reader of our output has gone (uprising ... | head): leave quietly
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            _say(str(error.__cause__) or "interrupted")
            sys.exit(130)
        if debugging:
            raise
        sys.exit(_explain(error))
    finally:
        # nor need they be looked through once more on leaving, which took 0.3 s
        gc.freeze()


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
    from uprising.errors import OutputError

    if isinstance(error, ValueError) and hasattr(error, "faults"):
        _say(str(error))
        return 2
    if isinstance(error, OutputError):
        _say(str(error))
        return 1
    if isinstance(error, MemoryError):
        print("not enough memory; try a smaller --scale", file=sys.stderr)
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
                "w", encoding="utf-8", dir=folder, prefix="failure-", suffix=".txt", delete=False
            ) as file:
                file.write(f"uprising {' '.join(sys.argv[1:])}\n\n{text}")
            return f"the details are in {file.name}; with UPRISING_DEBUG=1 they are shown here"
        except OSError:
            continue
    return "with UPRISING_DEBUG=1 the details are shown here"
