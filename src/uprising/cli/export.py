"""`uprising export`: a run's or an ensemble's results in open formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from uprising.wording import counted


def export(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of a finished run or a finished ensemble.")
    ],
    csv: Annotated[bool, typer.Option("--csv", help="A CSV file a variable, and the events.")] = False,
    parquet: Annotated[
        bool, typer.Option("--parquet", help="The same as Parquet, for DuckDB, polars and pandas.")
    ] = False,
    netcdf: Annotated[
        bool, typer.Option("--netcdf", help="A NetCDF file with all series, one a run.")
    ] = False,
    variables: Annotated[
        list[str] | None,
        typer.Option("--variable", metavar="NAME", help="Only this series; may be given again."),
    ] = None,
    page: Annotated[
        bool, typer.Option("--page", help="The page as files that open without Python or network.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; DIR/export by default, with --page DIR/page.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Write series and events as CSV, Parquet or NetCDF, or the page with them (DIR may then hold many runs)."""
    from uprising.cli.printing import print_json
    from uprising.errors import UserError

    if not (csv or parquet or netcdf or page):
        raise UserError("nothing to export: give --csv, --parquet, --netcdf or --page")
    target = out or folder / ("export" if csv or parquet or netcdf else "page")
    written: list[Path] = []
    if csv or parquet or netcdf:
        from uprising.result.export import export_csv, export_netcdf, export_parquet

        series, tables = _content(folder)
        if csv:
            written += export_csv(series, tables, target, variables)
        if parquet:
            written += export_parquet(series, tables, target, variables)
        if netcdf:
            written += export_netcdf(series, target, variables)
    if page:
        from uprising.server.static_export import export_page

        written += export_page([folder], target)
    if as_json:
        print_json({"files": [str(path) for path in written]})
    else:
        typer.echo(f"{counted(len(written), 'file')} written to {target}")


def _content(folder: Path) -> tuple[Any, dict[str, Any]]:
    """Series and tables of a run or an ensemble."""
    from uprising.errors import UserError
    from uprising.experiment import is_ensemble, open_ensemble
    from uprising.result import open_result

    if not is_ensemble(folder):
        result = open_result(folder)
        return result.places, {"events": result.events}
    study = open_ensemble(folder)
    if not study.places.sizes["run"]:
        raise UserError(f"every run in {folder} failed; there is nothing to export")
    return study.places, study.tables()
