"""The ODD's picture of a step: its stages in order, what each reads of others and what it changes.

python docs/step.py        (writes docs/odd/step.svg)
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from xml.sax.saxutils import escape

from uprising.crisis.order import explain

PICTURE = Path(__file__).parent / "odd" / "step.svg"
READS_AND_CHANGES = {
    "signals": (
        "counts, danger, outrage, control, forces of the previous step; dated events",
        "readiness, mood, news, own belief, calls; what people weigh",
    ),
    "people reconsider": ("what people weigh; traits; what others do", "intended activities of one stripe"),
    "people travel": (
        "intended activities; crowds of the previous step",
        "activities, sites, counts, weapons in hand",
    ),
    "confrontation": ("crowds and forces at sites, belief, outrage, orders to guards", "outcomes at sites"),
    "consequences": (
        "outcomes at sites",
        "detained, wounded, dead; men of units; outrage, danger; holders, weapons, alarms",
    ),
    "units": (
        "outrage, crowds, strikes, orders to units",
        "loyalty, stances, positions, holders, control; outrage at an intervention",
    ),
    "government": (
        "counts of signals, control, outrage, the council's option",
        "leader, demands granted, bans, orders to guards, readiness, belief, alarms",
    ),
    "hegemon": (
        "control, demands granted, losses, attention and answer of powers",
        "positions, option; orders to units; outrage at an assault",
    ),
    "outside world": ("dated events, control", "attention, likely answer, unrest among neighbours"),
    "flight": ("believed risk, belief, guards at crossings", "people who have fled"),
    "record": ("all", "nothing: series and events are written"),
}
WIDTH, LEFT, BOX, ROW, GAP, TOP = 1000, 20, 190, 46, 8, 44


def main() -> None:
    PICTURE.write_text(drawn(), encoding="utf-8")


def drawn() -> str:
    """The picture as SVG."""
    stages = explain()
    height = TOP + len(stages) * (ROW + GAP) + 12
    reads, changes = LEFT + BOX + 20, LEFT + BOX + 400
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        'font-size="12" role="img" aria-label="The stages of a step in order, what each reads and what it changes">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        *(
            f'<text x="{x}" y="26" font-weight="bold">{word}</text>'
            for x, word in ((LEFT, "Stage"), (reads, "reads"), (changes, "changes"))
        ),
    ]
    for k, (name, _, submodels, _) in enumerate(stages):
        y = TOP + k * (ROW + GAP)
        fill = "#e8eef7" if submodels else "#f1f1f1"
        parts.append(
            f'<rect x="{LEFT}" y="{y}" width="{BOX}" height="{ROW}" rx="6" fill="{fill}" stroke="#5b6f8f"/>'
        )
        if k:
            x = LEFT + BOX // 2
            parts.append(f'<path d="M{x} {y - GAP} v{GAP}" stroke="#5b6f8f" stroke-width="2"/>')
        parts.append(_text(LEFT + 10, y + 19, f"{k + 1}  {name}", "bold"))
        parts.append(_text(LEFT + 10, y + 37, submodels, "normal", "#44546e"))
        for x, words in zip((reads, changes), READS_AND_CHANGES[name], strict=True):
            lines = textwrap.wrap(words, 58)
            for n, line in enumerate(lines):
                parts.append(_text(x, y + (28 if len(lines) == 1 else 19 + 18 * n), line))
    return "\n".join([*parts, "</svg>", ""])


def _text(x: int, y: int, words: str, weight: str = "normal", fill: str = "#1b2433") -> str:
    return f'<text x="{x}" y="{y}" font-weight="{weight}" fill="{fill}">{escape(words)}</text>'


if __name__ == "__main__":
    main()
