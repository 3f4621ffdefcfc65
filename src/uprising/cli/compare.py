"""`uprising compare`: the effect of a what-if, paired by seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from uprising.wording import counted


def compare(
    baseline: Annotated[Path, typer.Argument(metavar="DIR_A", help="Folder of the baseline's ensemble.")],
    what_if: Annotated[Path, typer.Argument(metavar="DIR_B", help="Folder of the what-if's ensemble.")],
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the comparison as SVG.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """What a change does: differences with 90 % intervals, run by run with the same seed."""
    from uprising.cli.printing import print_json
    from uprising.experiment import compare as pair

    if plot is not None:
        from uprising.result.folder import prepare_file

        prepare_file(plot)
    comparison = pair(baseline, what_if)
    if plot is not None:
        comparison.plot(plot)
    if as_json:
        print_json(comparison.findings)
        return
    _print(comparison.findings)
    if plot is not None:
        typer.echo(f"\nDrawn in {plot}")


def _print(findings: dict[str, Any]) -> None:
    from uprising.cli.printing import print_table
    from uprising.cli.telling import OUTCOMES

    names = [findings[side]["what_if"] or "baseline" for side in ("baseline", "what_if")]
    typer.echo(
        f"{findings['case']}: {names[1]} against {names[0]}, {counted(findings['n_pairs'], 'pair')} of the same seed, "
        f"scale {findings['scale']:g}\n"
    )
    head = [names[0], names[1], "difference", "90 % interval"]
    print_table(
        ["outcome", *head],
        [
            [
                OUTCOMES.get(name, name),
                f"{row['baseline']:.0%}",
                f"{row['what_if']:.0%}",
                f"{row['difference']:+.0%}",
                "{:+.0%} .. {:+.0%}".format(*row["interval"]),
            ]
            for name, row in findings["outcomes"].items()
        ],
        right=(1, 2, 3),
    )
    typer.echo("")
    print_table(
        ["total (mean)", *head, "error"],
        [
            [
                name.replace("_", " "),
                _number(row["baseline"]),
                _number(row["what_if"]),
                *_effect(row, _signed),
                _ratio(row),
            ]
            for name, row in findings["totals"].items()
        ],
        right=(1, 2, 3, 5),
    )
    typer.echo(
        "\nerror: standard error of the difference, as a share of what unpaired runs would have; small where"
        "\nthe draws that both worlds share decide, near 1 where the paths have nothing left in common\n"
    )
    print_table(
        ["date (median)", "in", head[0], "in", head[1], "in both", "hours later", head[3]],
        [
            [
                name.replace("_", " "),
                f"{row['happened']['baseline']:.0%}",
                (row["baseline"] or "").replace("T", " "),
                f"{row['happened']['what_if']:.0%}",
                (row["what_if"] or "").replace("T", " "),
                f"{row['n']}",
                *_effect(row, lambda hours, _: f"{hours:+.1f}"),
            ]
            for name, row in findings["dates"].items()
        ],
        right=(1, 3, 5, 6),
    )
    parting = findings["parting"]
    if not parting["n_parted"]:
        typer.echo("\nThe paths never part: the change changes nothing.")
        return
    typer.echo(
        f"\nThe paths part in {parting['n_parted']} of {findings['n_pairs']} pairs, at the earliest "
        f"{parting['earliest'].replace('T', ' ')}, in the middle {parting['median'].replace('T', ' ')}."
    )
    for kind, count in list(parting["first_events"].items())[:3]:
        typer.echo(f"  the first event that differs is of kind {kind.replace('_', ' ')} in {count}")


def _effect(row: dict[str, Any], form: Callable[[float, float], str]) -> list[str]:
    """Difference and interval, written to the places that the largest of them asks for."""
    if row["difference"] is None:
        return ["", ""]
    ends = row["interval"] or []
    largest = max(abs(value) for value in (row["difference"], *ends))
    return [form(row["difference"], largest), " .. ".join(form(end, largest) for end in ends)]


def _ratio(row: dict[str, Any]) -> str:
    ratio = row.get("error_ratio")
    return "" if ratio is None else f"{ratio:.2f}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 10 or value == 0 else f"{value:.3f}"


def _signed(value: float, largest: float) -> str:
    return f"{value:+,.0f}" if largest >= 10 else f"{value:+.3f}"
