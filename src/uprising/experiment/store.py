"""The folder of an ensemble while it grows: one region of series.zarr and a few small files a run.

A run's data lie in chunks of their own, so that no two runs ever write the same file. The marker of a run is
written after its data and holds their checksums: what has no marker, or differs from it, is not done.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprising.errors import OutputError, UserError
from uprising.result import folder as folders
from uprising.result.recording import SERIES
from uprising.result.zarr_format import Files, Group

if TYPE_CHECKING:
    import pyarrow
    import xarray

PARTS = "parts"
RUN = "run"
SESSION = "session"


class Record(NamedTuple):
    """What a run leaves in an ensemble: series, tables and summary, in memory."""

    series: dict[str, NDArray[Any]]
    events: pyarrow.Table
    sessions: pyarrow.Table
    summary: dict[str, Any]


def create_series(folder: Path, template: xarray.Dataset, seeds: tuple[int, ...], n_steps: int) -> None:
    """Make the empty series.zarr: the variables of a run with the dimension `run` in front.

    Parameters
    ----------
    folder
        The ensemble's folder.
    template
        Series of one run of any length.
    seeds
        Labels along `run`.
    n_steps
        Steps of each run.
    """
    import numcodecs
    import zarr

    light = numcodecs.Blosc("zstd", clevel=1, shuffle=numcodecs.Blosc.SHUFFLE)
    with writing(folder):
        root = zarr.create_group(str(folder / SERIES), zarr_format=2, overwrite=True)
        for name, variable in template.data_vars.items():
            if variable.dims[0] != "time":
                continue
            shape = variable.shape[1:]
            root.create_array(
                str(name),
                shape=(len(seeds), n_steps, *shape),
                chunks=(1, n_steps, *(max(n, 1) for n in shape)),
                dtype=variable.dtype,
                compressors=light,
                fill_value=None,
                attributes={"_ARRAY_DIMENSIONS": [RUN, *map(str, variable.dims)], **variable.attrs},
            )
        minutes = int(template.attrs["step_minutes"])
        start = str(template.attrs["start"])
        units = {"units": f"minutes since {start.replace('T', ' ')}", "calendar": "proleptic_gregorian"}
        _put(root, "time", ("time",), np.arange(n_steps, dtype="i8") * minutes, units)
        beside = []
        for name, coordinate in template.coords.items():
            if name == "time" or SESSION in coordinate.dims:
                continue
            values = coordinate.values
            _put(
                root,
                str(name),
                coordinate.dims,
                values.astype("U") if values.dtype.kind not in "iufbU" else values,
                {},
            )
            if coordinate.dims != (name,):
                beside.append(str(name))
        root.attrs.update({"start": start, "step_minutes": minutes, "coordinates": " ".join(beside)})
        (folder / PARTS).mkdir(exist_ok=True)
        # last: a store with its runs is whole
        _put(root, RUN, (RUN,), np.array(seeds, "i8"), {"text": "seed of the run"})
        zarr.consolidate_metadata(str(folder / SERIES), zarr_format=2)


def finish_series(folder: Path, columns: Mapping[str, list[str]]) -> None:
    """Write what lies beside `run` when all runs are done: outcome, result_digest [run]."""
    import zarr

    with writing(folder):
        root: Any = zarr.open_group(str(folder / SERIES), mode="r+", zarr_format=2, use_consolidated=False)
        for name, values in columns.items():
            _put(root, name, (RUN,), np.array(values, "U"), {})
        beside = str(root.attrs["coordinates"]).split()
        root.attrs["coordinates"] = " ".join([*beside, *(n for n in columns if n not in beside)])
        zarr.consolidate_metadata(str(folder / SERIES), zarr_format=2)


def write_record(folder: Path, position: int, record: Record) -> dict[str, Any]:
    """Write a run into its region, then its marker.

    Parameters
    ----------
    folder
        The ensemble's folder.
    position
        Index along `run`.
    record
        What the run left.

    Returns
    -------
    dict
        The marker.

    Raises
    ------
    OutputError
        The disk is full or refuses; the run is then not done.
    """
    seed = int(record.summary["seed"])
    marker_file(folder, seed).unlink(missing_ok=True)
    with writing(folder):
        group = Group.open(Files(folder / SERIES))
        names = []
        for name, values in record.series.items():
            if values.shape != group.shape(name)[1:]:
                raise ValueError(f"{name}: a run of shape {values.shape} in {group.shape(name)}")
            group.write(name, position, values[None])
            names.append(f"{SERIES}/{name}/" + ".".join([str(position), *("0" for _ in values.shape)]))
        for kind, table in (("events", record.events), ("sessions", record.sessions)):
            part = part_file(folder, seed, kind)
            _write_table(part, table)
            names.append(f"{PARTS}/{part.name}")
        files = {name: checksum(folder / name) for name in names}
    marker = {
        "seed": seed,
        "position": position,
        "result_digest": record.summary["result_digest"],
        "files": files,
        "summary": record.summary,
    }
    folders.write_json(marker_file(folder, seed), marker)
    failure_file(folder, seed).unlink(missing_ok=True)
    return marker


def read_marker(folder: Path, seed: int) -> dict[str, Any] | None:
    """The marker of a run; None where it isn't there or can't be read."""
    file = marker_file(folder, seed)
    try:
        marker = folders.read_json(file)
    except UserError:
        return None
    return marker if isinstance(marker, dict) and marker.get("seed") == seed else None


def is_whole(folder: Path, position: int, seed: int) -> bool:
    """Whether a run has its marker and all its data are as they were written."""
    marker = read_marker(folder, seed)
    if marker is None or marker.get("position") != position or not marker.get("files"):
        return False
    try:
        return all(checksum(folder / name) == list(known) for name, known in marker["files"].items())
    except OSError:
        return False


def write_failure(folder: Path, seed: int, error: str, details: str) -> None:
    """Record that a run failed."""
    folders.write_json(failure_file(folder, seed), {"seed": seed, "error": error, "details": details})


def read_failure(folder: Path, seed: int) -> str | None:
    """The error of a run that failed, in a line."""
    if not failure_file(folder, seed).is_file():
        return None
    return str(folders.read_json(failure_file(folder, seed))["error"])


def merge(folder: Path, seeds: list[int], kind: str) -> None:
    """Put the parts of runs together, in the order of seeds: one row group a run."""
    import pyarrow
    import pyarrow.parquet

    def write(beside: Path) -> None:
        with _tables(folder, seeds, kind) as tables:
            first = next(tables)
            with pyarrow.parquet.ParquetWriter(str(beside), first.schema) as writer:
                writer.write_table(first)
                for table in tables:
                    writer.write_table(table)

    if seeds:
        folders.write_whole(folder / f"{kind}.parquet", write)


class _tables:  # noqa: N801 - reads as a statement
    """Parts of runs, one after the other."""

    def __init__(self, folder: Path, seeds: list[int], kind: str) -> None:
        self.files = [part_file(folder, seed, kind) for seed in seeds]

    def __enter__(self) -> Iterator[pyarrow.Table]:
        import pyarrow.parquet

        return (pyarrow.parquet.read_table(str(file)) for file in self.files)

    def __exit__(self, *_: object) -> None:
        return None


def marker_file(folder: Path, seed: int) -> Path:
    """Where the marker of a run lies."""
    return folder / PARTS / f"{seed}.json"


def failure_file(folder: Path, seed: int) -> Path:
    """Where the error of a run that failed lies."""
    return folder / PARTS / f"{seed}.failed.json"


def part_file(folder: Path, seed: int, kind: str) -> Path:
    """Where a run's events or sessions lie."""
    return folder / PARTS / f"{seed}.{kind}.parquet"


def checksum(file: Path) -> list[int]:
    """Size and CRC-32 of a file."""
    size, value = 0, 0
    with open(file, "rb") as stream:
        while piece := stream.read(1 << 20):
            size += len(piece)
            value = zlib.crc32(piece, value)
    return [size, value]


def clear_leftovers(folder: Path) -> None:
    """Remove what writers that were killed left half-written."""
    for file in folder.rglob(".*.part"):
        file.unlink(missing_ok=True)


class writing:  # noqa: N801 - reads as a statement
    """Turns failures of the disk into a message a user can act on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise OutputError(f"could not write {self.folder}: {error.strerror or error}") from error


def _write_table(file: Path, table: pyarrow.Table) -> None:
    import pyarrow.parquet

    folders.write_whole(file, lambda beside: pyarrow.parquet.write_table(table, str(beside)))


def _put(
    root: Any, name: str, dims: tuple[Any, ...], values: NDArray[Any], attributes: dict[str, Any]
) -> None:
    root.create_array(
        name,
        shape=values.shape,
        chunks=tuple(max(n, 1) for n in values.shape),
        dtype=values.dtype,
        fill_value=None,
        attributes={"_ARRAY_DIMENSIONS": list(dims), **attributes},
        overwrite=True,
    )[...] = values
