"""Checks of published models: each row of a model's `expected.csv` against what the model gives here.

Evidence, as marked in the table: V verified in the source, C computed exactly or independently, T from a
transcription, S from somebody else's replication, M from memory of the literature. A row with V or C must hold or
name its deviation; T and S rows are reported with a verdict; rows with M alone are reported without one.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from uprising.models.cards import FOLDER, ModelError, card, names
from uprising.models.running import Study, module


class Expected(NamedTuple):
    """One row of expected.csv.

    rule: `equal` (every number within tolerance of its fellow), `range` (every measured number between the two
    expected), `least` and `most` (number by number), `positive`, `negative`, `report`. numbers: separated by spaces.
    deviation: why the row isn't met, where it isn't.
    """

    check_id: str
    setup: str
    quantity: str
    published: str
    rule: str
    numbers: str
    tolerance: str
    source: str
    evidence: str
    deviation: str


def expected(name: str) -> list[Expected]:
    """The rows of a model's expected.csv."""
    path = FOLDER / name / "expected.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [Expected(**row) for row in rows]


def holds(row: Expected, measured: np.ndarray) -> bool | None:
    """Whether the measured numbers meet the row; None where it only reports."""
    numbers = np.array([float(part) for part in row.numbers.split()])
    if row.rule == "report":
        return None
    if np.isnan(measured).any():
        return False
    if row.rule == "equal":
        tolerance = float(row.tolerance or 0.0)
        return measured.shape == numbers.shape and bool((abs(measured - numbers) <= tolerance).all())
    if row.rule == "range":
        return bool((measured >= numbers[0]).all() and (measured <= numbers[1]).all())
    if row.rule == "least":
        return bool((measured >= numbers).all())
    if row.rule == "most":
        return bool((measured <= numbers).all())
    if row.rule == "positive":
        return bool((measured > 0).all())
    if row.rule == "negative":
        return bool((measured < 0).all())
    raise ModelError(f"{row.check_id}: no rule called {row.rule!r}")


def is_asserted(evidence: str) -> bool:
    """Rows with V or C in their evidence must hold (or name their deviation)."""
    return "V" in evidence or "C" in evidence


def check(
    name: str | None = None,
    *,
    only: tuple[str, ...] = (),
    study: Study | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[dict[str, Any]]:
    """Check one model, or all, against its expected.csv.

    Parameters
    ----------
    name : the model; None for all, and then also the rows that no model here covers
    only : check these ids alone
    study : runs to share, for a caller who needs them afterwards
    progress : called with each check's id before it is measured

    Returns
    -------
    One dict a row: model, check_id, setup, quantity, expected, tolerance, measured, evidence, pass (True, False or
    None where a row is only reported), asserted, deviation, source.
    """
    if name is None:
        every = [row for each in names() for row in check(each, only=only, progress=progress)]
        return every + [row for row in uncovered() if not only or row["check_id"] in only]
    name = card(name).name
    measures: dict[str, Callable[[Study], Any]] = module(name).CHECKS
    shared = Study(name) if study is None else study
    rows = []
    for row in expected(name):
        if only and row.check_id not in only:
            continue
        if progress is not None:
            progress(row.check_id)
        measured = np.atleast_1d(np.asarray(measures[row.check_id](shared), dtype=float))
        verdict = None if set(row.evidence) <= {"M"} else holds(row, measured)
        shown = [float(f"{value:.8g}") if np.isfinite(value) else None for value in measured]
        rows.append(
            {
                "model": name,
                "check_id": row.check_id,
                "setup": row.setup,
                "quantity": row.quantity,
                "expected": row.published,
                "tolerance": f"{row.rule} {row.numbers}" + (f" +- {row.tolerance}" if row.tolerance else ""),
                "measured": shown if len(shown) > 1 else shown[0],
                "evidence": row.evidence,
                "pass": verdict,
                "asserted": is_asserted(row.evidence) and row.rule != "report",
                "deviation": row.deviation,
                "source": row.source,
            }
        )
    return rows


def uncovered() -> list[dict[str, Any]]:
    """Claims of the literature that no model here can be held to, each with the reason."""
    with (FOLDER / "uncovered.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        {
            "model": row["model"],
            "check_id": row["check_id"],
            "setup": "",
            "quantity": row["quantity"],
            "expected": row["published"],
            "tolerance": "",
            "measured": None,
            "evidence": row["evidence"],
            "pass": None,
            "asserted": False,
            "deviation": row["reason"],
            "source": row["source"],
        }
        for row in rows
    ]
