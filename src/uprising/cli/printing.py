"""Printing of JSON documents and plain tables."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

import typer

from uprising.cli.streams import can_print
from uprising.errors import printable

NARROWEST = 20
LEAST_WRAPPED = 30
"""columns of a terminal, and of the last column of a table"""


def print_json(content: Any) -> None:
    """Print one JSON document on standard output; letters that its encoding lacks are escaped, not replaced."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    if not can_print(text):
        text = json.dumps(content, indent=2, ensure_ascii=True, allow_nan=False)
    typer.echo(text)


def width() -> int:
    """Columns of the terminal; 110 where output goes elsewhere."""
    import shutil

    return max(shutil.get_terminal_size((110, 24)).columns, NARROWEST)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Print a table in columns as wide as their content; the last column is wrapped to the terminal's width.

    On a terminal that is too narrow for the columns each row becomes a block of lines, a line a cell.

    Parameters
    ----------
    header, rows
        Cells as text.
    right
        Numbers of the columns that are set flush right.
    """
    rows = [[printable(cell) for cell in row] for row in rows]
    columns = list(zip(header, *rows, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    before = sum(widths[:-1]) + 2 * (len(widths) - 1)
    last = width() - before
    if last < min(widths[-1], LEAST_WRAPPED) and _is_measured():
        _print_blocks(header, rows)
        return
    last = max(last, LEAST_WRAPPED)
    for row in [header, ["-" * min(w, last) for w in widths], *rows]:
        cells = [
            c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        wrapped = textwrap.wrap(row[-1], last) or [""]
        if len(row) - 1 in right:
            wrapped = [cells[-1]]
        typer.echo("  ".join([*cells[:-1], wrapped[0]]).rstrip())
        for more in wrapped[1:]:
            typer.echo(" " * before + more)


def _print_blocks(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for row in rows:
        for name, cell in zip(header, row, strict=True):
            if cell:
                line = f"{name}: {cell}" if name else cell
                typer.echo(textwrap.fill(line, width(), subsequent_indent="  "))
        typer.echo("")


def _is_measured() -> bool:
    """Whether a width was given or a terminal is there to ask; files and pipes take lines of any length."""
    return "COLUMNS" in os.environ or sys.stdout.isatty()
