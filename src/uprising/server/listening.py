"""The address the server listens on, and its end: jobs are cancelled and told so before connections close."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from uprising.errors import UserError
from uprising.server.patience import PatientProtocol

LOCAL = ("127.0.0.1", "localhost", "::1")
GRACE_SECONDS = 3
MOST_CONNECTIONS = 1000


class Server(uvicorn.Server):
    """uvicorn's server that says when it answers, and first ends the jobs of the application when it ends.

    Parameters
    ----------
    app : as made by `create_app`
    on_ready : called once it answers
    """

    def __init__(self, app: Any, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=PatientProtocol,
                log_level="warning",
                timeout_graceful_shutdown=GRACE_SECONDS,
                limit_concurrency=MOST_CONNECTIONS,
                server_header=False,
            )
        )
        self.jobs, self.on_ready = app.state.jobs, on_ready
        self.n_cancelled = 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.n_cancelled = await asyncio.to_thread(self.jobs.close)
        await super().shutdown(sockets)


def listen(host: str, port: int) -> tuple[socket.socket, str]:
    """A socket that listens, and the address of the page.

    Raises
    ------
    UserError
        The address is not to be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise UserError(
            f"can't listen on {host}:{port}: {error.strerror or error}; try another --port"
        ) from error
    shown = f"[{host}]" if ":" in host else host
    return listening, f"http://{shown}:{listening.getsockname()[1]}/"


def names_of(host: str) -> tuple[set[str], bool]:
    """The names under which a server that listens on `host` may be asked; whether others can reach it."""
    names = {*LOCAL, host.lower()}
    try:
        is_local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_local = host.lower() == "localhost"
    if not is_local:
        own = socket.gethostname().lower()
        names |= {own, f"{own}.local", socket.getfqdn().lower()}
    return names, not is_local
