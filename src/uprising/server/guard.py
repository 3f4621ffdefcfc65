"""What stands between the page and other pages: hosts, origins, sizes, and headers on every answer.

A page of any site can ask a server on this machine, by its address or by a name that it makes point here (DNS
rebinding). So only requests for the names this server was started under are answered, and nothing is done for a
request that another site has made.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MOST_BYTES = 64 * 1024
"""largest body of a request"""
PATIENCE_SECONDS = 30.0
"""how long a client may take to send its body, or to take the next piece of an answer"""
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-cache",
}
SAFE = frozenset({"GET", "HEAD"})
OWN = ("same-origin", "none")
"""what a browser says of a request of the page itself, or of its user"""


class GoneError(Exception):
    """The client has stopped reading."""


class Guard:
    """ASGI middleware.

    Parameters
    ----------
    app : the application behind it
    hosts : names under which the server may be asked
    is_public : whether any address of this machine will do too (a name can be made to point here, a number can't)
    """

    def __init__(self, app: Any, hosts: Iterable[str], is_public: bool = False) -> None:
        self.app = app
        self.hosts = frozenset(host.lower() for host in hosts)
        self.is_public = is_public

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in present]
                message = {**message, "headers": [*message["headers"], *more]}
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await send(message)
            except TimeoutError:
                raise GoneError from None

        asked = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        status, words = self.refusal(scope["method"], scope["path"], asked)
        body = b""
        if not status and scope["method"] not in SAFE:
            status, words, body = await _body(receive)
        is_told = scope["method"] in SAFE

        async def told() -> Message:
            nonlocal is_told
            if is_told:
                return await receive()
            is_told = True
            return {"type": "http.request", "body": body, "more_body": False}

        try:
            if status:
                await _refuse(answer, status, words)
            else:
                await self.app(scope, told, answer)
        except GoneError:
            return  # the connection is closed behind an answer that is not whole

    def refusal(self, method: str, path: str, asked: dict[str, str]) -> tuple[int, str]:
        """(status, reason) why a request is not answered; (0, "") where it is."""
        host = asked.get("host", "")
        if not self._knows(_name(host)):
            return 421, f"this server does not answer for the host {host!r}"
        size = asked.get("content-length", "0")
        if not size.isdecimal() or len(size) > len(str(MOST_BYTES)) or int(size) > MOST_BYTES:
            return 413, TOO_MUCH
        if method not in SAFE or path.startswith("/api"):
            origin = asked.get("origin")
            if origin is not None and origin.partition("://")[2].lower() != host.lower():
                return 403, f"a page of {origin} gets nothing here"
            if asked.get("sec-fetch-site", "none") not in OWN:
                return 403, "this is for the page itself, not for other sites"
        return 0, ""

    def _knows(self, name: str) -> bool:
        if name in self.hosts:
            return True
        if not self.is_public:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


TOO_MUCH = f"a request may hold at most {MOST_BYTES:,} bytes"


def _name(host: str) -> str:
    """The host without its port, in lower case."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


async def _body(receive: Receive) -> tuple[int, str, bytes]:
    """(status, reason, body): the whole body of a request, or why it is not taken."""
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > MOST_BYTES:
                    return 413, TOO_MUCH, b""
                if not message.get("more_body", False):
                    return 0, "", bytes(body)
    except TimeoutError:
        return 408, "the request did not arrive", b""


async def _refuse(send: Send, status: int, words: str) -> None:
    body = json.dumps({"detail": words}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
