"""One small chart as inline SVG: curves over time, documented values, lettered moments, direct labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprising.result.report.axes import day_ticks, keep_apart, log_ticks, outline, round_ticks
from uprising.result.report.documented import Documented
from uprising.result.report.moments import Moment
from uprising.result.report.words import escape, moment, number, percent

WIDTH, HEIGHT = 400.0, 236.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 96.0, 22.0, 26.0
DENSE_RIGHT = 116.0
LABEL_GAP = 13.0
LABEL_WIDTH = 44.0
"""what the words of a day need"""


class Curve(NamedTuple):
    """A line of a chart."""

    label: str
    values: NDArray[np.float64]
    style: str
    """class of the style sheet: people, rebel, hegemon, government, plain or faint"""
    times: NDArray[np.datetime64] | None = None
    """its own times where it was not recorded at each step"""


class Chart(NamedTuple):
    """What one chart shows."""

    title: str
    note: str
    curves: Sequence[Curve]
    kind: str = "count"
    """count, share (0 to 1, in percent) or position (0 to 1)"""
    top: float | None = None
    """upper end of the axis; from the values when None"""
    is_log: bool = False
    documented: Sequence[Documented] = ()
    ends: tuple[str, str] = ("", "")
    """words for the lower and upper end of the axis"""
    is_dense: bool = False
    """many curves: name and last value on one line each"""


class _Scale:
    """Pixels of a chart."""

    def __init__(self, chart: Chart, times: NDArray[np.datetime64], height: float) -> None:
        self.first = times[0]
        self.minutes = max(float((times[-1] - times[0]) / np.timedelta64(1, "m")), 1.0)
        self.bottom = height - BOTTOM
        self.right = WIDTH - (DENSE_RIGHT if chart.is_dense else RIGHT)
        highest = [float(curve.values.max(initial=0.0)) for curve in chart.curves]
        top = max([*highest, *(value.high for value in chart.documented)])
        self.is_log = chart.is_log
        if chart.is_log:
            lowest = [float(c.values[c.values > 0].min()) for c in chart.curves if (c.values > 0).any()]
            self.ticks = log_ticks(min(lowest, default=1.0), max(top, 1.0))
        else:
            self.ticks = round_ticks(top if chart.top is None else chart.top)
        if chart.kind == "count" and not chart.is_log:
            self.ticks = [tick for tick in self.ticks if tick == round(tick)]

    def x(self, time: np.datetime64) -> float:
        passed = float((time - self.first) / np.timedelta64(1, "m"))
        return LEFT + passed / self.minutes * (self.right - LEFT)

    def y(self, value: float) -> float:
        return float(self.heights(np.array([value]))[0])

    def heights(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.is_log:
            low, high = np.log10(self.ticks[0]), np.log10(self.ticks[-1])
            share = (np.log10(np.maximum(values, self.ticks[0])) - low) / (high - low)
        else:
            share = values / self.ticks[-1]
        return np.asarray(self.bottom - share * (self.bottom - TOP), np.float64)


def draw_chart(
    chart: Chart, times: NDArray[np.datetime64], moments: Sequence[Moment], height: float = HEIGHT
) -> str:
    """A figure with the chart as SVG. Text sizes are meant for a width of about 400 CSS pixels."""
    scale = _Scale(chart, times, height)
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH:g} {height:g}" '
        f'role="img" aria-label="{escape(_spoken(chart))}">',
        *_grid(chart, scale, times),
        *_moments(scale, moments),
        *(_curve(curve, scale, times) for curve in chart.curves),
        *(_documented(value, scale) for value in chart.documented),
        *_ends(chart, scale),
        *_labels(chart, scale),
        "</svg>",
    ]
    note = f' <span class="unit">{escape(chart.note)}</span>' if chart.note else ""
    caption = f"<figcaption><strong>{escape(chart.title)}</strong>{note}</figcaption>"
    return f'<figure class="panel">{caption}{"".join(parts)}</figure>'


def tick_words(value: float, kind: str) -> str:
    """A tick's words."""
    if kind == "share":
        return percent(value)
    if kind == "position":
        return f"{value:g}"
    return number(value) if value < 1e6 or value % 1e5 else f"{value / 1e6:g} million"


def _spoken(chart: Chart) -> str:
    """The chart in words, for those who hear it."""
    parts = []
    for curve in chart.curves:
        if len(curve.values):
            high, last = (
                tick_words(float(curve.values.max()), chart.kind),
                tick_words(float(curve.values[-1]), chart.kind),
            )
            parts.append(f"{curve.label or chart.title}: at most {high}, at the end {last}")
    return f"{chart.title}. " + "; ".join(parts)


def _grid(chart: Chart, scale: _Scale, times: NDArray[np.datetime64]) -> list[str]:
    right = scale.right
    parts = []
    for tick in scale.ticks:
        y = scale.y(tick)
        parts.append(f'<line class="grid" x1="{LEFT:g}" x2="{right:g}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(
            f'<text class="tick end" x="{LEFT - 6:g}" y="{y + 4:.1f}">{tick_words(tick, chart.kind)}</text>'
        )
    free = LEFT - LABEL_WIDTH
    for time, words in day_ticks(times):
        x = scale.x(time)
        parts.append(
            f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{scale.bottom:g}" y2="{scale.bottom + 4:g}"/>'
        )
        if x >= free + LABEL_WIDTH:
            parts.append(f'<text class="tick middle" x="{x:.1f}" y="{scale.bottom + 17:g}">{words}</text>')
            free = x
    parts.append(
        f'<line class="axis" x1="{LEFT:g}" x2="{right:g}" y1="{scale.bottom:g}" y2="{scale.bottom:g}"/>'
    )
    return parts


def _ends(chart: Chart, scale: _Scale) -> list[str]:
    """What the lower and the upper end of the axis mean."""
    low, high = chart.ends
    x = scale.right - 4
    parts = []
    if low:
        parts.append(f'<text class="tick halo end" x="{x:g}" y="{scale.bottom - 5:g}">{escape(low)}</text>')
    if high:
        parts.append(f'<text class="tick halo end" x="{x:g}" y="{TOP + 12:g}">{escape(high)}</text>')
    return parts


def _moments(scale: _Scale, moments: Sequence[Moment]) -> list[str]:
    at = keep_apart([scale.x(m.time) for m in moments], 11.0, LEFT, scale.right)
    parts = []
    for one, x in zip(moments, at, strict=True):
        line = scale.x(one.time)
        parts.append(f'<path class="moment" d="M{line:.1f} {scale.bottom:g}V{TOP:g}L{x:.1f} {TOP - 6:g}"/>')
        parts.append(f'<text class="letter middle" x="{x:.1f}" y="{TOP - 9:g}">{one.letter}</text>')
    return parts


def _documented(value: Documented, scale: _Scale) -> str:
    x = scale.x(value.time)
    low, high, y = (scale.y(v) for v in (value.low, value.high, value.value))
    words = (
        f"On record, {moment(value.time)}: {number(value.value)} "
        f"({number(value.low)} to {number(value.high)})"
    )
    return (
        f'<g class="record"><title>{escape(words)}; {escape(value.source)}</title>'
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2"/></g>'
    )


def _curve(curve: Curve, scale: _Scale, times: NDArray[np.datetime64]) -> str:
    minutes = ((times if curve.times is None else curve.times) - scale.first) / np.timedelta64(1, "m")
    x = LEFT + minutes / scale.minutes * (scale.right - LEFT)
    shown = curve.values > 0 if scale.is_log else np.isfinite(curve.values)
    if not shown.any():
        return ""
    begin = int(np.argmax(shown))
    y = scale.heights(curve.values[begin:])
    points = "L".join(f"{a:.1f} {b:.1f}" for a, b in outline(x[begin:], y))
    return f'<path class="curve {curve.style}" d="M{points}"/>'


def _labels(chart: Chart, scale: _Scale) -> list[str]:
    """Names and last values at the right end of the lines."""
    curves = [curve for curve in chart.curves if len(curve.values)]
    ends = [scale.y(float(curve.values[-1])) for curve in curves]
    is_named = [bool(curve.label) for curve in curves]
    gap = 11.5 if chart.is_dense else LABEL_GAP * (2 if any(is_named) else 1)
    at = keep_apart(ends, gap, TOP + gap / 2 - 4, scale.bottom - gap / 2 + 4)
    x = scale.right + 8
    parts = []
    for curve, y, named in zip(curves, at, is_named, strict=True):
        last = tick_words(float(curve.values[-1]), "count" if chart.kind == "count" else chart.kind)
        if chart.kind == "position":
            last = f"{float(curve.values[-1]):.2f}"
        if named and chart.is_dense:
            tail = f' <tspan class="soft">{last}</tspan>'
            parts.append(
                f'<text class="dense {curve.style}" x="{x:g}" y="{y + 4:.1f}">{escape(curve.label)}{tail}'
                "</text>"
            )
        elif named:
            parts.append(
                f'<text class="label {curve.style}" x="{x:g}" y="{y - 2:.1f}">{escape(curve.label)}</text>'
            )
            parts.append(f'<text class="value {curve.style}" x="{x:g}" y="{y + 11:.1f}">{last}</text>')
        else:
            parts.append(f'<text class="value {curve.style}" x="{x:g}" y="{y + 4:.1f}">{last}</text>')
    return parts
