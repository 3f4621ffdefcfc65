"""Printing of JSON documents and plain tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import typer

from uprising.errors import printable


def print_json(content: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    """A table in columns as wide as their content; the last column is wrapped to the terminal's width.

    Parameters
    ----------
    header, rows
        Cells as text.
    right
        Numbers of the columns that are set flush right.
    """
    import shutil
    import textwrap

    rows = [[printable(cell) for cell in row] for row in rows]
    columns = list(zip(header, *rows, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    before = sum(widths[:-1]) + 2 * (len(widths) - 1)
    last = max(shutil.get_terminal_size((110, 24)).columns - before, 30)
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
