"""Answers that are sent a piece at a time: bytes, a run folder as a zip, what happens to a job."""

from __future__ import annotations

import asyncio
import json
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.responses import JSONResponse, StreamingResponse

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from uprising.server.jobs import Job

PIECE_BYTES = 256 * 1024
LOOK_SECONDS, SAY_SECONDS = 0.2, 1.0
MOST_LISTENERS = 64


class Places:
    """Places for listeners of which only so many may be taken at once."""

    def __init__(self, most: int = MOST_LISTENERS) -> None:
        self.most = most
        self.taken = 0


class Listening(StreamingResponse):
    """Events of a job for one listener, or a refusal where all places are taken.

    The place is taken in the same turn of the loop in which it is seen to be free, however many ask at once.

    Parameters
    ----------
    job : whose events
    places : where a place is taken
    """

    def __init__(self, job: Job, places: Places) -> None:
        headers = {"cache-control": "no-store"}
        super().__init__(_happened(job), media_type="text/event-stream", headers=headers)
        self.places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.places.taken >= self.places.most:
            words = {"detail": f"{self.places.most} pages listen already"}
            await JSONResponse(words, status_code=429)(scope, receive, send)
            return
        self.places.taken += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.places.taken -= 1


async def _happened(job: Job) -> AsyncIterator[str]:
    """What happens to a job, from its latest state whenever the listener is ready for more."""
    seen, n_runs, told = -1, 0, 0.0
    while True:
        version, is_over = job.version, job.is_over
        # while a program is compiled nothing happens but time
        if version != seen or (not is_over and time.monotonic() - told > SAY_SECONDS):
            seen, told = version, time.monotonic()
            yield _event("progress", job.progress())
            runs, comparison = job.runs(), job.comparison
            for one in runs[n_runs:]:
                yield _event("run", one)
            if len(runs) > n_runs and comparison is not None:
                yield _event("comparison", comparison)
            n_runs = len(runs)
        if is_over:
            yield _event("end", {"state": job.state, "error": job.error})
            return
        await asyncio.sleep(LOOK_SECONDS)


def _event(name: str, value: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(value)}\n\n"


async def pieces(content: bytes) -> AsyncIterator[memoryview]:
    """Bytes a piece at a time, so that a slow reader holds no copy of all of them."""
    whole = memoryview(content)
    for start in range(0, len(content), PIECE_BYTES):
        yield whole[start : start + PIECE_BYTES]


class _Pipe:
    """A file for zipfile to write to whose bytes are handed on as they come."""

    def __init__(self) -> None:
        self.held = bytearray()

    def write(self, data: Any) -> int:
        self.held += data
        return len(data)

    def flush(self) -> None: ...

    def take(self) -> bytes:
        taken, self.held = bytes(self.held), bytearray()
        return taken


def zipped(folder: Path, name: str) -> Iterator[bytes]:
    """A run folder as a zip, a piece at a time.

    Dates that the format does not know (before 1980, after 2107) become the nearest that it does.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:  # type: ignore[call-overload]
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not path.is_file() or path.name.endswith(".part"):
                continue
            inside = f"{name}/{path.relative_to(folder).as_posix()}"
            entry = zipfile.ZipInfo.from_file(path, inside, strict_timestamps=False)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with open(path, "rb") as source, archive.open(entry, "w") as target:
                while piece := source.read(PIECE_BYTES):
                    target.write(piece)
                    yield pipe.take()
    yield pipe.take()
