"""`uprising report`: a self-contained page of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a finished run.")],
    out: Annotated[Path | None, typer.Option(help="File to write; DIR/report.html by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Write a self-contained HTML report of a run."""
    from uprising.cli.printing import print_json
    from uprising.errors import OutputError
    from uprising.result import open_result

    result = open_result(folder)
    from uprising.cli.score import rows_of
    from uprising.result.folder import prepare_file
    from uprising.result.report import write_report

    path = prepare_file(out or folder / "report.html")
    try:
        write_report(result, path, rows_of(result))
    except OSError as error:
        raise OutputError(f"could not write {path}: {error.strerror or error}") from error
    if as_json:
        print_json({"report": str(path)})
    else:
        typer.echo(f"report written: {path}")
