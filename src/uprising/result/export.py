"""A run's results in open formats: CSV and NetCDF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from uprising.errors import OutputError, UserError
from uprising.result.folder import write_whole

if TYPE_CHECKING:
    from uprising.result.result import Result


def export_csv(result: Result, folder: Path) -> list[Path]:
    """Write one CSV file a variable, in long form, and events.csv.

    Parameters
    ----------
    result
        A finished run.
    folder
        Where to write; made when missing.

    Returns
    -------
    list of Path
        Files written.

    Raises
    ------
    UserError
        The folder cannot be made.
    OutputError
        The disk is full or refuses.
    """
    _make(folder)
    written = []
    for name, values in result.places.data_vars.items():
        keep = {str(d) for d in values.dims} | {str(name), "session_time"}
        frame = values.to_dataframe(name=str(name)).reset_index()
        frame = frame[[column for column in frame.columns if column in keep]]
        path = folder / f"{name}.csv"
        write_whole(path, lambda beside, frame=frame: frame.to_csv(beside, index=False))  # type: ignore[misc]
        written.append(path)
    path = folder / "events.csv"
    write_whole(path, lambda beside: result.events.to_pandas().to_csv(beside, index=False))
    return [*written, path]


def export_netcdf(result: Result, folder: Path) -> Path:
    """Write all series to one NetCDF file, series.nc.

    NetCDF 4 where netCDF4 or h5netcdf is installed, else NetCDF 3 with 64-bit offsets, which has no unsigned
    integers: `step_digest` is left out there.

    Raises
    ------
    UserError
        The folder cannot be made.
    OutputError
        The disk is full or refuses.
    """
    from importlib.util import find_spec

    _make(folder)
    path = folder / "series.nc"
    engines = [
        engine for engine, module in (("netcdf4", "netCDF4"), ("h5netcdf", "h5netcdf")) if find_spec(module)
    ]
    series = result.places
    for name in series.variables:
        # how the store was chunked and compressed means nothing to NetCDF
        series[name].encoding = {
            key: v for key, v in series[name].encoding.items() if key in ("units", "calendar")
        }
    if engines:
        write_whole(path, lambda beside: _netcdf4(series, beside, engines[0]))
        return path
    plain = series.drop_vars("step_digest").load()
    plain = plain.assign({n: v.astype("int16") for n, v in plain.data_vars.items() if v.dtype == "uint8"})
    plain = plain.assign({n: v.astype("int32") for n, v in plain.data_vars.items() if v.dtype == "int64"})
    write_whole(path, lambda beside: plain.to_netcdf(beside, engine="scipy", format="NETCDF3_64BIT"))
    return path


def _netcdf4(series: Any, path: Path, engine: Any) -> None:
    series.to_netcdf(path, engine=engine)


def _make(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UserError(f"export folder {folder}: there is a file of that name; give another with --out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"could not make {folder}: {error.strerror or error}") from error
