"""The scorecard of runs against the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypedDict

import numpy as np

from uprising import notebook
from uprising.errors import UserError
from uprising.record.tables import known_names
from uprising.record.targets import Target, read_targets
from uprising.score import naive, words
from uprising.score.query import evaluate
from uprising.score.runs import Run, case_of, runs_of
from uprising.score.view import Geography, UnansweredError, View

LOWER, UPPER = 0.05, 0.95


class Row(TypedDict):
    """One line of the scorecard.

    `documented`, `low`, `high`, `median`, `q05` and `q95` are in `unit` (moments: days since the start of
    the calendar; `is_lag` tells lengths of time from moments). `documented` is None where only a range is on
    record, `low` or `high` where it has no bound. `inside` is None, and `reason` says why, where a target
    could not be evaluated. `crps` and `crps_naive` are in `crps_unit`. `happened` is the share of runs in
    which what a moment or lag asks for took place, None for other quantities. `miss` is the gap between
    simulated interval and documented range, in standard deviations of the naive guess: 0 for what is inside.
    `on_record` and `simulated` say both in words.
    """

    target: str
    pattern: str
    text: str
    set: str
    unit: str
    is_lag: bool
    documented: float | None
    low: float | None
    high: float | None
    median: float | None
    q05: float | None
    q95: float | None
    inside: bool | None
    crps: float | None
    crps_naive: float | None
    crps_unit: str
    happened: float | None
    miss: float | None
    runs: int
    source: str
    note: str
    reason: str
    on_record: str
    simulated: str


class Scorecard(list[Row]):
    """The rows of a scorecard: a list that a notebook shows as a table."""

    def _repr_html_(self) -> str:
        counted = summary_of(self)
        words = {True: "hit", False: "miss", None: "open"}
        return notebook.table(
            f"{counted['inside']} of {counted['all']} targets inside",
            ("", "target", "on record", "simulated", "what"),
            [
                (words[row["inside"]], row["target"], row["on_record"], row["simulated"], row["text"])
                for row in self
            ],
        )


def score(results: Any, set: str | None = None) -> Scorecard:  # noqa: A002 - the column's name
    """Compare one run or many with the documented record of their case.

    Parameters
    ----------
    results
        A Result, several Results of one case, or the folder of a run or of an ensemble (or an object with
        such a `folder`).
    set
        "training" or "validation" for the targets of one kind; all without it.

    Returns
    -------
    Scorecard
        A list of Row. Worst misses first, then what is inside, worst against the naive guess first; last the
        targets that could not be evaluated, each with the reason. `inside` says whether the documented range and the
        simulated 90 % interval overlap; for a single run whether its value lies in the range. Moments are
        known to the step of the clock.

    Raises
    ------
    UserError
        There is no run, the runs are of several cases, or the case has no record.
    RecordError
        The record has faults.

    Examples
    --------
    >>> from uprising import open_result
    >>> from uprising.score import score
    >>> rows = score(open_result("runs/mine"))  # doctest: +SKIP
    """
    if set not in (None, "training", "validation"):
        raise UserError(f"there is no set of targets {set!r}; known: training, validation")
    runs = iter(runs_of(results))
    first = next(runs, None)
    if first is None:
        raise UserError("there is no run to score")
    case = first.known_case or case_of(first.case, first.case_folder, first.what_if)
    targets = read_targets(case.folder, known_names(case))
    geography = Geography(case)
    rows = score_views(
        [target for target in targets if set in (None, target.set)],
        _views(first, runs, geography),
    )
    return Scorecard(rows)


def score_views(targets: Iterable[Target], views: Iterable[View]) -> list[Row]:
    """The scorecard of runs already opened.

    Parameters
    ----------
    targets
        Documented facts.
    views
        The runs, at least one; each is looked at once, so they may come from a generator.
    """
    targets = list(targets)
    values: dict[str, list[float]] = {target.id: [] for target in targets}
    happened: dict[str, list[bool]] = {target.id: [] for target in targets}
    reasons: dict[str, str] = {}
    guesses: dict[str, Any] = {}
    n_runs = 0
    for view in views:
        n_runs += 1
        for target in targets:
            try:
                value, has_happened = evaluate(target, view)
                if target.id not in guesses:
                    guesses[target.id] = naive.naive_ensemble(target, view)
            except UnansweredError as error:
                reasons.setdefault(target.id, str(error))
                continue
            values[target.id].append(value)
            happened[target.id].append(has_happened)
        geography = view.geography
    if n_runs == 0:
        raise UserError("there is no run to score")
    rows = []
    for target in targets:
        if target.id in reasons:
            failed = n_runs - len(values[target.id])
            reason = (
                reasons[target.id] if failed == n_runs else f"{failed} of {n_runs} runs: {reasons[target.id]}"
            )
            rows.append(_unanswered(target, n_runs, reason))
        else:
            rows.append(
                _row(target, values[target.id], happened[target.id], guesses[target.id], geography.step_days)
            )
    for row in rows:
        row["on_record"] = words.on_record(row, geography.start)
        row["simulated"] = words.simulated(row, geography.start)
    return sorted(rows, key=_order)


def summary_of(rows: Iterable[Row]) -> dict[str, int]:
    """The score in two numbers: targets inside, and all that could be evaluated.

    Examples
    --------
    >>> summary_of([])
    {'inside': 0, 'all': 0}
    """
    judged = [row["inside"] for row in rows if row["inside"] is not None]
    return {"inside": sum(judged), "all": len(judged)}


def _views(first: Run, rest: Iterator[Run], geography: Geography) -> Iterator[View]:
    yield View(first.series, first.events, geography)
    for run in rest:
        if run.case != first.case:
            raise UserError(f"runs of several cases can't be scored together: {first.case} and {run.case}")
        yield View(run.series, run.events, geography)


def _row(target: Target, values: list[float], happened: list[bool], guess: Any, step_days: float) -> Row:
    median = float(np.median(values))
    q05, q95 = (float(np.quantile(values, q)) for q in (LOWER, UPPER))
    # a moment is known to the step: it lies between the step's beginning and its end
    grain = step_days if target.is_date else 0.0
    is_lone = len(values) == 1
    lowest, highest = (median, median + grain) if is_lone else (q05, q95 + grain)
    low = target.low if target.low is not None else -np.inf
    high = target.high if target.high is not None else np.inf
    inside = bool(highest >= low and lowest <= high)
    members = naive.scale(values, target.unit)
    known = None if target.documented is None else float(naive.scale(target.documented, target.unit))
    gap = 0.0
    if not inside:
        near, far = (low, highest) if highest < low else (lowest, high)
        ends = naive.scale([near, far], target.unit)
        gap = float(ends[0] - ends[1]) / float(np.std(guess))
    return Row(
        target=target.id,
        pattern=target.pattern,
        text=target.text,
        set=target.set,
        unit=target.unit,
        is_lag=target.unit == "day" and not target.is_date,
        documented=target.documented,
        low=target.low,
        high=target.high,
        median=median,
        q05=q05,
        q95=q95,
        inside=inside,
        crps=None if known is None else naive.crps(members, known),
        crps_naive=None if known is None else naive.crps(guess, known),
        crps_unit=naive.SCORED_IN.get(target.unit, target.unit),
        happened=float(np.mean(happened)) if target.unit == "day" else None,
        miss=gap,
        runs=len(values),
        source=";".join(target.source),
        note=target.note or "",
        reason="",
        on_record="",
        simulated="",
    )


def _unanswered(target: Target, n_runs: int, reason: str) -> Row:
    return Row(
        target=target.id,
        pattern=target.pattern,
        text=target.text,
        set=target.set,
        unit=target.unit,
        is_lag=target.unit == "day" and not target.is_date,
        documented=target.documented,
        low=target.low,
        high=target.high,
        median=None,
        q05=None,
        q95=None,
        inside=None,
        crps=None,
        crps_naive=None,
        crps_unit=naive.SCORED_IN.get(target.unit, target.unit),
        happened=None,
        miss=None,
        runs=n_runs,
        source=";".join(target.source),
        note=target.note or "",
        reason=reason,
        on_record="",
        simulated="",
    )


def _order(row: Row) -> tuple[int, float, float, str]:
    if row["inside"] is None:
        return 2, 0.0, 0.0, row["target"]
    ratio = row["crps"] / row["crps_naive"] if row["crps"] is not None and row["crps_naive"] else 0.0
    return (1 if row["inside"] else 0), -(row["miss"] or 0.0), -ratio, row["target"]
