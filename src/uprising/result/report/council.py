"""Section: positions of the hegemon's council, session by session."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from uprising.result.report.chart import Chart, Curve, draw_chart
from uprising.result.report.documented import Documented, read_positions
from uprising.result.report.facts import Facts
from uprising.result.report.moments import Moment
from uprising.result.report.words import escape, moment

HEIGHT = 300.0
DECISIONS = ("orders", "bargain", "reversal", "assault", "government_installed")


def write_council(facts: Facts, moments: Sequence[Moment]) -> str:
    """The section; a sentence where the council never met."""
    if (
        not facts.has("hegemon_position", "session_time")
        or len(facts.data["session_time"].values) == 0
    ):
        return "<p>The hegemon's council never met in this run.</p>"
    figure = draw_chart(_chart(facts), facts.times, moments, HEIGHT)
    decisions = [row for row in facts.events if row["kind"] in DECISIONS]
    sessions = len(facts.data["session_time"].values)
    if decisions:
        items = "".join(
            f"<li><b>{moment(np.datetime64(row['time'], 'm'))}</b><br>{escape(row['text'])}</li>"
            for row in decisions
        )
        told = f"<p>What it decided, in {sessions} sessions:</p><ol class='decisions'>{items}</ol>"
    else:
        told = f"<p>It met {sessions} times and held still.</p>"
    record = ""
    if _documented(facts):
        record = (
            "<p class='soft'>Circles: weighted mean of the documented "
            "positions of members, a historian's reading of "
            "the notes of the sessions; bars reach from the mildest member to the hardest.</p>"
        )
    return f'<div class="pair"><div>{figure}</div><div>{told}{record}</div></div>'


def _chart(facts: Facts) -> Chart:
    positions = np.asarray(facts.data["hegemon_position"].values, np.float64)
    times = facts.data["session_time"].values.astype("datetime64[m]")
    members = [str(name) for name in facts.data["member"].values]
    order = np.argsort(-positions[-1], kind="stable")
    curves = [Curve(facts.name(members[m]).split()[-1], positions[:, m], "member", times) for m in order]
    return Chart(
        "Positions of the members",
        "after each session; 0 accept a loss, 1 crush",
        curves,
        "position",
        1.0,
        documented=_documented(facts),
        ends=("accept a loss", "crush"),
        is_dense=True,
    )


def _documented(facts: Facts) -> list[Documented]:
    """Documented sessions: the weighted mean of positions with their extremes."""
    if facts.case is None or not facts.is_baseline:
        return []
    weights = {str(row["id"]): float(row["weight"]) for row in facts.case.tables["council"].rows}
    held: dict[np.datetime64, list[tuple[float, float]]] = {}
    for time, member, position in read_positions(facts.case.folder):
        if member in weights and facts.times[0] <= time <= facts.times[-1]:
            held.setdefault(time, []).append((position, weights[member]))
    found = []
    for time, pairs in sorted(held.items()):
        values = [position for position, _ in pairs]
        total = sum(weight for _, weight in pairs)
        mean = sum(p * w for p, w in pairs) / total if total > 0 else float(np.mean(values))
        found.append(
            Documented("hegemon_position", "", time, mean, min(values), max(values), "", "notes of sessions")
        )
    return found
