"""One run of an ensemble, as a worker does it. Workers need this package and nothing else."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import uprising
from uprising.errors import Interrupted, OutputError, UserError
from uprising.experiment import store
from uprising.experiment.plan import read_plan

if TYPE_CHECKING:
    from uprising.case import Case
    from uprising.result import Result

DONE, FAILED, UNWRITTEN, REFUSED, INTERRUPTED = "done", "failed", "unwritten", "refused", "interrupted"


class Task(NamedTuple):
    """What a worker is asked to do."""

    folder: str
    token: str
    case: Case
    position: int
    seed: int
    scale: float
    parameters: dict[str, float]
    start: str | None
    until: str | None
    version: str


class Receipt(NamedTuple):
    """What a worker answers: small when it could write the run itself, else with the run packed."""

    seed: int
    status: str
    error: str = ""
    details: str = ""
    packed: Packed | None = None


class Packed(NamedTuple):
    """A run on its way to a driver whose folder the worker can't see."""

    series: dict[str, tuple[bytes, str, tuple[int, ...]]]
    events: bytes
    sessions: bytes
    summary: dict[str, Any]


def simulate(task: Task) -> Receipt:
    """Simulate one seed on one thread and write it into its region; any failure is answered, not raised."""
    if uprising.__version__ != task.version:
        return Receipt(
            task.seed, REFUSED, f"the worker has version {uprising.__version__}, the driver {task.version}"
        )
    try:
        result = uprising.run(
            task.case,
            seed=task.seed,
            scale=task.scale,
            start=task.start,
            until=task.until,
            threads=1,
            parameters=task.parameters,
        )
        record = record_of(result)
    except Interrupted as error:
        return Receipt(task.seed, INTERRUPTED, str(error))
    except Exception as error:  # noqa: BLE001 - one run's failure must not stop the others; it is recorded
        return Receipt(task.seed, FAILED, _line(error), traceback.format_exc())
    if not _sees(Path(task.folder), task.token):
        return Receipt(task.seed, DONE, packed=_pack(record))
    try:
        store.write_record(Path(task.folder), task.position, record)
    except OSError as error:
        return Receipt(task.seed, UNWRITTEN, str(error))
    return Receipt(task.seed, DONE)


def record_of(result: Result) -> store.Record:
    """Series, events and sessions of a run with its seed in front."""
    import pyarrow

    seed, recorded = int(result.summary["seed"]), result.recorded
    series = {name: found.values for name, found in recorded.data_vars.items() if found.dims[0] == "time"}
    events = result.events.add_column(0, "seed", pyarrow.array(np.full(result.events.num_rows, seed, "i8")))
    times, members, positions = np.zeros(0, "M8[ms]"), np.zeros(0, "U1"), np.zeros((0, 0), "f4")
    if "hegemon_position" in recorded:
        times = recorded["session_time"].values.astype("M8[ms]")
        members, positions = recorded["member"].values, recorded["hegemon_position"].values
    sessions = pyarrow.table(
        {
            "seed": pyarrow.array(np.full(positions.size, seed, "i8")),
            "time": pyarrow.array(np.repeat(times, len(members)), pyarrow.timestamp("ms")),
            "member": pyarrow.array([str(m) for m in members] * len(times), pyarrow.string()),
            "position": pyarrow.array(positions.reshape(-1), pyarrow.float32()),
        }
    )
    return store.Record(series, events, sessions, result.summary)


def unpack(packed: Packed) -> store.Record:
    """The run that a worker sent."""
    import numcodecs

    codec = numcodecs.Blosc("zstd", clevel=1, shuffle=numcodecs.Blosc.SHUFFLE)
    series = {
        name: np.frombuffer(codec.decode(data), dtype).reshape(shape)
        for name, (data, dtype, shape) in packed.series.items()
    }
    return store.Record(series, _read_ipc(packed.events), _read_ipc(packed.sessions), packed.summary)


def _pack(record: store.Record) -> Packed:
    import numcodecs

    codec = numcodecs.Blosc("zstd", clevel=1, shuffle=numcodecs.Blosc.SHUFFLE)
    series = {
        name: (bytes(codec.encode(np.ascontiguousarray(values))), values.dtype.str, values.shape)
        for name, values in record.series.items()
    }
    return Packed(series, _ipc(record.events), _ipc(record.sessions), record.summary)


def _ipc(table: Any) -> bytes:
    import pyarrow

    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _read_ipc(data: bytes) -> Any:
    import pyarrow

    with pyarrow.ipc.open_stream(data) as reader:
        return reader.read_all()


def _sees(folder: Path, token: str) -> bool:
    """Whether the driver's folder is here too, as on one machine or a shared disk."""
    try:
        return read_plan(folder).token == token
    except (UserError, OutputError, OSError):
        return False


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
