"""`uprising serve`: the page, on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def serve(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[DIR]...", help="Run folders to show, or folders of them.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free.")] = 8956,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than your own machine can then ask.")
    ] = "127.0.0.1",
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    jobs_dir: Annotated[Path | None, typer.Option(help="Where runs started from the page are kept.")] = None,
    openapi: Annotated[bool, typer.Option(help="Print the description of the API and leave.")] = False,
) -> None:
    """Show runs and ask 'what if' in the browser."""
    import json
    import socket
    import webbrowser

    import platformdirs
    import uvicorn

    from uprising.errors import UserError
    from uprising.server.app import create_app

    kept = jobs_dir or Path(platformdirs.user_data_dir("uprising")) / "runs"
    is_local = host in ("127.0.0.1", "localhost", "::1")
    app = create_app(list(folders or []), kept, ("127.0.0.1", "localhost", "::1") if is_local else None)
    if openapi:
        app.state.jobs.close()
        print(json.dumps(app.openapi(), indent=1))
        return
    try:
        listening = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    except OSError as error:
        raise UserError(
            f"can't listen on {host}:{port}: {error.strerror or error}; try another --port"
        ) from error
    address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}/"
    typer.echo(f"{address}  (Ctrl-C ends it)")
    if not is_local:
        typer.echo("anybody who reaches this address can start runs here", err=True)
    if open_page:
        webbrowser.open(address)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=3, limit_concurrency=1000)
    uvicorn.Server(config).run(sockets=[listening])
