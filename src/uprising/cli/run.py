"""`uprising run`: one run of a case."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uprising.arguments import DEFAULT_SEED

if TYPE_CHECKING:
    from uprising.result import Result


def run(
    case: Annotated[
        str | None,
        typer.Argument(metavar="CASE", help="Name of a shipped case, or a case folder.", show_default=False),
    ] = None,
    scale: Annotated[
        float | None,
        typer.Option(help="Share of the people simulated one by one, above 0 to 1.", show_default="1.0"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Seed of all draws; the same seed gives the same run.", show_default=str(DEFAULT_SEED)),
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day; the case's own by default.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day, included.")] = None,
    clocks: Annotated[
        str | None, typer.Option(metavar="crisis", help="Clocks to run.", show_default="crisis")
    ] = None,
    what_if: Annotated[
        str | None, typer.Option(metavar="NAME", help="What-if overlay; see `uprising case what-ifs`.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A behavioural parameter; may be given again."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run folder to write; must be new or empty.")
    ] = None,
    new_in: Annotated[
        Path | None,
        typer.Option(
            "--new-in", metavar="DIR", help="Write a new run folder in DIR, named by case and time."
        ),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Go on with an interrupted or killed run. Its own settings apply; others are refused. "
            "Give CASE only if the case has moved.",
        ),
    ] = None,
    snapshot_minutes: Annotated[
        float | None,
        typer.Option(
            metavar="MINUTES",
            help="Save the state into the run folder every so many minutes, less often where that would take "
            "over 3 % of the time; 0: only when interrupted (Ctrl-C, SIGTERM, SIGUSR1, SIGHUP).",
            show_default="10",
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(metavar="N", help="Threads; all cores by default or with -1.")
    ] = None,
    keep_people: Annotated[
        bool | None, typer.Option("--keep-people", help="Write people.parquet at the end.", show_default=False)
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Print the order of a step and leave.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON on standard output.")] = False,
) -> None:
    """Simulate a case once and tell its story."""
    from uprising.cli.printing import print_json
    from uprising.errors import UserError

    if explain:
        _explain(as_json)
        return
    if case is None and resume is None:
        raise UserError(
            "which case? For example: uprising run hungary-1956 (`uprising case list` lists them)"
        )
    if resume is not None and out is not None:
        raise UserError("--resume writes into the folder of the interrupted run; leave --out away")
    if new_in is not None and (out is not None or resume is not None):
        raise UserError("--new-in makes a new folder; leave --out and --resume away")
    parameters = _parameters(settings or [])

    from uprising.interruption import Interruption

    # Ctrl-C amid the import of a module in C would come out as that module's own error
    with Interruption() as interruption, interruption.at_once():
        from uprising.cli.folders import new_folder
        from uprising.cli.progress import showing
        from uprising.simulation import explaining
        from uprising.simulation import run as simulate

    with ExitStack() as held:
        if new_in is not None:
            out = held.enter_context(new_folder(new_in, str(case), what_if))
        held.enter_context(explaining(resume or out))
        with showing(quiet=as_json) as progress:
            result = simulate(
                case,
                seed=seed,
                scale=scale,
                start=start,
                until=until,
                threads=threads,
                parameters=parameters or None,
                out=out,
                resume=resume,
                keep_people=keep_people,
                clocks=clocks,
                snapshot_minutes=snapshot_minutes,
                progress=progress,
                what_if=what_if,
                command=["uprising", *sys.argv[1:]],
            )
        _complete(result)
        if as_json:
            print_json(result.summary)
            return
        from uprising.cli.telling import print_story

        print_story(result)


def _complete(result: Result) -> None:
    """Add scorecard and report to a run that is whole without them, too."""
    from uprising.cli.score import keep_score
    from uprising.interruption import Interruption
    from uprising.result.report import write_report

    with Interruption() as interruption, interruption.at_once():
        scorecard = keep_score(result)
        if result.folder is not None:
            write_report(result, result.folder / "report.html", scorecard)


def _parameters(settings: list[str]) -> dict[str, float]:
    """Values of `--set NAME=VALUE` by name; names and ranges are checked by the run itself."""
    from uprising.errors import UserError

    found: dict[str, float] = {}
    faults: list[str] = []
    for setting in settings:
        name, sign, value = setting.partition("=")
        name = name.strip()
        try:
            if not sign or not name:
                raise ValueError
            number = float(value)
        except ValueError:
            hint = "; write decimals with a point" if "," in value else ""
            faults.append(f"--set {setting}: expected name=number, like --set weight_social=0.7{hint}")
            continue
        if name in found and found[name] != number:
            faults.append(f"--set {setting}: {name} is already set to {found[name]:g}; give it once")
        found[name] = number
    if faults:
        raise UserError(*faults)
    return found


def _explain(as_json: bool) -> None:
    from uprising.cli.printing import print_json, print_table
    from uprising.crisis.order import explain

    steps = explain()
    if as_json:
        print_json(
            [
                {"name": name, "text": text, "section": section, "writes": list(writes)}
                for name, text, section, writes in steps
            ]
        )
        return
    typer.echo("A crisis step, in order:\n")
    print_table(
        ["", "step", "section", "what happens", "writes"],
        [[str(i), name, section, text, _blocks(writes)] for i, (name, text, section, writes) in enumerate(steps, 1)],
        right=(0,),
    )


def _blocks(writes: tuple[str, ...]) -> str:
    """Blocks of the state among fields like block.field, each once."""
    return ", ".join(dict.fromkeys(field.partition(".")[0] for field in writes))
