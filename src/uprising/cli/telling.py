"""The story of a run in the terminal: simulated turns, the documented ones beside them, and what it cost."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

from uprising.cli.printing import width
from uprising.errors import UserError, printable

if TYPE_CHECKING:
    from uprising.record.turns import Turn
    from uprising.result import Result
    from uprising.result.story import Line

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
FRONT, NARROW_FRONT = 20, 2
"""columns before the words: time and side; where those have a line of their own, an indent"""
NARROW = 60


def print_story(result: Result) -> None:
    """Print the story, the totals and where everything lies."""
    from uprising.result.story import story_of
    from uprising.score.runs import case_of

    try:
        case = result.case or case_of(result.summary["case"], result.provenance.get("case_folder"), None)
    except UserError:
        case = None  # the case has gone; the run tells its story without it
    story = story_of(result, case)
    columns = min(width(), 140)
    is_narrow = columns < NARROW
    indent = NARROW_FRONT if is_narrow else FRONT
    has_record = any(line.documented for line in story.lines) or bool(story.missing or story.apart)
    beside = RECORD_WIDTH if has_record and columns >= 90 else 0
    words = columns - indent - (beside + 2 if beside else 0)

    if not story.lines:
        _say("Nothing happened that the record would mention.")
    elif not is_narrow:
        head = f"  {'time':5} {'who':12}".ljust(FRONT) + "what happened in this run".ljust(words)
        typer.echo((head + ("  on record" if beside else "")).rstrip())
    day = ""
    for line in story.lines:
        date = str(line.time)[:10]
        if date != day:
            day = date
            typer.echo("\n" + _bold(_day(line.time)))
        _print_line(line, words, indent, beside)
    _print_turns("On record, but not in this run", story.missing, columns)
    _print_turns("Also on record: no single event of a run corresponds to it", story.apart, columns)
    _print_totals(result.summary)
    if result.folder is not None:
        typer.echo(f"Everything is in {result.folder}")
        if (Path(result.folder) / "report.html").is_file():
            typer.echo(f"Open {Path(result.folder) / 'report.html'} in a browser")


def _print_turns(heading: str, turns: list[Turn], columns: int) -> None:
    is_narrow = columns < NARROW
    indent = NARROW_FRONT if is_narrow else FRONT
    if turns:
        _say("\n" + heading, style=_bold)
    for turn in turns:
        when = _moment(turn.time)[:-6] if turn.is_day else _moment(turn.time)
        if is_narrow:
            typer.echo(when)
        for row, text in enumerate(textwrap.wrap(printable(turn.text), columns - indent)):
            front = f"  {when}".ljust(FRONT) if row == 0 and not is_narrow else " " * indent
            typer.echo(front + _dim(text))


def _print_line(line: Line, words: int, indent: int, beside: int) -> None:
    """Print a turn of the story, the documented one beside it or below."""
    side = f"{line.side:12}"
    front = f"  {str(line.time)[11:16]} {_coloured(side, line.side)}"
    told = textwrap.wrap(printable(line.words()), words) or [""]
    known: list[str] = []
    if line.documented is not None:
        note = _documented(line.documented, line.time)
        # without a column of its own it is told apart by a mark, since not every terminal shows a dim colour
        known = textwrap.wrap(note if beside else f"(on record: {note})", RECORD_WIDTH if beside else words)
    if indent < FRONT:
        typer.echo(front.strip())
        front = " " * indent
    for row in range(max(len(told), len(known) if beside else 0)):
        text = told[row] if row < len(told) else ""
        start = front if row == 0 else " " * indent
        note = f"  {_dim(known[row])}" if beside and row < len(known) else ""
        typer.echo((start + text.ljust(words) + note).rstrip() if note else (start + text).rstrip())
    if not beside:
        for text in known:
            typer.echo(" " * indent + _dim(text))


def _say(text: str, style: Callable[[str], str] = str) -> None:
    """Print a sentence, wrapped to the terminal's width."""
    lead = "\n" if text.startswith("\n") else ""
    typer.echo(lead + style(textwrap.fill(text.strip(), width())))


def _print_totals(summary: dict[str, Any]) -> None:
    from uprising.result.towns import town_label

    totals = summary["totals"]
    _say("\n" + OUTCOMES.get(summary["outcome"], str(summary["outcome"])), style=_bold)
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
        if width() < NARROW:
            _say(f"  {name}: {value}")
        else:
            typer.echo(f"  {name:22} {value}")
    _say(
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
    # https://no-color.org: set, and not empty
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _coloured(text: str, side: str) -> str:
    return typer.style(text, fg=COLOURS[side]) if _is_coloured() else text


def _bold(text: str) -> str:
    return typer.style(text, bold=True) if _is_coloured() else text


def _dim(text: str) -> str:
    return typer.style(text, dim=True) if _is_coloured() else text
