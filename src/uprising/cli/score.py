"""`uprising score`: the scorecard of a run or an ensemble against the documented record."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from uprising.result import Result
    from uprising.score import Row

# sign and word say the same: nothing rests on colour
HIT, MISS, OPEN = "= hit", "x MISS", "? open"


def score(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a finished run or ensemble.")],
    set_: Annotated[
        str | None, typer.Option("--set", metavar="training|validation", help="Targets of this set only.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The rows as JSON on standard output.")] = False,
) -> None:
    """Compare a run or an ensemble with the documented record, worst misses first."""
    from uprising.cli.printing import print_json
    from uprising.score import score as compare

    rows = compare(folder, set=set_)
    if as_json:
        print_json(rows)
        return
    _print(rows)


def keep_score(result: Result) -> list[Row] | None:
    """Put the score into the summary of a finished run and its summary.json, if its case has a record.

    A run needs no record: without one, and for a what-if, which nothing documents, the score stays null. A
    damaged record is told on standard error; the run is finished all the same.

    Returns
    -------
    list of Row or None
        The scorecard, for the report.
    """
    from uprising.result.checksums import replace
    from uprising.result.folder import SUMMARY, json_bytes
    from uprising.score import summary_of

    rows = rows_of(result)
    if rows is None:
        return None
    result.summary["score"] = summary_of(rows)
    if result.folder is not None:
        replace(result.folder, SUMMARY, json_bytes(result.summary))
    return rows


def rows_of(result: Result) -> list[Row] | None:
    """The scorecard of a run, or None.

    There is none for a what-if, without a record, or where the case is no longer to be found (the report says
    so itself). A damaged record is told on standard error: the run is finished all the same.
    """
    from uprising.errors import UserError
    from uprising.score.runs import scorecard_of

    try:
        return scorecard_of(result)
    except UserError as error:
        print(f"the run could not be scored: {error}", file=sys.stderr)
        return None


def _print(rows: list[Row]) -> None:
    from uprising.cli.printing import print_table
    from uprising.score import summary_of

    counted = summary_of(rows)
    runs = max((row["runs"] for row in rows), default=0)
    what = "documented value or range and the run's value" if runs == 1 else (
        "documented value and range, median and 90 % interval of the runs"
    )  # fmt: skip
    plural = "" if runs == 1 else "s"
    typer.echo(f"{counted['inside']} of {counted['all']} targets inside, {runs} run{plural}")
    typer.echo(f"Below: {what}; CRPS as a share of the naive guess's (under 1 is better than that guess).\n")
    judged = [row for row in rows if row["inside"] is not None]
    print_table(
        ["", "target", "", "on record", "simulated", "CRPS", "what"],
        [
            [
                HIT if row["inside"] else MISS,
                row["target"],
                row["pattern"],
                row["on_record"],
                row["simulated"],
                _ratio(row),
                row["text"],
            ]
            for row in judged
        ],
        right=(5,),
    )
    unanswered = [row for row in rows if row["inside"] is None]
    if unanswered:
        typer.echo(f"\n{len(unanswered)} targets could not be evaluated:")
        print_table(["", "target", "why"], [[OPEN, row["target"], row["reason"]] for row in unanswered])
    typer.echo("")
    patterns = sorted({row["pattern"] for row in judged}, key=lambda name: int(name[1:]))
    for name in patterns:
        counts = summary_of(row for row in judged if row["pattern"] == name)
        bar = "=" * counts["inside"] + "x" * (counts["all"] - counts["inside"])
        typer.echo(f"  {name:4} {counts['inside']:2} of {counts['all']:2}  {bar}")
    for name in ("training", "validation"):
        counts = summary_of(row for row in judged if row["set"] == name)
        typer.echo(f"  {name}: {counts['inside']} of {counts['all']} inside")


def _ratio(row: Row) -> str:
    if row["crps"] is None or not row["crps_naive"]:
        return "-"
    return f"{row['crps'] / row['crps_naive']:.2f}"
