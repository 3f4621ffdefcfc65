"""What stands between the page and other pages: hosts, origins, sizes, and headers on every answer.

A page of any site can ask a server on this machine, by its address or by a name that it makes point here (DNS
rebinding). So only requests for the names this server was started under are answered, and nothing that changes
anything is done for a request that another site has made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

MOST_BYTES = 64 * 1024
"""largest body of a request"""
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
SAFE = frozenset({"GET", "HEAD"})


class Guard:
    """ASGI middleware.

    Parameters
    ----------
    app : the application behind it
    hosts : names under which the server may be asked; None where it was started for a network
    """

    def __init__(self, app: Any, hosts: Iterable[str] | None) -> None:
        self.app = app
        self.hosts = None if hosts is None else frozenset(hosts)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}

        async def answer(message: Any) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in present]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        status, words = self.refusal(scope["method"], asked)
        if status:
            await _refuse(answer, status, words)
            return
        received = 0

        async def measured() -> Any:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MOST_BYTES:
                return {"type": "http.disconnect"}
            return message

        await self.app(scope, measured, answer)

    def refusal(self, method: str, asked: dict[str, str]) -> tuple[int, str]:
        """(status, reason) why a request is not answered; (0, "") where it is."""
        host = asked.get("host", "")
        if self.hosts is not None and _name(host) not in self.hosts:
            return 421, f"this server does not answer for the host {host!r}"
        size = asked.get("content-length", "0")
        if not size.isdigit() or int(size) > MOST_BYTES:
            return 413, f"a request may hold at most {MOST_BYTES:,} bytes"
        if method not in SAFE:
            origin = asked.get("origin")
            if origin is not None and urlsplit(origin).netloc != host:
                return 403, f"a page of {origin} may not change anything here"
            if asked.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
                return 403, "another site may not change anything here"
        return 0, ""


def _name(host: str) -> str:
    """The host without its port."""
    return (urlsplit(f"//{host}").hostname or "") if host else ""


async def _refuse(send: Any, status: int, words: str) -> None:
    body = json.dumps({"detail": words}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
