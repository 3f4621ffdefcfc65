"""`uprising export`: a run's results in open formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a finished run.")],
    csv: Annotated[bool, typer.Option("--csv", help="A CSV file a variable, and the events.")] = False,
    netcdf: Annotated[bool, typer.Option("--netcdf", help="One NetCDF file with all series.")] = False,
    page: Annotated[
        bool, typer.Option("--page", help="The page as files that open without Python or network.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; DIR/export by default, with --page DIR/page.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Write a run's series and events as CSV files or NetCDF, or the page with it (DIR may then hold many runs)."""
    from uprising.cli.printing import print_json
    from uprising.errors import UserError
    from uprising.result import open_result
    from uprising.result.export import export_csv, export_netcdf

    if not (csv or netcdf or page):
        raise UserError("nothing to export: give --csv, --netcdf or --page")
    target = out or folder / ("export" if csv or netcdf else "page")
    written: list[Path] = []
    if csv:
        written += export_csv(open_result(folder), target)
    if netcdf:
        written.append(export_netcdf(open_result(folder), target))
    if page:
        from uprising.server.static_export import export_page

        written += export_page([folder], target)
    if as_json:
        print_json({"files": [str(path) for path in written]})
    else:
        typer.echo(f"{len(written)} files written to {target}")
