"""`uprising score`: the scorecard of a run or an ensemble against the documented record."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import numpy as np

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
    _print(rows, _start(folder))


def keep_score(result: Result) -> None:
    """Put the score into the summary of a finished run and its summary.json, if its case has a record.

    A run needs no record: without one, and for a what-if, which nothing documents, the score stays null. A
    damaged record is told on standard error; the run is finished all the same.
    """
    from uprising.errors import UserError
    from uprising.record.tables import has_record
    from uprising.result.folder import SUMMARY, write_json
    from uprising.score import summary_of

    if result.summary.get("what_if") is not None or not has_record(Path(result.provenance["case_folder"])):
        return
    try:
        result.summary["score"] = summary_of(result.score())  # type: ignore[arg-type]
    except UserError as error:
        print(f"the run could not be scored: {error}", file=sys.stderr)
        return
    if result.folder is not None:
        write_json(result.folder / SUMMARY, result.summary)


def _start(folder: Path) -> np.datetime64:
    """Start of the case's calendar, from which moments are counted."""
    import numpy as np

    from uprising.score.runs import case_of, runs_of

    run = next(runs_of(folder))
    case = case_of(run.case, run.case_folder, run.what_if)
    return np.datetime64(case.settings.calendar.start, "m")


def _print(rows: list[Row], start: np.datetime64) -> None:
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
                _documented(row, start),
                _simulated(row, start),
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


def _documented(row: Row, start: np.datetime64) -> str:
    value = "" if row["documented"] is None else value_text(row["documented"], row, start)
    low, high = row["low"], row["high"]
    if low is not None and high is not None:
        if low == high == row["documented"]:
            return value
        span = _span(low, high, row, start)
    elif low is not None:
        span = f"at least {value_text(low, row, start)}"
    else:
        span = f"at most {value_text(high or 0.0, row, start)}"
    return f"{value} ({span})" if value else span


def _simulated(row: Row, start: np.datetime64) -> str:
    if row["median"] is None or row["q05"] is None or row["q95"] is None:
        return "-"
    middle = value_text(row["median"], row, start)
    if row["happened"] == 0.0:
        return "does not happen"
    if row["runs"] == 1:
        return middle
    text = f"{middle} ({_span(row['q05'], row['q95'], row, start)})"
    if row["happened"] is not None and row["happened"] < 1.0:
        text += f", in {row['happened']:.0%} of runs"
    return text


def _span(low: float, high: float, row: Row, start: np.datetime64) -> str:
    """A range; the day is written once where both ends fall on it."""
    first, last = value_text(low, row, start), value_text(high, row, start)
    if row["unit"] == "day" and not row["is_lag"] and first[:-5] == last[:-5]:
        last = last[-5:]
    return f"{first} .. {last}"


def value_text(value: float, row: Any, start: np.datetime64) -> str:
    """A value in words: a moment as a date, a lag in days or hours, people with separators."""
    import numpy as np

    if row["unit"] == "day" and not row["is_lag"]:
        moment = str(start + np.timedelta64(round(value * 1440), "m"))
        months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
        return f"{int(moment[8:10])} {months[int(moment[5:7]) - 1]} {moment[11:16]}"
    if row["unit"] == "day":
        return f"{value:.1f} d" if abs(value) >= 1 else f"{value * 24:.1f} h"
    if row["unit"] == "1":
        return f"{value:.2f}"
    return f"{value:,.0f}"
