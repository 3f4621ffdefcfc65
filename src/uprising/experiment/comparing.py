"""Two ensembles paired by seed: what the change does, how surely, and where the paths part."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from uprising import arguments, notebook
from uprising.errors import UserError
from uprising.experiment.quantities import (
    LEVELS,
    dates_of,
    mean_interval,
    paired_share_interval,
    totals_of,
)
from uprising.experiment.study import Ensemble, open_ensemble
from uprising.wording import counted

if TYPE_CHECKING:
    import pyarrow

HOUR, ORIGIN = np.timedelta64(1, "h"), np.datetime64(0, "m")


class Comparison:
    """Effect of a change, paired by seed.

    Parameters
    ----------
    findings
        What `uprising compare --json` prints.
    baseline, what_if
        The two ensembles.
    """

    def __init__(self, findings: dict[str, Any], baseline: Ensemble, what_if: Ensemble) -> None:
        self.findings = findings
        self.baseline = baseline
        self.what_if = what_if

    def __repr__(self) -> str:
        names = [study.plan.what_if or "baseline" for study in (self.baseline, self.what_if)]
        return f"Comparison({names[1]} against {names[0]}, {counted(self.findings['n_pairs'], 'pair')})"

    def _repr_html_(self) -> str:
        names = [study.plan.what_if or "baseline" for study in (self.baseline, self.what_if)]
        rows = [
            (
                name.replace("_", " "),
                row["baseline"],
                row["what_if"],
                row["difference"],
                " to ".join(notebook.text(end) for end in row["interval"] or ()),
            )
            for name, row in self.totals.items()
        ]
        return notebook.table(
            f"{names[1]} against {names[0]}, {self.findings['n_pairs']} pairs of the same seed",
            ("total (mean)", *names, "difference", "90 % interval"),
            rows,
        )

    @property
    def totals(self) -> dict[str, Any]:
        """By name: baseline, what_if, difference, interval (90 %), n, ..."""
        found: dict[str, Any] = self.findings["totals"]
        return found

    @property
    def dates(self) -> dict[str, Any]:
        """By name: medians of both, difference in hours, interval (90 %), shares in which it happened ..."""
        found: dict[str, Any] = self.findings["dates"]
        return found

    @property
    def outcomes(self) -> dict[str, Any]:
        """By name: shares of both, difference, interval (90 %)."""
        found: dict[str, Any] = self.findings["outcomes"]
        return found

    @property
    def parting(self) -> dict[str, Any]:
        """Where the paths part: earliest, median and latest time, and by pair time and first other event."""
        found: dict[str, Any] = self.findings["parting"]
        return found

    def plot(self, path: Path | str) -> Path:
        """Draw the comparison as SVG.

        Raises
        ------
        OutputError
            The file cannot be written.
        """
        from uprising.experiment.drawing import draw
        from uprising.result.files import write_whole

        target = arguments.path("path", path)
        text = draw(self)
        write_whole(target, lambda beside: _write(beside, text))
        return target


def compare(baseline: Ensemble | Path | str, what_if: Ensemble | Path | str) -> Comparison:
    """Compare two ensembles run by run with the same seed.

    Parameters
    ----------
    baseline, what_if
        Ensembles or their folders; of one case, at one scale, over the same time, with seeds in common.

    Returns
    -------
    Comparison

    Raises
    ------
    UserError
        They are no pair, and why.
    DamagedError
        A file of one of them is missing, or is not what was written.

    Examples
    --------
    >>> import uprising
    >>> effect = uprising.compare("runs/base", "runs/no-suez")  # doctest: +SKIP
    >>> effect.totals["dead"]["difference"], effect.totals["dead"]["interval"]  # doctest: +SKIP
    """
    first = baseline if isinstance(baseline, Ensemble) else open_ensemble(baseline)
    second = what_if if isinstance(what_if, Ensemble) else open_ensemble(what_if)
    seeds = _pairs(first, second)
    for study in (first, second):
        # the summaries alone would not show that a run's series are another's
        for error in study.sums.damaged():
            raise error
    before = [first.summary(seed) for seed in seeds]
    after = [second.summary(seed) for seed in seeds]
    findings = {
        "case": first.plan.case,
        "scale": first.plan.scale,
        "baseline": {"folder": str(first.folder), "what_if": first.plan.what_if},
        "what_if": {"folder": str(second.folder), "what_if": second.plan.what_if},
        "n_pairs": len(seeds),
        "confidence": 0.9,
        "totals": _compare_totals(before, after),
        "dates": _compare_dates(before, after),
        "outcomes": _compare_outcomes(before, after),
        "parting": _parting(first, second, seeds),
    }
    return Comparison(findings, first, second)


def _pairs(first: Ensemble, second: Ensemble) -> list[int]:
    faults = []
    for name, words in (
        ("case", "the case"), ("scale", "the scale"), ("start", "the first day"), ("until", "the last day"),
        ("n_steps", "the number of steps"), ("version", "the version of the program"),
    ):  # fmt: skip
        one, other = getattr(first.plan, name), getattr(second.plan, name)
        if one != other:
            faults.append(
                f"{words} is {one} in {first.folder} and {other} in {second.folder}; a pair shares it"
            )
    whole = [
        {run["seed"] for run in study.findings["runs"] if run["error"] is None} for study in (first, second)
    ]
    seeds = [seed for seed in first.plan.seeds if seed in whole[0] & whole[1]]
    if not seeds:
        faults.append(
            f"{first.folder} and {second.folder} have no seed in common; run both with the same --seeds"
        )
    if faults:
        raise UserError(*faults)
    return seeds


def _compare_totals(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, Any]:
    pairs = [(totals_of(a), totals_of(b)) for a, b in zip(before, after, strict=True)]
    found = {}
    for name in pairs[0][0]:
        known = [(a[name], b[name]) for a, b in pairs if a[name] is not None and b[name] is not None]
        found[name] = _effect(np.array(known, np.float64).reshape(-1, 2))
    return found


def _effect(values: Any) -> dict[str, Any]:
    """Means of both, mean difference with its interval and standard errors, quantiles of differences."""
    n = len(values)
    if n == 0:
        return {"n": 0, "baseline": None, "what_if": None, "difference": None, "interval": None}
    differences = values[:, 1] - values[:, 0]
    mean, interval, error = mean_interval(differences)
    unpaired = math.sqrt(float(values.var(axis=0, ddof=1).sum()) / n) if n > 1 else None
    return {
        "n": n,
        "baseline": float(values[:, 0].mean()),
        "what_if": float(values[:, 1].mean()),
        "difference": mean,
        "interval": None if interval is None else list(interval),
        "standard_error": error,
        # what the same number of runs would give whose seeds have nothing to do with each other
        "standard_error_unpaired": unpaired,
        "error_ratio": error / unpaired if error is not None and unpaired else None,
    } | {
        f"q{round(level * 100):02d}": float(value)
        for level, value in zip(LEVELS, np.quantile(differences, LEVELS), strict=True)
    }


def _compare_dates(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, Any]:
    pairs = [(dates_of(a), dates_of(b)) for a, b in zip(before, after, strict=True)]
    found = {}
    for name in pairs[0][0]:
        hours = np.array(
            [
                ((one - ORIGIN) / HOUR, (two - ORIGIN) / HOUR)
                for one, two in ((a[name], b[name]) for a, b in pairs)
                if one is not None and two is not None
            ],
            np.float64,
        )
        effect = _effect(hours.reshape(-1, 2))
        effect["unit"] = "hour"
        happened = [[pair[i][name] is not None for pair in pairs] for i in (0, 1)]
        effect["baseline"] = _median([pair[0][name] for pair in pairs])
        effect["what_if"] = _median([pair[1][name] for pair in pairs])
        effect["happened"] = _share(happened[0], happened[1])
        found[name] = effect
    return found


def _compare_outcomes(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, Any]:
    ends = [[str(summary["outcome"]) for summary in summaries] for summaries in (before, after)]
    names = sorted(set(ends[0]) | set(ends[1]), key=lambda name: (-ends[0].count(name), name))
    return {name: _share([e == name for e in ends[0]], [e == name for e in ends[1]]) for name in names}


def _share(before: list[bool], after: list[bool]) -> dict[str, Any]:
    n = len(before)
    only_before = sum(a and not b for a, b in zip(before, after, strict=True))
    only_after = sum(b and not a for a, b in zip(before, after, strict=True))
    return {
        "n": n,
        "baseline": sum(before) / n,
        "what_if": sum(after) / n,
        "difference": (only_after - only_before) / n,
        "interval": list(paired_share_interval(only_before, only_after, n)),
    }


def _median(values: list[Any]) -> str | None:
    known = sorted(value for value in values if value is not None)
    return str(known[(len(known) - 1) // 2]) if known else None


def _parting(first: Ensemble, second: Ensemble, seeds: list[int]) -> dict[str, Any]:
    """First step whose digests differ and the first event that differs, pair by pair."""
    times = first.places["time"].values
    pairs = []
    for seed in seeds:
        one, other = (study.places["step_digest"].sel(run=seed).values for study in (first, second))
        differ = np.flatnonzero(one != other)
        pair: dict[str, Any] = {"seed": seed, "time": None, "baseline_event": None, "what_if_event": None}
        if len(differ):
            pair["time"] = str(times[differ[0]].astype("M8[m]"))
            events = [study.run_events(seed) for study in (first, second)]
            pair["baseline_event"], pair["what_if_event"] = _first_other_event(events[0], events[1])
        pairs.append(pair)
    parted = sorted(pair["time"] for pair in pairs if pair["time"] is not None)
    kinds = Counter(
        event["kind"]
        for pair in pairs
        for event in [_earlier(pair["baseline_event"], pair["what_if_event"])]
        if event is not None
    )
    return {
        "n_parted": len(parted),
        "earliest": parted[0] if parted else None,
        "median": parted[(len(parted) - 1) // 2] if parted else None,
        "latest": parted[-1] if parted else None,
        "first_events": dict(sorted(kinds.items(), key=lambda item: (-item[1], item[0]))),
        "pairs": pairs,
    }


def _first_other_event(one: pyarrow.Table, other: pyarrow.Table) -> tuple[Any, Any]:
    """The first event of each list at the first place where the lists differ (None where one has ended)."""
    columns = ["time", "kind", "place", "actor", "quantity"]
    rows = [list(zip(*(table[name].to_pylist() for name in columns), strict=True)) for table in (one, other)]
    at = 0
    while at < min(len(rows[0]), len(rows[1])) and rows[0][at] == rows[1][at]:
        at += 1
    return tuple(_event(table, at) for table in (one, other))  # type: ignore[return-value]


def _event(table: pyarrow.Table, row: int) -> dict[str, Any] | None:
    if row >= table.num_rows:
        return None
    found: dict[str, Any] = table.slice(row, 1).to_pylist()[0]
    found.pop("seed", None)
    found["time"] = found["time"].isoformat(timespec="minutes")
    return found


def _earlier(one: dict[str, Any] | None, other: dict[str, Any] | None) -> dict[str, Any] | None:
    if one is None or other is None:
        return one or other
    return one if one["time"] <= other["time"] else other


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
