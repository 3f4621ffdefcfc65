"""The recorder: takes each step's values and events, chains their digest, writes series.zarr in pieces.

A piece is a fortnight of steps: long enough that a run writes few files, short enough that memory stays
bounded. The store is Zarr format 2, which every reader knows and whose consolidated metadata are standard
(docs/decisions/0002).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from uprising.result.checksums import Checksums, file_checksum
from uprising.result.coordinates import Coordinate, sort_coordinates
from uprising.result.digest import FIRST, NOTHING, event_bytes, link, session_bytes
from uprising.result.files import sync_file
from uprising.result.reading import SERIES
from uprising.result.recorded import Recorded
from uprising.result.series import open_series
from uprising.result.variables import DIGEST, POSITIONS, output_variables
from uprising.result.zarr_format import LIGHT, LIGHTEST, Files, Group, Store
from uprising.schema import Output
from uprising.state import Event

if TYPE_CHECKING:
    import pyarrow
    import xarray

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
        self._checksums: dict[str, str] = {}
        """of the files of whole pieces, as far as a state was taken of them"""

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

    def close(self) -> None:
        """Write the rest. Events recorded after the last step enter the digest here."""
        if self._pending:
            self._chain = hashlib.sha256(self._chain + self._digest_of_pending()).digest()
        self._write()
        self._set_length(self.steps)
        self._finish_metadata()

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Collect what `restore` needs beside the whole pieces in series.zarr, which are synced to the disk.

        Returns
        -------
        arrays, values
            The rows since the last whole piece [step, byte] and their digests [step]; and JSON-able values,
            among them the checksums of the whole pieces.

        Raises
        ------
        ValueError
            Events were recorded after the last step: take the state right after a step.
        """
        if self._pending:
            raise ValueError("the recorder's state can only be taken right after a step was appended")
        row = self.steps - self._written
        if self.folder is not None:
            for name in self._whole_pieces():
                if name not in self._checksums:
                    sync_file(self.folder / SERIES / name)
                    self._checksums[name] = file_checksum(self.folder / SERIES / name)
        return {"rows": self._row_bytes[:row], "step_digests": self._step_digests[:row]}, {
            "steps": self.steps,
            "digest": self.digest,
            "row": str(self._rows.dtype),
            "pieces": dict(self._checksums),
            "events": [list(event) for event in self.events],
            "sessions": [[step, positions] for step, positions in self.sessions],
        }

    def restore(self, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]) -> None:
        """Continue a run from its state and the whole pieces in its folder; later pieces are written again.

        Raises
        ------
        ValueError
            There is no folder, or the state is of another run.
        DamagedError
            A piece is missing or not as it was written.
        """
        if self.folder is None:
            raise ValueError("a run that was kept in memory cannot be resumed; give it an output folder")
        if self.steps:
            raise ValueError("restore a recorder before its first step")
        steps = int(values["steps"])
        row = steps % self._piece
        if (
            values["row"] != str(self._rows.dtype)
            or arrays["rows"].shape != (row, self._row_bytes.shape[1])
            or arrays["step_digests"].shape != (row,)
            or steps > self.n_steps
        ):
            raise ValueError(f"{self.folder}: the state to resume from is not of this run")
        self._row_bytes[:row], self._step_digests[:row] = arrays["rows"], arrays["step_digests"]
        self.steps, self._written = steps, steps - row
        self._checksums = dict(values["pieces"])
        if set(self._checksums) != set(self._whole_pieces()):
            raise ValueError(f"{self.folder}: the state to resume from does not list every piece")
        whole = {f"{SERIES}/{name}": {known} for name, known in self._checksums.items()}
        for error in Checksums(self.folder, whole, "the run cannot be resumed; start it again").damaged():
            raise error
        self._chain = bytes.fromhex(values["digest"])
        self.events = [Event(*event) for event in values["events"]]
        self.sessions = [(int(step), [float(p) for p in positions]) for step, positions in values["sessions"]]

    def series(self) -> xarray.Dataset:
        """The series as a lazy xarray Dataset; call `close` before."""
        return open_series(self.store)

    def recorded(self) -> Recorded:
        """The series as plain arrays; call `close` before."""
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
        """The arrays along time; of a resumed run they are described anew, and their pieces stay."""
        if self._group is not None:
            return self._group
        self._group = Group(self.store, LIGHT if self.folder is not None else LIGHTEST)
        for variable in (*self.variables, DIGEST):
            column = self._columns[variable.name]
            self._group.create(
                variable.name, variable.dims, (self._length, *column.shape[1:]), column.shape, variable.dtype,
                {"unit": variable.unit, "text": variable.text},
            )  # fmt: skip
        return self._group

    def _whole_pieces(self) -> Iterator[str]:
        """Names of the files of all whole pieces inside series.zarr."""
        for name, column in self._columns.items():
            for number in range(self._written // self._piece if column.size else 0):
                yield f"{name}/" + ".".join(map(str, (number, *[0] * (column.ndim - 1))))

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
