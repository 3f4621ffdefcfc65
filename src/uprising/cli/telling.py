"""The story of a run in the terminal: simulated turns, the documented ones beside them, and what it cost."""

from __future__ import annotations

import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

from uprising.errors import UserError, printable

if TYPE_CHECKING:
    from uprising.record.turns import Turn
    from uprising.result import Result

# from Okabe and Ito's palette, told apart by the colour-blind; the side is written out as well
COLOURS = {
    "people": (230, 159, 0),
    "government": (86, 180, 233),
    "hegemon": (204, 121, 167),
    "outside": (150, 150, 150),
}
OUTCOMES = {
    "crushed_by_regime": "The regime puts the uprising down by itself",
    "crushed_by_hegemon": "The hegemon puts the uprising down",
    "negotiated": "It ends in a bargain",
    "regime_fell": "The regime falls",
    "martial_law": "The regime holds under martial law",
    "no_uprising": "There is no uprising",
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
RECORD_WIDTH = 36
FRONT = 20


def print_story(result: Result) -> None:
    """Print the story, the totals and where everything lies."""
    from uprising.result.story import story_of
    from uprising.score.runs import case_of

    try:
        case = result.case or case_of(result.summary["case"], result.provenance.get("case_folder"), None)
    except UserError:
        case = None  # the case has gone; the run tells its story without it
    story = story_of(result, case)
    width = min(shutil.get_terminal_size((110, 24)).columns, 140)
    has_record = any(line.documented for line in story.lines) or bool(story.missing or story.apart)
    beside = RECORD_WIDTH if has_record and width >= 90 else 0
    words = width - FRONT - (beside + 2 if beside else 0)

    if not story.lines:
        typer.echo("Nothing happened that the record would mention.")
    else:
        head = f"  {'time':5} {'who':12}".ljust(FRONT) + "what happened in this run".ljust(words)
        typer.echo((head + ("  on record" if beside else "")).rstrip())
    day = ""
    for line in story.lines:
        date = str(line.time)[:10]
        if date != day:
            day = date
            typer.echo("\n" + _bold(_day(line.time)))
        told = textwrap.wrap(printable(line.words()), words) or [""]
        known: list[str] = []
        if line.documented is not None:
            known = textwrap.wrap(_documented(line.documented, line.time), RECORD_WIDTH if beside else words)
        for row in range(max(len(told), len(known) if beside else 0)):
            side = f"{line.side:12}"
            front = f"  {str(line.time)[11:16]} {_coloured(side, line.side)}" if row == 0 else " " * FRONT
            text = told[row] if row < len(told) else ""
            note = f"  {_dim(known[row])}" if beside and row < len(known) else ""
            typer.echo((front + text.ljust(words) + note).rstrip() if note else (front + text).rstrip())
        if not beside:
            for text in known:
                typer.echo(" " * FRONT + _dim(text))
    _print_turns("On record, but not in this run", story.missing, width)
    _print_turns("Also on record: no single event of a run corresponds to it", story.apart, width)
    _print_totals(result.summary)
    if result.folder is not None:
        typer.echo(f"Everything is in {result.folder}")
        if (Path(result.folder) / "report.html").is_file():
            typer.echo(f"Open {Path(result.folder) / 'report.html'} in a browser")


def _print_turns(heading: str, turns: list[Turn], width: int) -> None:
    if turns:
        typer.echo("\n" + _bold(heading))
    for turn in turns:
        when = _moment(turn.time)[:-6] if turn.is_day else _moment(turn.time)
        for row, text in enumerate(textwrap.wrap(printable(turn.text), width - FRONT)):
            typer.echo((f"  {when}".ljust(FRONT) if row == 0 else " " * FRONT) + _dim(text))


def _print_totals(summary: dict[str, Any]) -> None:
    from uprising.result.towns import town_label

    totals = summary["totals"]
    typer.echo("\n" + _bold(OUTCOMES.get(summary["outcome"], str(summary["outcome"]))))
    dead = [f"{totals[f'dead_{side}']:,} {side}" for side in ("civilian", "security", "hegemon")]
    rows = [
        ("dead", ", ".join(dead)),
        ("wounded", f"{totals['wounded']:,}"),
        ("held at once, at most", f"{totals['detained']:,}"),
        ("fled abroad", f"{totals['fled']:,}"),
    ]
    if totals["peak_crowd"]:
        moment = _moment(np.datetime64(totals["peak_crowd_time"]))
        town = printable(town_label(totals["peak_crowd_place"]).replace("_", " ").title())
        rows.append(("largest crowd", f"{totals['peak_crowd']:,} ({town}, {moment})"))
    if totals["peak_strike_share"] is not None:
        rows.append(("on strike at most", f"{totals['peak_strike_share']:.0%} of the workers"))
    for name, value in rows:
        typer.echo(f"  {name:22} {value}")
    typer.echo(
        f"\n{summary['people']:,} people, {summary['steps']:,} steps, seed {summary['seed']}, "
        f"{summary['wall_seconds']:.1f} s; result {summary['result_digest'][:12]}"
    )


def _documented(turn: Turn, simulated: np.datetime64) -> str:
    if turn.is_day:
        return f"{_moment(turn.time)[:-6]} {printable(turn.text)}"
    same_day = str(turn.time)[:10] == str(simulated)[:10]
    when = str(turn.time)[11:16] if same_day else _moment(turn.time)
    return f"{when} {printable(turn.text)}"


def _moment(time: np.datetime64) -> str:
    text = str(time.astype("datetime64[m]"))
    return f"{int(text[8:10])} {MONTHS[int(text[5:7]) - 1]} {text[11:16]}"


def _day(time: np.datetime64) -> str:
    weekday = DAYS[(int(time.astype("datetime64[D]").astype(int)) + 3) % 7]
    text = str(time)
    return f"{weekday} {int(text[8:10])} {MONTHS[int(text[5:7]) - 1]} {text[:4]}"


def _is_coloured() -> bool:
    import os

    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def _coloured(text: str, side: str) -> str:
    return typer.style(text, fg=COLOURS[side]) if _is_coloured() else text


def _bold(text: str) -> str:
    return typer.style(text, bold=True) if _is_coloured() else text


def _dim(text: str) -> str:
    return typer.style(text, dim=True) if _is_coloured() else text
