"""Tables and series of a folder, checked when they are read: they may be damaged, or come from a stranger."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from uprising.errors import DamagedError
from uprising.result.checksums import Checksums
from uprising.result.zarr_format import DIMENSIONS, METADATA, Files, Group, Store

if TYPE_CHECKING:
    import pyarrow
    import xarray

    from uprising.result.recorded import Recorded

SERIES = "series.zarr"
MOST_ROWS = 100_000_000
MOST_TABLE_BYTES = 1 << 33
MOST_SERIES_BYTES = 1 << 33
"""of one run, uncompressed"""
EVENT_COLUMNS = {"time": "timestamp", "kind": "string", "place": "string", "actor": "string",
                 "quantity": "double", "text": "string"}  # fmt: skip
TOTALLED = ("crowd", "striking", "detained", "wounded", "dead", "fled", "step_digest")
ATTRIBUTES = ("unit", "units", "calendar", "text")
MINUTES, CALENDAR = "minutes since ", "proleptic_gregorian"
MOST_CODE = 3
OTHER_VERSION = "the folder is damaged, or was written by another version of the program"


def read_table(sums: Checksums, name: str, columns: Mapping[str, str]) -> pyarrow.Table:
    """Read a Parquet file of a folder.

    Parameters
    ----------
    sums
        Checksums of the folder.
    name
        Path of the file inside the folder.
    columns
        Columns that it must have, none of them with gaps, and how the name of each type begins.

    Raises
    ------
    DamagedError
        It is missing, differs from its checksum, is no Parquet file, or holds something else.
    """
    import pyarrow
    import pyarrow.parquet

    content = sums.read(name)
    try:
        with pyarrow.parquet.ParquetFile(pyarrow.BufferReader(content)) as file:
            about = file.metadata
            size = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
            if about.num_rows > MOST_ROWS or size > MOST_TABLE_BYTES:
                raise DamagedError(
                    sums.folder, name, f"says that it has {about.num_rows} rows: too many to be read"
                )
            for column, kind in columns.items():
                found = file.schema_arrow.field(column).type if column in file.schema_arrow.names else None
                if found is None or not str(found).startswith(kind):
                    raise DamagedError(sums.folder, name, f"has no column {column} of type {kind}")
            table = file.read()
        table.validate(full=True)
    except DamagedError:
        raise
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, TypeError, MemoryError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise DamagedError(sums.folder, name, f"cannot be read: {first[:200]}") from error
    for column, kind in columns.items():
        if table[column].null_count:
            raise DamagedError(sums.folder, name, f"has gaps in the column {column}")
        if kind == "timestamp" and table.num_rows:
            _check_times(sums, name, table[column])
        if kind == "double" and not np.isfinite(_numbers(table[column])).all():
            raise DamagedError(sums.folder, name, f"has values in the column {column} that are no numbers")
    return table


def _numbers(column: pyarrow.ChunkedArray) -> Any:
    # to_numpy of a chunked array loads pandas
    return np.concatenate([np.zeros(0), *(chunk.to_numpy() for chunk in column.chunks)])


def _check_times(sums: Checksums, name: str, column: pyarrow.ChunkedArray) -> None:
    import pyarrow

    unit = column.type.unit
    first, last = (np.datetime64(f"{year}-01-01", unit).astype(np.int64) for year in (1678, 2262))
    for chunk in column.chunks:
        ticks = chunk.cast(pyarrow.int64()).to_numpy()
        if len(ticks) and (ticks.min() < first or ticks.max() >= last):
            raise DamagedError(sums.folder, name, "has times outside of the years 1678 to 2261")


def open_group(store: Store) -> Group:
    """Open the arrays of a run or an ensemble, with a check of values whenever an array is read.

    Raises
    ------
    DamagedError
        There is no such store, or it is not one that is written here.
    """
    group = Group.open(store)
    start, minutes = group.attributes.get("start"), group.attributes.get("step_minutes")
    if type(minutes) is not int or not 1 <= minutes <= 527_040 or not _is_moment(start, "T"):
        raise group.damaged(METADATA, "does not say start and step_minutes")
    if not isinstance(group.attributes.get("coordinates", ""), str):
        raise group.damaged(METADATA, "does not name the coordinates")
    for name in group.names:
        for key, value in group.attributes_of(name).items():
            if key == DIMENSIONS:
                continue
            if key not in ATTRIBUTES or not isinstance(value, str):
                raise group.damaged(
                    METADATA, f"says {key[:80]} of {name}; expected one of {', '.join(ATTRIBUTES)}"
                )
            if key == "units" and not (
                value.startswith(MINUTES) and _is_moment(value.removeprefix(MINUTES), " ")
            ):
                raise group.damaged(METADATA, f"says units of {name} that are not {MINUTES}a date and time")
            if key == "calendar" and value != CALENDAR:
                raise group.damaged(METADATA, f"says another calendar of {name} than {CALENDAR}")
    if isinstance(store, Files):
        group.check = _check_values
    return group


def _is_moment(text: object, between: str) -> bool:
    form = rf"\d{{4}}-\d\d-\d\d{between}\d\d:\d\d"
    if not isinstance(text, str) or re.fullmatch(form, text) is None or not "1678" <= text[:4] <= "2261":
        return False
    try:
        np.datetime64(text.replace(" ", "T"), "m")
    except ValueError:
        return False
    return True


def _check_values(group: Group, name: str, values: NDArray[Any]) -> None:
    """Check that the values of a variable can be what its unit says."""
    if not values.size:
        return
    about = group.attributes_of(name)
    unit, units, least, most = about.get("unit"), about.get("units"), None, None
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise group.damaged(name, "holds values that are no numbers")
    elif units is not None:
        first = np.datetime64(units.removeprefix(MINUTES).replace(" ", "T"), "m")
        least, most = (
            int((np.datetime64(f"{year}-01-01", "m") - first).astype(int)) for year in (1678, 2262)
        )
    elif unit == "person":
        least = 0
    elif unit == "code":
        most = MOST_CODE
    elif unit == "index":
        least, most = -1, group.shape("node")[0] - 1 if "node/.zarray" in group.metadata else None
    if least is not None and values.min() < least:
        raise group.damaged(name, f"holds {values.min()}; at least {least} is expected")
    if most is not None and values.max() > most:
        raise group.damaged(name, f"holds {values.max()}; at most {most} is expected")


def check_run(recorded: Recorded) -> None:
    """Check that series are those of a run, as far as can be seen without reading them.

    Raises
    ------
    DamagedError
        A variable or coordinate is missing, lies along other dimensions, or is of another type.
    """
    from uprising.result.variables import DIGEST, POSITIONS, output_variables

    group = recorded.group
    expected = {variable.name: variable for variable in (*output_variables(), DIGEST, POSITIONS)}
    size = 0
    for name, variable in (*recorded.data_vars.items(), *recorded.coords.items()):
        size += variable.dtype.itemsize * int(np.prod(variable.shape, dtype=object))
        known = expected.get(name)
        if known is not None and (variable.dims, variable.dtype) != (known.dims, np.dtype(known.dtype)):
            raise group.damaged(name, f"is {variable.dtype} along {', '.join(variable.dims)}; expected "
                                f"{known.dtype} along {', '.join(known.dims)}")  # fmt: skip
    if size > MOST_SERIES_BYTES:
        raise group.damaged(METADATA, f"describes {size} bytes; at most {MOST_SERIES_BYTES} are expected")
    for name in ("time", "place", *TOTALLED):
        if name not in recorded:
            raise group.damaged(METADATA, f"describes no {name}: {OTHER_VERSION}")
    steps = recorded["time"].shape[0]
    minutes = recorded.attrs["step_minutes"]
    if not steps or not np.array_equal(group.read("time"), np.arange(steps, dtype=np.int64) * minutes):
        raise group.damaged("time", f"is not a row of steps of {minutes} minutes")


def require(series: xarray.Dataset, names: Iterable[str], folder: Path | None) -> None:
    """Check that series hold what is about to be read from them.

    Parameters
    ----------
    series
        Of a run.
    names
        Variables and coordinates.
    folder
        The run's folder; None for a run in memory.

    Raises
    ------
    DamagedError
        One of them is missing.
    """
    for name in names:
        if name not in series:
            raise DamagedError(folder or "run in memory", SERIES, f"holds no {name}: {OTHER_VERSION}")
