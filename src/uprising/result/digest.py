"""The digest of a run: how each step enters it, and how it is computed again from what a folder holds."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow

FIRST = hashlib.sha256(b"uprising").digest()
NOTHING = hashlib.sha256().digest()
"""what a step enters in place of events when nothing emerged"""
AFTER_THE_END = "last_fighting"
"""kind of the event that is recorded after the last step, when it is known"""


def event_bytes(step: int, kind: str, place: str, actor: str, quantity: float) -> bytes:
    """Pack what enters the digest of an event: all but its words."""
    return f"{kind}\0{place}\0{actor}\0".encode() + struct.pack("<qd", step, quantity)


def session_bytes(step: int, positions: NDArray[np.float32]) -> bytes:
    """Pack what enters the digest of a session of the council."""
    return struct.pack("<q", step) + positions.tobytes()


def link(chain: bytes, row: Any, emerged: bytes) -> bytes:
    """Chain a step to all before it: its values, and the digest of what emerged in it."""
    return hashlib.sha256(b"".join((chain, row, emerged))).digest()


class Recomputed(NamedTuple):
    """A digest that was computed again; `differs_at` is the first step whose own digest is another, or None."""

    digest: str
    differs_at: int | None


def recompute(
    series: Mapping[str, NDArray[Any]],
    step_digests: NDArray[np.uint64],
    events: Iterable[tuple[int, str, str, str, float]],
    sessions: Iterable[tuple[int, NDArray[np.float32]]],
) -> Recomputed:
    """Compute the digest of a run again.

    Parameters
    ----------
    series
        Variables [step, ...] in the order in which they were recorded.
    step_digests
        First eight bytes of the digest after each step [step].
    events
        Step, kind, place, actor and quantity of each, in their order.
    sessions
        Step and positions [member] of each session of the council, in their order.

    Returns
    -------
    Recomputed
        The digest of the whole run.
    """
    n_steps = len(step_digests)
    rows = np.zeros(n_steps, [(name, values.dtype, values.shape[1:]) for name, values in series.items()])
    for name, values in series.items():
        rows[name] = values
    of_row = rows.view(np.uint8).reshape(n_steps, -1)
    emerged: dict[int, bytearray] = {}
    late = bytearray()
    for event in events:
        (late if event[1] == AFTER_THE_END else emerged.setdefault(event[0], bytearray())).extend(event_bytes(*event))
    for step, positions in sessions:
        emerged.setdefault(step, bytearray()).extend(session_bytes(step, positions))
    chain, differs_at = FIRST, None
    for step in range(n_steps):
        new = hashlib.sha256(emerged[step]).digest() if step in emerged else NOTHING
        chain = link(chain, of_row[step], new)
        if differs_at is None and int.from_bytes(chain[:8], "little") != int(step_digests[step]):
            differs_at = step
    if late:
        chain = hashlib.sha256(chain + hashlib.sha256(late).digest()).digest()
    return Recomputed(chain.hex(), differs_at)


def steps_of(times: Any, start: np.datetime64, step_minutes: int) -> list[int]:
    """Count the steps from the start to each time."""
    minutes = (np.asarray(times, "M8[m]") - start.astype("M8[m]")).astype(np.int64)
    return [int(step) for step in minutes // step_minutes]


def events_of(table: pyarrow.Table, start: np.datetime64, step_minutes: int) -> list[tuple[Any, ...]]:
    """List the events of a table as `recompute` takes them."""
    steps = steps_of(table["time"].to_pylist(), start, step_minutes)
    columns = [table[name].to_pylist() for name in ("kind", "place", "actor", "quantity")]
    return list(zip(steps, *columns, strict=True))
