"""`uprising bench`: speed and memory on this machine against the targets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

BENCHMARKS = Path("benchmarks")


def bench(
    quick: Annotated[
        bool, typer.Option("--quick", help="Only up to a tenth of the people: a minute instead of several.")
    ] = False,
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="In a checkout: the other benchmarks, too (Epstein, ensembles, more people)."
        ),
    ] = False,
    peers: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="With --all: Mesa and AMBER, too, from their environments in this folder "
            "(benchmarks/peers/compare.py --install makes them).",
        ),
    ] = None,
    twice: Annotated[
        bool, typer.Option("--twice", help="Measure all a second time, and say how far apart.")
    ] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Add the figures as a line to benchmarks/history.jsonl.")
    ] = False,
    case: Annotated[
        str, typer.Option(help="Case to run; the targets are those of Hungary.")
    ] = "hungary-1956",
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Last day of the runs; the targets hold for all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Measure speed and memory on this machine: the targets, and where the time goes."""
    from uprising.benchmark import bench as measure
    from uprising.benchmark import beside
    from uprising.cli.printing import print_json
    from uprising.errors import UserError

    if peers is not None and not everything:
        raise UserError("--peers is one more of the other benchmarks; give --all as well")

    def tell(words: str) -> None:
        print(f"{words} ...", file=sys.stderr)

    def table() -> list[Any]:
        others = beside(BENCHMARKS, tell, peers) if everything else []
        return [*measure(case, quick=quick, until=until, tell=tell), *others]

    rows = table()
    if twice:
        again = {row.target: row.measured for row in table()}
        rows = [row._replace(again=again.get(row.target)) for row in rows]
    if record:
        from uprising.benchmark.history import append

        append(BENCHMARKS / "history.jsonl", rows)
    if as_json:
        print_json([row.as_json() for row in rows])
    else:
        _print(rows)


def _print(rows: list[Any]) -> None:
    from uprising.benchmark.table import figure
    from uprising.cli.printing import print_table

    targets = [row for row in rows if row.goal is not None]
    print_table(
        ["", "target", "measured", "goal", ""],
        [
            [
                "hit" if row.is_met else "miss",
                row.target,
                figure(row.measured, row.unit),
                f"{row.sense} {row.goal:,g}",
                _note(row),
            ]
            for row in targets
        ],
        right=(2,),
    )
    others = [row for row in rows if row.goal is None and not row.details]
    typer.echo("")
    print_table(
        ["for comparison", "measured", ""],
        [[row.target, figure(row.measured, row.unit), _note(row)] for row in others],
        right=(1,),
    )
    typer.echo("\nWhere the time goes, on one thread (processor time):\n")
    print_table(
        ["stage", "seconds", "share"],
        [
            [row.target.removeprefix("stage: "), f"{row.measured:.3f}", f"{row.details['share']:.1%}"]
            for row in rows
            if "share" in row.details
        ],
        right=(1, 2),
    )
    typer.echo("")
    print_table(
        ["kernel", "calls", "seconds", "GB moved", "million draws", "floor", "times"],
        [_kernel(row) for row in rows if "calls" in row.details],
        right=(1, 2, 3, 4, 5, 6),
    )
    met = sum(bool(row.is_met) for row in targets)
    typer.echo(f"\n{met} of {len(targets)} targets reached")
    apart = [row.apart for row in targets if row.again is not None]
    if apart:
        typer.echo(f"twice within {max(apart):.0%}")


def _note(row: Any) -> str:
    """What the second time brought, where there was one, and the row's own note."""
    from uprising.benchmark.table import figure

    again = "" if row.again is None else f"again {figure(row.again, '')}, {row.apart:.0%} apart"
    return "; ".join(filter(None, (again, row.note)))


def _kernel(row: Any) -> list[str]:
    """A kernel's time beside the least time in which memory and processor could do as much."""
    details = row.details
    floor = details["floor_seconds"]
    return [
        row.target.removeprefix("kernel: "),
        f"{details['calls']:,.0f}",
        f"{row.measured:.3f}",
        f"{details['bytes_moved'] / 1e9:.3f}",
        f"{details['draws'] / 1e6:.2f}",
        f"{floor:.3f}",
        f"{row.measured / floor:,.1f}" if floor else "",
    ]
