"""How objects look in a notebook: small tables in plain HTML, without scripts, styles or files from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

MOST_ROWS = 20


def panel(title: str, facts: Mapping[str, Any]) -> str:
    """Return a heading and a table of names and values; what is None is left out."""
    rows = [[name, value] for name, value in facts.items() if value is not None]
    return f"<div><strong>{escape(title)}</strong>{_table((), rows)}</div>"


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a heading and a table of at most 20 rows; more are counted below it."""
    found = list(rows)
    more = len(found) - MOST_ROWS
    note = f"<p>and {more:,} more</p>" if more > 0 else ""
    return f"<div><strong>{escape(title)}</strong>{_table(header, found[:MOST_ROWS])}{note}</div>"


def text(value: Any) -> str:
    """Return a value as a reader wants it: numbers with separators, names without underscores."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"
    return str(value)


def _table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    head = f"<thead><tr>{''.join(f'<th>{escape(cell)}</th>' for cell in header)}</tr></thead>" if header else ""
    body = "".join(f"<tr>{''.join(f'<td>{escape(text(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>{head}<tbody>{body}</tbody></table>"
