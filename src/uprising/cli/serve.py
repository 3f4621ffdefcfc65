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
    jobs_dir: Annotated[
        Path | None,
        typer.Option(help="Where runs started from the page are kept; in your user folder by default."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Runs from the page computed at once; by default a core each, at most four; all cores with -1.",
        ),
    ] = None,
    openapi: Annotated[
        bool, typer.Option("--openapi", help="Print the description of the API and leave.")
    ] = False,
) -> None:
    """Show runs and ask 'what if' in the browser."""
    import json
    import webbrowser

    import platformdirs

    from uprising.arguments import cores
    from uprising.crisis.threads import available_cores
    from uprising.errors import UserError
    from uprising.server.app import create_app
    from uprising.server.listening import Server, listen, names_of

    kept = jobs_dir or Path(platformdirs.user_data_dir("uprising", appauthor=False)) / "runs"
    chosen = min(available_cores(), 4) if workers is None else cores("workers", workers) or available_cores()
    n_workers = 0 if openapi else chosen
    if not openapi:
        try:
            kept.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(
                f"the folder for runs, {kept}, cannot be made ({error.strerror or error}); name another with --jobs-dir"
            ) from error
    hosts, is_public = names_of(host)
    app = create_app(list(folders or []), kept, hosts, n_workers, is_public)
    if openapi:
        typer.echo(json.dumps(app.openapi(), indent=1))
        return
    listening, address = listen(host, port)

    def tell() -> None:
        typer.echo(f"{address}  (Ctrl-C ends it)")
        typer.echo(f"runs started from the page are kept in {kept}", err=True)
        if is_public:
            typer.echo("anybody who reaches this address can start runs here", err=True)
        if open_page:
            webbrowser.open(address)

    server = Server(app, tell)
    try:
        server.run(sockets=[listening])
    finally:
        if n := server.n_cancelled:
            jobs = "job" if n == 1 else "jobs"
            typer.echo(f"{n} unfinished {jobs} cancelled; finished runs are in {kept}", err=True)
