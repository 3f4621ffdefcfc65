"""Results in open formats: long tables as CSV or Parquet, and NetCDF.

Series may have a `run` dimension in front, as those of an ensemble: they are then read and written run by run,
so that memory holds one run however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from uprising.errors import OutputError, UserError
from uprising.result.files import write_whole

if TYPE_CHECKING:
    import pyarrow
    import xarray

RUN = "run"


def export_csv(
    series: xarray.Dataset,
    tables: Mapping[str, pyarrow.Table],
    folder: Path,
    variables: Sequence[str] | None = None,
) -> list[Path]:
    """Write one CSV file a variable, a row a value, and one a table.

    Parameters
    ----------
    series
        Of a run or an ensemble.
    tables
        By name, such as "events".
    folder
        Where to write; made when missing.
    variables
        Those of the series to write; all when None.

    Returns
    -------
    list of Path
        Files written.

    Raises
    ------
    UserError
        The folder cannot be made, or there is no such variable.
    OutputError
        The disk is full or refuses.
    """
    from pyarrow import csv

    plain = csv.WriteOptions(quoting_style="needed")

    def writer(path: Path, schema: Any) -> Any:
        return csv.CSVWriter(str(path), schema, write_options=plain)

    return _export(series, tables, folder, variables, "csv", writer)


def export_parquet(
    series: xarray.Dataset,
    tables: Mapping[str, pyarrow.Table],
    folder: Path,
    variables: Sequence[str] | None = None,
) -> list[Path]:
    """The same as `export_csv` in Parquet, for DuckDB, polars and pandas: types kept, a tenth of the size."""
    from pyarrow import parquet

    def writer(path: Path, schema: Any) -> Any:
        return parquet.ParquetWriter(str(path), schema, compression="zstd")

    return _export(series, tables, folder, variables, "parquet", writer)


def export_netcdf(series: xarray.Dataset, folder: Path, variables: Sequence[str] | None = None) -> list[Path]:
    """Write all series to one NetCDF file, series.nc; of an ensemble, one a run: series-SEED.nc.

    NetCDF 4 where netCDF4 or h5netcdf is installed, else NetCDF 3 with 64-bit offsets, which has no unsigned
    integers: `step_digest` is left out there.

    Raises
    ------
    UserError
        The folder cannot be made, or there is no such variable.
    OutputError
        The disk is full or refuses.
    """
    chosen = series[_chosen(series, variables)]
    _make(folder)
    if RUN not in series.dims:
        return [_write_netcdf(chosen, folder / "series.nc")]
    return [
        _write_netcdf(chosen.isel(run=[i]), folder / f"series-{seed}.nc")
        for i, seed in enumerate(series[RUN].values)
    ]


def long_table(values: xarray.DataArray) -> pyarrow.Table:
    """One row a value, with a column a dimension; names are dictionary-encoded, times in seconds.

    Examples
    --------
    >>> import xarray
    >>> table = long_table(xarray.DataArray([[1, 2]], {"place": ["A"]}, ["place", "step"], "fled"))
    >>> table.to_pydict()
    {'place': ['A', 'A'], 'step': [0, 1], 'fled': [1, 2]}
    """
    import pyarrow

    array = np.ascontiguousarray(values.values)
    columns: dict[str, Any] = {}
    for axis, dimension in enumerate(map(str, values.dims)):
        inner = int(np.prod(array.shape[axis + 1 :], dtype=np.int64))
        index = np.tile(
            np.repeat(np.arange(array.shape[axis], dtype=np.int32), inner),
            array.size // (inner or 1) // max(array.shape[axis], 1),
        )
        own = [dimension] if dimension in values.coords else []
        beside = [f"{dimension}_time"] if f"{dimension}_time" in values.coords else []
        if not own:
            columns[dimension] = pyarrow.array(index)
        for name in own + beside:
            columns[name] = _labels(values[name].values, index)
    columns[str(values.name)] = pyarrow.array(array.reshape(-1))
    return pyarrow.table(columns)


def _labels(labels: Any, index: Any) -> Any:
    import pyarrow

    if labels.dtype.kind == "M":
        return pyarrow.array(labels.astype("M8[s]")[index], pyarrow.timestamp("s"))
    if labels.dtype.kind in "OU":
        return pyarrow.DictionaryArray.from_arrays(pyarrow.array(index), [str(label) for label in labels])
    return pyarrow.array(labels[index])


def _export(
    series: xarray.Dataset,
    tables: Mapping[str, pyarrow.Table],
    folder: Path,
    variables: Sequence[str] | None,
    ending: str,
    writer: Callable[[Path, Any], Any],
) -> list[Path]:
    names = _chosen(series, variables)
    _make(folder)
    written = []

    def put(name: str, pieces: Iterator[pyarrow.Table]) -> None:
        path = folder / f"{name}.{ending}"

        def write(beside: Path) -> None:
            first = next(pieces)
            with writer(beside, first.schema) as file:
                file.write_table(first)
                for piece in pieces:
                    file.write_table(piece)

        write_whole(path, write)
        written.append(path)

    # CSV knows no dictionaries
    decode = _decoded if ending == "csv" else _as_it_is
    for name in names:
        put(name, (decode(long_table(piece)) for piece in _runs(series[name])))
    for name, table in tables.items():
        put(name, iter([decode(table)]))
    return written


def _runs(values: xarray.DataArray) -> Iterator[xarray.DataArray]:
    if RUN not in values.dims:
        yield values
        return
    for i in range(values.sizes[RUN]):
        yield values.isel(run=[i])


def _decoded(table: pyarrow.Table) -> pyarrow.Table:
    import pyarrow

    for i, field in enumerate(table.schema):
        if pyarrow.types.is_dictionary(field.type):
            table = table.set_column(i, field.name, table[i].cast(field.type.value_type))
    return table


def _as_it_is(table: pyarrow.Table) -> pyarrow.Table:
    return table


def _chosen(series: xarray.Dataset, variables: Sequence[str] | None) -> list[str]:
    known = [str(name) for name in series.data_vars]
    for name in variables or ():
        if name not in known:
            raise UserError(f"there is no series {name!r}; there are: {', '.join(known)}")
    return list(variables) if variables else known


def _write_netcdf(series: xarray.Dataset, path: Path) -> Path:
    series = series.copy()
    for name in series.variables:
        # how the store was chunked and compressed means nothing to NetCDF
        series[name].encoding = {
            key: v for key, v in series[name].encoding.items() if key in ("units", "calendar")
        }
    engines: list[Any] = [
        engine for engine, module in (("netcdf4", "netCDF4"), ("h5netcdf", "h5netcdf")) if find_spec(module)
    ]
    if engines:
        write_whole(path, lambda beside: _to_netcdf(series, beside, engine=engines[0]))
        return path
    plain = series.drop_vars("step_digest", errors="ignore").load()
    plain = plain.assign({n: v.astype("int16") for n, v in plain.data_vars.items() if v.dtype == "uint8"})
    plain = plain.assign({n: v.astype("int32") for n, v in plain.data_vars.items() if v.dtype == "int64"})
    write_whole(path, lambda beside: _to_netcdf(plain, beside, engine="scipy", format="NETCDF3_64BIT"))
    return path


def _to_netcdf(series: Any, path: Path, **how: Any) -> None:
    series.to_netcdf(path, **how)


def _make(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UserError(f"export folder {folder}: there is a file of that name; give another with --out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"could not make {folder}: {error.strerror or error}") from error
