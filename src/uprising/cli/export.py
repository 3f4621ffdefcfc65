"""`uprising export`: a run's results in open formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a finished run.")],
    csv: Annotated[bool, typer.Option("--csv", help="A CSV file a variable, and the events.")] = False,
    netcdf: Annotated[bool, typer.Option("--netcdf", help="One NetCDF file with all series.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; DIR/export by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Write a run's series and events as CSV files or as NetCDF."""
    from uprising.cli.printing import print_json
    from uprising.errors import UserError
    from uprising.result import open_result
    from uprising.result.export import export_csv, export_netcdf

    if not (csv or netcdf):
        raise UserError("nothing to export: give --csv, --netcdf or both")
    result = open_result(folder)
    target = out or folder / "export"
    written: list[Path] = []
    if csv:
        written += export_csv(result, target)
    if netcdf:
        written.append(export_netcdf(result, target))
    if as_json:
        print_json({"files": [str(path) for path in written]})
    else:
        typer.echo(f"{len(written)} files written to {target}")
