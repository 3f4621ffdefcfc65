"""The README's picture: one run of Hungary 1956 in three curves.

python docs/picture.py        (writes docs/picture.svg; some twenty seconds)
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import uprising

SEED = 2
"""a run with cease-fire and reversal, as nineteen in twenty have (validation/patterns)"""
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 900, 350, 20, 66, 40
TURNS = {
    "mass_protest": "mass protest",
    "intervention": "first intervention",
    "truce": "cease-fire",
    "reversal": "reversal",
    "assault": "assault",
}


def main() -> None:
    run = uprising.run("hungary-1956", scale=0.05, seed=SEED)
    series = run.series
    curves = (
        (
            "people in the streets of Budapest",
            series["crowd"].sum("role").sel(place="budapest").values,
            "#E69F00",
        ),
        ("insurgents under arms, ten times", 10 * series["fighting"].sum("place").values, "#D55E00"),
        ("dead so far, a hundred times", 100 * series["dead"].sum(["place", "side"]).values, "#0072B2"),
    )
    times = series["time"].values
    most = max(float(values.max()) for _, values, _ in curves)
    span = (times[-1] - times[0]) / np.timedelta64(1, "m")

    def x(time: np.datetime64) -> float:
        return LEFT + (WIDTH - 2 * LEFT) * float((time - times[0]) / np.timedelta64(1, "m")) / span

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fffdf8"/>',
    ]
    for k, (text, values, colour) in enumerate(curves):
        points = " ".join(
            f"{x(t):.1f},{y(float(v)):.1f}" for t, v in zip(times[::2], values[::2], strict=True)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        parts.append(f'<text x="{LEFT + k * 270}" y="20" fill="{colour}" font-weight="bold">{text}</text>')
    first: dict[str, np.datetime64] = {}
    for kind, time in zip(run.events["kind"].to_pylist(), run.events["time"].to_numpy(), strict=True):
        first.setdefault(kind, time)
    for k, (kind, text) in enumerate(TURNS.items()):
        if kind in first:
            at = x(first[kind])
            row = TOP - 24 + 13 * (k % 3)
            parts.append(
                f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{row + 3}" y2="{HEIGHT - BOTTOM}" stroke="#999" '
                'stroke-dasharray="2 3"/>'
            )
            parts.append(f'<text x="{at:.1f}" y="{row}" text-anchor="middle" fill="#444">{text}</text>')
    for day in np.arange("1956-10-16", "1956-12-01", 7, dtype="datetime64[D]"):
        parts.append(f'<text x="{x(day):.1f}" y="{HEIGHT - 20}" fill="#444">{day.item():%-d %b}</text>')
    peak = int(curves[0][1].max())
    caption = f"one simulated run, seed {SEED}, 5 % of the people; largest crowd {peak:,}"
    parts.append(f'<text x="{WIDTH - LEFT}" y="{HEIGHT - 4}" text-anchor="end" fill="#666">{caption}</text>')
    (Path(__file__).parent / "picture.svg").write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
