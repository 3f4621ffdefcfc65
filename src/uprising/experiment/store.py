"""The folder of an ensemble while it grows: one region of series.zarr and a few small files a run.

A run's data lie in chunks of their own, so that no two runs ever write the same file. The marker of a run is
written after its data and holds their checksums: what has no marker, or differs from it, is not done.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprising.errors import DamagedError, OutputError
from uprising.experiment.plan import PLAN
from uprising.result import folder as folders
from uprising.result.checksums import Checksums, file_checksum, seal
from uprising.result.documents import Failure, Marker, read_document
from uprising.result.files import write_whole
from uprising.result.reading import SERIES
from uprising.result.zarr_format import Files, Group

if TYPE_CHECKING:
    import pyarrow

    from uprising.result.recorded import Recorded

FINDINGS = "ensemble.json"
TABLES = ("runs.parquet", "events.parquet", "sessions.parquet")
PARTS = "parts"
RUN = "run"
SESSION = "session"


class Record(NamedTuple):
    """What a run leaves in an ensemble: series, tables and summary, in memory."""

    series: dict[str, NDArray[Any]]
    events: pyarrow.Table
    sessions: pyarrow.Table
    summary: dict[str, Any]


def create_series(folder: Path, template: Recorded, seeds: tuple[int, ...], n_steps: int, is_kept: bool) -> None:
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
    is_kept
        Whether the runs that are in it stay; else the whole store is made again.
    """
    with writing(folder):
        if not is_kept and (folder / SERIES).exists():
            shutil.rmtree(folder / SERIES)
        group = Group(Files(folder / SERIES))
        for name, variable in template.data_vars.items():
            if variable.dims[0] != "time":
                continue
            shape = (n_steps, *variable.shape[1:])
            group.create(
                name, (RUN, *variable.dims), (len(seeds), *shape), (1, *shape), variable.dtype, variable.attrs
            )
        minutes, start = template.attrs["step_minutes"], template.attrs["start"]
        units = {"units": f"minutes since {start.replace('T', ' ')}", "calendar": "proleptic_gregorian"}
        group.put("time", ("time",), np.arange(n_steps, dtype="i8") * minutes, units)
        beside = []
        for name, coordinate in template.coords.items():
            if name == "time" or SESSION in coordinate.dims:
                continue
            group.put(name, coordinate.dims, coordinate.values, {})
            if coordinate.dims != (name,):
                beside.append(name)
        group.set_attributes({"start": start, "step_minutes": minutes, "coordinates": " ".join(beside)})
        (folder / PARTS).mkdir(exist_ok=True)
        # last: a store with its runs is whole
        group.put(RUN, (RUN,), np.array(seeds, "i8"), {"text": "seed of the run"})
        group.consolidate()


def finish_series(folder: Path, columns: Mapping[str, list[str]]) -> None:
    """Write what lies beside `run` when all runs are done: outcome, result_digest [run]."""
    with writing(folder):
        group = Group.open(Files(folder / SERIES))
        for name, values in columns.items():
            group.put(name, (RUN,), np.array(values, "U"), {})
        attributes = group.attributes
        beside = str(attributes["coordinates"]).split()
        attributes["coordinates"] = " ".join([*beside, *(n for n in columns if n not in beside)])
        group.set_attributes(attributes)
        group.consolidate()


def begin(folder: Path) -> None:
    """Make a folder one that is being written: it is not finished, and its only checksum is the plan's."""
    with writing(folder):
        (folder / FINDINGS).unlink(missing_ok=True)
    seal(folder, (PLAN,))


def begun_with(folder: Path) -> Checksums:
    """Read the checksums of a folder that is to be resumed; a damaged list of them is no hindrance."""
    try:
        return Checksums.of(folder, "restore it from a copy: without it nothing can be resumed")
    except DamagedError:
        return Checksums(folder, None)


def finish(folder: Path, markers: list[dict[str, Any]], findings: dict[str, Any]) -> None:
    """Write the checksums of an ensemble's folder, then ensemble.json: a folder with it is whole.

    Parameters
    ----------
    folder
        The ensemble's folder; all else is written.
    markers
        Those of its runs: what they know is not computed again.
    findings
        Content of ensemble.json.
    """
    made = {name: str(known) for marker in markers for name, known in marker["files"].items()}
    tables = [name for name in TABLES if (folder / name).is_file()]
    seal(folder, (PLAN, PARTS, SERIES, *tables), {FINDINGS: folders.json_bytes(findings)}, made)
    folders.write_json(folder / FINDINGS, findings)


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
            if values.size:
                names.append(f"{SERIES}/{name}/" + ".".join([str(position), *("0" for _ in values.shape)]))
        for kind, table in (("events", record.events), ("sessions", record.sessions)):
            part = part_file(folder, seed, kind)
            _write_table(part, table)
            names.append(f"{PARTS}/{part.name}")
        files = {name: file_checksum(folder / name) for name in names}
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
    """Read the marker of a run; None where it isn't there or can't be read."""
    try:
        marker = read_document(Checksums(folder, None), f"{PARTS}/{seed}.json", Marker)
    except DamagedError:
        return None
    return marker if marker["seed"] == seed else None


def is_whole(folder: Path, position: int, seed: int) -> bool:
    """Whether a run has its marker and all its data are as they were written."""
    marker = read_marker(folder, seed)
    if marker is None or marker["position"] != position or not marker["files"]:
        return False
    try:
        return all(file_checksum(folder / name) == known for name, known in marker["files"].items())
    except OSError:
        return False


def write_failure(folder: Path, seed: int, error: str, details: str) -> None:
    """Record that a run failed."""
    folders.write_json(failure_file(folder, seed), {"seed": seed, "error": error, "details": details})


def read_failure(folder: Path, seed: int) -> str | None:
    """The error of a run that failed, in a line."""
    if not failure_file(folder, seed).is_file():
        return None
    document = read_document(Checksums(folder, None), f"{PARTS}/{seed}.failed.json", Failure)
    return str(document["error"])


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
        write_whole(folder / f"{kind}.parquet", write)


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

    write_whole(file, lambda beside: pyarrow.parquet.write_table(table, str(beside)))
