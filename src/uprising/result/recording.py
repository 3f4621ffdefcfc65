"""The recorder: takes each step's values and events, chains their digest, writes series.zarr in pieces.

A piece is a fortnight of steps: long enough that a run writes few files, short enough that memory stays
bounded. The store is Zarr format 2, which every reader knows and whose consolidated metadata are standard
(docs/decisions/0002).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from uprising.errors import DamagedError
from uprising.result.coordinates import Coordinate, sort_coordinates
from uprising.result.digest import FIRST, NOTHING, event_bytes, link, session_bytes
from uprising.result.recorded import Recorded
from uprising.result.series import open_series
from uprising.result.variables import DIGEST, POSITIONS, output_variables
from uprising.result.zarr_format import LIGHT, LIGHTEST, Files, Group, Store
from uprising.schema import Output
from uprising.state import Event

if TYPE_CHECKING:
    import pyarrow
    import xarray

SERIES = "series.zarr"
PIECE_DAYS = 14


class Recorder:
    """Record of one run, on disk or in memory.

    Parameters
    ----------
    folder
        The run folder; `series.zarr` is written inside. None keeps a copy in memory, compressed less.
    coordinates
        Names along each dimension: ``{"place": [...], "role": [...]}``. What lies along another dimension
        says so: by a key that begins with its name (``place_group``, along ``place``), by a pair of
        dimension and values (``"staff": ("site", [...])``), or, for ``population`` and ``workers``, by
        being along ``place``. Totals use ``place_group`` (the town of a place), ``population``
        and ``workers`` (employed people).
    start
        Time of the first step.
    step_minutes
        Length of a step.
    n_steps
        Steps planned; fewer may be recorded.
    variables
        The output variables; those of the schema when None.

    Examples
    --------
    >>> import numpy as np
    >>> from uprising.result.variables import variables_from
    >>> table = variables_from("name,dims,dtype,unit,text\\nfled,time place,int32,person,people abroad")
    >>> recorder = Recorder(None, {"place": ["A", "B"]}, np.datetime64("2000-01-01"), 30, 2, table)
    >>> recorder.append({"fled": np.array([0, 1])})
    >>> recorder.append({"fled": np.array([0, 3])})
    >>> recorder.close()
    >>> recorder.series()["fled"].sel(place="B").values.tolist()
    [1, 3]
    """

    def __init__(
        self,
        folder: Path | None,
        coordinates: Mapping[str, Coordinate],
        start: np.datetime64,
        step_minutes: int,
        n_steps: int,
        variables: Sequence[Output] | None = None,
    ) -> None:
        self.folder = folder
        self.start: np.datetime64 = start.astype("datetime64[m]")
        self.step_minutes = step_minutes
        self.n_steps = n_steps
        self.variables = tuple(output_variables() if variables is None else variables)
        self.names, self._beside = sort_coordinates(coordinates, self.variables)
        self.steps = 0
        self.events: list[Event] = []
        self.sessions: list[tuple[int, list[float]]] = []
        self._chain = FIRST
        self._pending = bytearray()
        """of what has emerged since the last step: what enters the digest of the next"""
        self._piece = max(1, min(n_steps, PIECE_DAYS * 24 * 60 // step_minutes))
        # a row holds all values of a step side by side, in the order in which the digest covers them
        self._rows = np.zeros(
            self._piece, [(v.name, v.dtype, tuple(len(self.names[d]) for d in v.dims[1:])) for v in self.variables]
        )
        self._row_bytes = self._rows.view(np.uint8).reshape(self._piece, -1)
        self._step_digests = np.zeros(self._piece, DIGEST.dtype)
        self.columns: dict[str, NDArray[Any]] = {v.name: self._rows[v.name] for v in self.variables}
        """[step of the piece, ...] values by variable, for whoever writes a step into `row` and calls `finish_row`"""
        self._columns = self.columns | {DIGEST.name: self._step_digests}
        self._written = 0
        self._length = n_steps
        self.store: Store = {} if folder is None else Files(folder / SERIES)
        self._group: Group | None = None
        self._is_resumed = False

    @property
    def digest(self) -> str:
        """Hexadecimal digest of everything recorded so far, chained step by step."""
        return self._chain.hex()

    def time_of(self, step: int) -> np.datetime64:
        """Time of a step, in minutes."""
        moment: np.datetime64 = self.start + np.timedelta64(step * self.step_minutes, "m")
        return moment

    def append(self, values: Mapping[str, NDArray[Any] | float]) -> None:
        """Record one step.

        Parameters
        ----------
        values
            One array a variable, without the time axis, in the shape of the coordinates.

        Raises
        ------
        ValueError
            A variable is missing, unknown, of another shape, or does not fit its dtype.
        """
        if len(values) != len(self.variables) or any(v.name not in values for v in self.variables):
            expected = {v.name for v in self.variables}
            raise ValueError(
                f"a step must give every output variable once; missing {sorted(expected - set(values))}, "
                f"unknown {sorted(set(values) - expected)}"
            )
        row = self.row
        for variable in self.variables:
            given, target = np.asarray(values[variable.name]), self.columns[variable.name]
            if given.shape != target.shape[1:]:
                raise ValueError(f"{variable.name}: shape {given.shape}, expected {target.shape[1:]}")
            if given.dtype != target.dtype and target.dtype.kind in "iu":
                _check_range(variable, given)
            target[row] = given
        self.finish_row()

    @property
    def row(self) -> int:
        """The row of `columns` that the next step belongs into."""
        return self.steps % self._piece

    def finish_row(self) -> None:
        """Record the step that was written into `row` of each of `columns`, as `append` does with a checked one."""
        row = self.steps % self._piece
        emerged = self._digest_of_pending() if self._pending else NOTHING
        self._chain = link(self._chain, self._row_bytes[row], emerged)
        self._step_digests[row] = int.from_bytes(self._chain[:8], "little")
        self.steps += 1
        if self.steps % self._piece == 0:
            self._write()

    def _digest_of_pending(self) -> bytes:
        digest = hashlib.sha256(self._pending).digest()
        self._pending.clear()
        return digest

    def event(self, step: int, kind: str, place: str, actor: str, quantity: float, text: str) -> None:
        """Record something that emerged in a step.

        The digest of the next appended step covers all but the words.
        """
        made = Event(int(step), str(kind), str(place), str(actor), float(quantity), str(text))
        self.events.append(made)
        self._pending += event_bytes(made.step, made.kind, made.place, made.actor, made.quantity)

    def session(self, step: int, positions: Sequence[float] | NDArray[Any]) -> None:
        """Record a session of the hegemon's council: the position of each member [member]."""
        taken = np.asarray(positions, POSITIONS.dtype)
        if taken.shape != (len(self.names.get("member", [])),):
            raise ValueError(
                f"a session needs {len(self.names.get('member', []))} positions, got {taken.shape}"
            )
        self.sessions.append((int(step), [float(position) for position in taken]))
        self._pending += session_bytes(int(step), taken)

    def flush(self) -> None:
        """Write everything recorded so far, so that the folder opens and the run can be resumed from it."""
        self._write()
        self._set_length(self.steps)
        self._finish_metadata()

    def close(self) -> None:
        """Write the rest. Events recorded after the last step enter the digest here."""
        if self._pending:
            self._chain = hashlib.sha256(self._chain + self._digest_of_pending()).digest()
        self.flush()

    def state(self) -> dict[str, Any]:
        """What `restore` needs beside series.zarr: small, JSON-able. Call `flush` with it."""
        if self._pending:
            raise ValueError("the recorder's state can only be taken right after a step was appended")
        return {
            "steps": self.steps,
            "digest": self.digest,
            "events": [list(event) for event in self.events],
            "sessions": [[step, positions] for step, positions in self.sessions],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue a run whose series.zarr lies in the folder; steps after the state's are forgotten.

        Raises
        ------
        ValueError
            There is no folder, its series are of another run, or hold fewer steps than the state.
        """
        if self.folder is None:
            raise ValueError("a run that was kept in memory cannot be resumed; give it an output folder")
        if self.steps:
            raise ValueError("restore a recorder before its first step")
        steps = int(state["steps"])
        self._is_resumed = True
        group = self._open()
        for name, column in self._columns.items():
            shape = group.shape(name)
            if shape[1:] != column.shape[1:] or shape[0] < steps:
                raise ValueError(
                    f"{self.folder / SERIES}: {name} has shape {shape}; the state to resume "
                    f"from has {steps} steps of {column.shape[1:]}: they are not of one run"
                )
            self._length = shape[0]
        row = steps % self._piece
        for name, column in self._columns.items():
            column[:row] = group.read(name, steps - row, steps)
        self.steps = steps
        self._written = steps - row
        self._chain = bytes.fromhex(state["digest"])
        self.events = [Event(*event) for event in state["events"]]
        self.sessions = [(int(step), [float(p) for p in positions]) for step, positions in state["sessions"]]
        self._set_length(max(self.n_steps, steps))

    def series(self) -> xarray.Dataset:
        """The series as a lazy xarray Dataset; call `close` or `flush` before."""
        return open_series(self.store)

    def recorded(self) -> Recorded:
        """The series as plain arrays; call `close` or `flush` before."""
        return Recorded(self.store)

    def events_table(self) -> pyarrow.Table:
        """The events as a table (time, kind, place, actor, quantity, text), in the order of time."""
        import pyarrow

        ordered = sorted(self.events, key=lambda event: event.step)
        times = self.start + np.array([e.step for e in ordered], "i8") * np.timedelta64(
            self.step_minutes, "m"
        )
        columns = [
            _numbers(times.astype("datetime64[ms]"), pyarrow.timestamp("ms")),
            *(_words([getattr(e, n) for e in ordered]) for n in ("kind", "place", "actor")),
            _numbers(np.array([e.quantity for e in ordered], "f8"), pyarrow.float64()),
            _words([e.text for e in ordered]),
        ]
        return pyarrow.table(columns, names=["time", "kind", "place", "actor", "quantity", "text"])

    def _open(self) -> Group:
        """The arrays along time, made or, when the run is resumed, found."""
        if self._group is not None:
            return self._group
        if self._is_resumed:
            try:
                self._group = Group.open(self.store)
                for name in self._columns:
                    self._group.shape(name)
            except (DamagedError, KeyError) as error:
                reason = f"is not there or not whole; the run cannot be resumed ({error})"
                raise DamagedError(str(self.folder), SERIES, reason) from error
            return self._group
        self._group = Group(self.store, LIGHT if self.folder is not None else LIGHTEST)
        for variable in (*self.variables, DIGEST):
            column = self._columns[variable.name]
            self._group.create(
                variable.name, variable.dims, (self._length, *column.shape[1:]), column.shape, variable.dtype,
                {"unit": variable.unit, "text": variable.text},
            )  # fmt: skip
        return self._group

    def _write(self) -> None:
        """Write the steps since the last piece."""
        group = self._open()
        if self.steps == self._written:
            return
        if self._length < self.steps:
            self._set_length(max(self.n_steps, self.steps))
        rows = self.steps - self._written
        for name, column in self._columns.items():
            group.write(name, self._written // self._piece, column[:rows])
        if rows == self._piece:
            self._written = self.steps

    def _set_length(self, length: int) -> None:
        if length != self._length:
            for name in self._columns:
                self._open().resize(name, length)
            self._length = length

    def _finish_metadata(self) -> None:
        """Coordinates, the council's sessions, and the metadata in one file."""
        group = self._open()
        minutes = {
            "units": f"minutes since {str(self.start).replace('T', ' ')}",
            "calendar": "proleptic_gregorian",
        }
        steps = np.arange(self.steps, dtype="i8") * self.step_minutes
        text = "beginning of the step whose outcome is recorded"
        group.put("time", ("time",), steps, minutes | {"text": text})
        for name, values in self.names.items():
            group.put(name, (name,), np.asarray(values, dtype="U"), {})
        for name, (dimension, values) in self._beside.items():
            beside = np.asarray(values)
            group.put(name, (dimension,), beside.astype("U") if beside.dtype.kind == "O" else beside, {})
        if "member" in self.names:
            held = np.array([step for step, _ in self.sessions], "i8") * self.step_minutes
            positions = np.array([p for _, p in self.sessions], POSITIONS.dtype)
            positions = positions.reshape(len(self.sessions), len(self.names["member"]))
            group.put("session_time", ("session",), held, minutes | {"text": "time of the session"})
            about = {"unit": POSITIONS.unit, "text": POSITIONS.text}
            group.put(POSITIONS.name, POSITIONS.dims, positions, about)
        beside_names = [*self._beside, *(["session_time"] if "member" in self.names else [])]
        group.set_attributes(
            {
                "start": str(self.start),
                "step_minutes": self.step_minutes,
                "coordinates": " ".join(beside_names),
            }
        )
        group.consolidate()


# columns are made of their buffers: pyarrow.array loads pandas to learn whether it was given a Series


def _numbers(values: NDArray[Any], kind: Any) -> pyarrow.Array:
    import pyarrow

    return pyarrow.Array.from_buffers(kind, len(values), [None, pyarrow.py_buffer(values.tobytes())])


def _words(texts: Sequence[str]) -> pyarrow.Array:
    import pyarrow

    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype="i4")
    buffers = [None, pyarrow.py_buffer(ends.tobytes()), pyarrow.py_buffer(b"".join(encoded))]
    return pyarrow.Array.from_buffers(pyarrow.string(), len(texts), buffers)


def _check_range(variable: Output, given: NDArray[Any]) -> None:
    """Refuse values that the variable's dtype cannot hold rather than wrap them round."""
    dtype = np.dtype(variable.dtype)
    if given.size == 0 or given.dtype == dtype:
        return
    if dtype.kind in "iu":
        if given.dtype.kind == "f" and not np.array_equal(given, np.floor(given)):
            raise ValueError(f"{variable.name}: whole numbers expected, got fractions or NaN")
        limits = np.iinfo(dtype)
        if given.min() < limits.min or given.max() > limits.max:
            raise ValueError(f"{variable.name}: {given.min()} .. {given.max()} do not fit {dtype}")
