"""A comparison as one SVG: standardised effects with intervals, and outcome shares of both worlds."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from uprising.wording import counted

if TYPE_CHECKING:
    from uprising.experiment.comparing import Comparison

WIDTH, LEFT, RIGHT, ROW, TOP = 860, 210, 250, 24, 64
BASELINE, CHANGED, LINE, MUTED = "#0072b2", "#d55e00", "#222222", "#666666"
"""from Okabe and Ito's palette, told apart by the colour-blind"""


def draw(comparison: Comparison) -> str:
    """The comparison as SVG text.

    Each total's mean difference is drawn in percent of the baseline's mean with its 90 % interval, each
    date's in hours; figures stand beside. Shares of outcomes are bars, the baseline above the what-if.
    """
    findings = comparison.findings
    names = [findings[side]["what_if"] or "baseline" for side in ("baseline", "what_if")]
    totals = [
        (name, row, 100.0 / row["baseline"])
        for name, row in findings["totals"].items()
        if row["interval"] is not None and row["baseline"]
    ]
    dates = [(name, row, 1.0) for name, row in findings["dates"].items() if row["interval"] is not None]
    body: list[str] = []
    y = float(TOP)
    y = _panel(body, y, "Totals: difference of means, per cent of the baseline, 90 % interval", totals, "%")
    y = _panel(body, y, "Dates: hours later (right) or earlier (left), 90 % interval", dates, " h")
    y = _shares(body, y, findings["outcomes"], names)
    title = f"{findings['case']}: {names[1]} against {names[0]}, {counted(findings['n_pairs'], 'pair')}"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 16:.0f}" '
        f'width="{WIDTH}" height="{y + 16:.0f}" '
        f'role="img" font-family="sans-serif" font-size="13"><title>{escape(title)}</title>'
        f'<rect width="{WIDTH}" height="{y + 16:.0f}" fill="white"/>'
    )
    return "\n".join([head, _text(16, 30, title, size=17), *body, "</svg>\n"])


def _panel(
    body: list[str], y: float, title: str, rows: list[tuple[str, dict[str, Any], float]], unit: str
) -> float:
    """Points with intervals on one common axis around zero."""
    if not rows:
        return y
    body.append(_text(16, y, title, colour=MUTED))
    reach = max(abs(end * factor) for _, row, factor in rows for end in (*row["interval"], row["difference"]))
    reach = reach or 1.0
    middle, half = (LEFT + WIDTH - RIGHT) / 2, (WIDTH - RIGHT - LEFT) / 2 - 4
    first = y + 10
    for name, row, factor in rows:
        y += ROW
        low, at, high = (
            middle + half * value * factor / reach
            for value in (row["interval"][0], row["difference"], row["interval"][1])
        )
        is_clear = row["interval"][0] > 0 or row["interval"][1] < 0
        body.append(_text(LEFT - 10, y + 4, name.replace("_", " "), anchor="end"))
        body.append(
            f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{LINE}" stroke-width="2"/>'
        )
        fill = CHANGED if is_clear else "white"
        body.append(
            f'<circle cx="{at:.1f}" cy="{y}" r="5" fill="{fill}" stroke="{CHANGED}" stroke-width="2"/>'
        )
        figures = [value * factor for value in (row["difference"], *row["interval"])]
        body.append(
            _text(
                WIDTH - RIGHT + 14,
                y + 4,
                "{:+.1f}{}  ({:+.1f} .. {:+.1f})".format(figures[0], unit, *figures[1:]),
            )
        )
    body.append(
        f'<line x1="{middle:.1f}" x2="{middle:.1f}" y1="{first}" y2="{y + 12}" '
        f'stroke="{MUTED}" stroke-dasharray="3 3"/>'
    )
    return y + 2 * ROW


def _shares(body: list[str], y: float, outcomes: dict[str, Any], names: list[str]) -> float:
    body.append(_text(16, y, "Outcomes: share of runs", colour=MUTED))
    for x, colour, name in ((LEFT, BASELINE, names[0]), (LEFT + 180, CHANGED, names[1])):
        body.append(f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{colour}"/>')
        body.append(_text(x + 18, y, name))
    width = WIDTH - RIGHT - LEFT
    for name, row in outcomes.items():
        y += ROW + 6
        body.append(_text(LEFT - 10, y + 4, name.replace("_", " "), anchor="end"))
        for offset, colour, side in ((-9, BASELINE, "baseline"), (1, CHANGED, "what_if")):
            body.append(
                f'<rect x="{LEFT}" y="{y + offset}" width="{width * row[side]:.1f}" height="8" '
                f'fill="{colour}"/>'
            )
        low, high = row["interval"]
        words = f"{row['baseline']:.0%} to {row['what_if']:.0%}  ({low:+.0%} .. {high:+.0%})"
        body.append(_text(WIDTH - RIGHT + 14, y + 4, words))
    return y + ROW


def _text(x: float, y: float, words: str, anchor: str = "start", colour: str = LINE, size: int = 13) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size}">'
        f"{escape(words)}</text>"
    )
