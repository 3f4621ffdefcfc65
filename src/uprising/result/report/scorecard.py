"""Section: the run set against the documented record, target by target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from uprising.result.report.words import escape

SIGNS = {True: "&#10003; inside", False: "&#10007; outside", None: "? not told"}
"""sign and word say the same, so that nothing rests on colour"""


def write_scorecard(rows: Sequence[Mapping[str, Any]]) -> str:
    """Hits and misses alike in one table, worst misses first.

    Parameters
    ----------
    rows
        Rows of the scorecard as `uprising.score.score` gives them.
    """
    judged = [row["inside"] for row in rows if row["inside"] is not None]
    runs = max((row["runs"] for row in rows), default=0)
    how = (
        "its value lies in the documented range"
        if runs == 1
        else "the documented range and the 90 % interval of the runs overlap"
    )
    opening = (
        f"<p>{sum(judged)} of {len(judged)} documented facts are met: {how}. The score compares the distance "
        "from the record (CRPS) with that of a naive guess that knows country and calendar but nothing "
        "of what happened; below 1 the run is nearer than the guess. Worst misses come first. What did not "
        "happen in the run counts as after its end.</p>"
    )
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("", "Documented fact", "Pattern", "On record", "Simulated", "Score", "Source")
    )
    body = "".join(_row(row) for row in rows)
    return (
        f'{opening}<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _row(row: Mapping[str, Any]) -> str:
    ratio = f"{row['crps'] / row['crps_naive']:.2f}" if row["crps"] is not None and row["crps_naive"] else ""
    simulated = row["simulated"] if row["inside"] is not None else row["reason"]
    note = f'<br><span class="soft">{escape(row["note"])}</span>' if row["note"] else ""
    cells = (
        SIGNS[row["inside"]],
        escape(row["text"]) + note,
        escape(row["pattern"]),
        escape(row["on_record"]),
        escape(simulated),
        ratio,
        escape(row["source"].replace(";", "; ")),
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
