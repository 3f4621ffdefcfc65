"""`uprising ensemble`: many runs of a case."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from uprising.wording import counted


def ensemble(
    case: Annotated[
        str | None,
        typer.Argument(metavar="CASE", help="Name of a shipped case, or a case folder.", show_default=False),
    ] = None,
    runs: Annotated[
        int | None, typer.Option(metavar="N", help="How many runs, with the seeds 1956, 1957, ...")
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(metavar="A:B", help="Seeds from A to B - 1, in place of --runs.")
    ] = None,
    scale: Annotated[
        float | None,
        typer.Option(help="Share of the people simulated one by one, above 0 to 1; 0.01 by default."),
    ] = None,
    what_if: Annotated[
        str | None, typer.Option(metavar="NAME", help="What-if overlay; see `uprising case what-ifs`.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A behavioural parameter; may be given again."),
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day; the case's own by default.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day, included.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder to write; by default a new one in runs/."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", help="Processes on this machine; all cores by default or with -1."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="tcp://HOST:PORT",
            help="Run on a Dask cluster (needs the extra `cluster`). Anybody who reaches the scheduler's port can "
            "run any code on it: keep that port inside a network you trust.",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the ensemble in --out: only what isn't whole.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="ensemble.json on standard output.")] = False,
) -> None:
    """Simulate a case once a seed and sum the runs up."""
    from uprising import arguments
    from uprising.cli.printing import print_json
    from uprising.cli.run import _parameters
    from uprising.errors import UserError

    if case is None and not resume:
        raise UserError("which case? For example: uprising ensemble hungary-1956 --runs 20")
    if resume and out is None:
        raise UserError("--resume needs the folder of the ensemble: --out DIR")
    arguments.cores("workers", workers)
    parameters = _parameters(settings or [])
    chosen = _seeds(seeds)
    from uprising.cli.folders import new_folder
    from uprising.experiment import ensemble as simulate

    with ExitStack() as held:
        folder = out or held.enter_context(new_folder(Path("runs"), str(case), what_if))
        executor = held.enter_context(_cluster(cluster))
        progress = held.enter_context(_showing(quiet=as_json))
        study = simulate(
            case,
            runs=runs,
            seeds=chosen,
            scale=scale,
            what_if=what_if,
            parameters=parameters or None,
            start=start,
            until=until,
            out=folder,
            executor=executor,
            workers=workers,
            resume=resume,
            progress=progress,
        )
    if as_json:
        print_json(study.findings)
    else:
        _print(study)
    if study.findings["n_failed"] == study.findings["n_runs"]:
        typer.echo(f"every run failed; the details are in {study.folder / 'parts'}", err=True)
        raise typer.Exit(1)


def _seeds(text: str | None) -> range | None:
    """`A:B` as a range."""
    from uprising.errors import UserError

    if text is None:
        return None
    first, colon, last = text.partition(":")
    try:
        if not colon:
            raise ValueError
        found = range(int(first), int(last))
    except ValueError as error:
        raise UserError(f"--seeds {text}: expected A:B, like 0:200 for the seeds 0 to 199") from error
    if not found:
        raise UserError(f"--seeds {text} holds no seed; B must be greater than A")
    return found


@contextmanager
def _cluster(address: str | None) -> Iterator[Any]:
    """An executor on a Dask cluster, or None."""
    from uprising.errors import UserError

    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise UserError("--cluster needs Dask: pip install 'uprising[cluster]'") from error
    _hush()
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(f"there is no Dask scheduler at {address}: {error}") from error
    try:
        if not client.scheduler_info()["workers"]:
            raise UserError(
                f"the cluster at {address} has no workers; start some: dask worker {address} --nthreads 1"
            )
        yield client.get_executor(pure=False)
    finally:
        client.close(timeout=2)


def _hush() -> None:
    """What Dask logs of lost connections is told in the program's own words."""
    import logging

    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


@contextmanager
def _showing(quiet: bool) -> Iterator[Callable[[str, int, int, int, float | None], None] | None]:
    """Show progress with time left while the block runs; nothing where standard error is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bars:
        task = bars.add_task("preparing", total=None, left="")

        def progress(stage: str, done: int, total: int, failed: int, seconds_left: float | None) -> None:
            left = "" if seconds_left is None else f"{_duration(seconds_left)} left"
            if failed:
                left += f", {failed} failed"
            bars.update(
                task, description=stage, completed=done, total=total if stage == "runs" else None, left=left
            )

        yield progress


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _print(study: Any) -> None:
    from uprising.cli.printing import print_table
    from uprising.cli.telling import OUTCOMES

    findings = study.findings
    world = f", what if {findings['what_if']}" if findings["what_if"] else ""
    done = findings["n_runs"] - findings["n_failed"]
    typer.echo(f"{counted(done, 'run')} of {findings['case']}{world} at scale {findings['scale']:g}\n")
    print_table(
        ["share", "90 %", "outcome"],
        [
            [f"{row['share']:.0%}", "{:.0%} - {:.0%}".format(*row["interval"]), OUTCOMES.get(name, name)]
            for name, row in study.outcomes().items()
        ],
        right=(0,),
    )
    typer.echo("")
    print_table(
        ["total", "5 %", "median", "95 %"],
        [
            [name.replace("_", " "), *(_number(row[level]) for level in ("q05", "q50", "q95"))]
            for name, row in findings["quantiles"]["totals"].items()
        ],
        right=(1, 2, 3),
    )
    typer.echo("")
    print_table(
        ["date", "in", "5 %", "median", "95 %"],
        [
            [
                name.replace("_", " "),
                "" if row["share"] is None else f"{row['share']:.0%}",
                *((row[level] or "").replace("T", " ") for level in ("q05", "q50", "q95")),
            ]
            for name, row in findings["quantiles"]["dates"].items()
        ],
        right=(1,),
    )
    for run in findings["runs"]:
        if run["error"] is not None:
            typer.echo(f"seed {run['seed']} failed: {run['error']}", err=True)
    typer.echo(f"\nEverything is in {study.folder}")


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 10 or value == 0 else f"{value:.2f}"
