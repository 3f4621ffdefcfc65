"""HTTP for clients of which some never finish what they begin to ask.

uvicorn waits for the head of a request without end, and counts the connection against its limit meanwhile. So a
thousand connections with half a head each would lock everybody out.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""how long the head of a request may take"""
MOST_WAITING = 200
"""connections that may be amid a head; one more, and the one that has waited longest is closed"""


class PatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, which closes connections that send no whole head in time, or too many of them at once."""

    waits_since: float | None = None
    """time of the loop since when this connection owes the head of a request"""
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._wait()
        else:
            self._stop_waiting()

    def _wait(self) -> None:
        if self.waits_since is not None:
            return
        self.waits_since = self.loop.time()
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._end)
        waiting = [
            one
            for one in self.connections
            if isinstance(one, PatientProtocol) and one.waits_since is not None
        ]
        if len(waiting) > MOST_WAITING:
            min(waiting, key=lambda one: one.waits_since or 0.0)._end()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self.waits_since = self._deadline = None

    def _end(self) -> None:
        self._stop_waiting()
        self.transport.abort()
