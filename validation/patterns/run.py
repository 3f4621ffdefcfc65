"""Does Hungary 1956 show the patterns? Ensembles with and without the shocks, scored against the record.

    python validation/patterns/run.py --runs 20 --scale 0.01     (a few minutes on two cores)

Writes report.md beside this file.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas

import uprising
from uprising.score import Row, score, summary_of

FACTOR = 4
"""by which a forecast of a count may span at the most"""

DATES = (
    ("first_mass_protest", "mass_protest"),
    ("first_shots", "shots"),
    ("first_intervention", "intervention"),
    ("truce", "truce"),
    ("withdrawal", "withdrawal"),
    ("reversal", "reversal"),
    ("second_intervention", "assault"),
    ("last_fighting", "last_fighting"),
)
TOTALS = (
    "dead_civilian",
    "dead_security",
    "dead_hegemon",
    "peak_crowd",
    "peak_strike_share",
    "detained",
    "fled",
)


def band(values: list[float]) -> str:
    """Median and 90 % interval."""
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return (
        f"{middle:,.2f} ({low:,.2f} to {high:,.2f})"
        if high < 10
        else f"{middle:,.0f} ({low:,.0f} to {high:,.0f})"
    )


def moments(column: list[object]) -> str:
    """Median and 90 % interval of dates; how often it happened at all."""
    happened = pandas.to_datetime(pandas.Series(column)).dropna().to_numpy().astype("datetime64[m]")
    if len(happened) == 0:
        return "never"
    minutes = happened.astype(np.int64)
    low, middle, high = (
        str(np.datetime64(int(q), "m"))[5:16].replace("T", " ")
        for q in np.quantile(minutes, [0.05, 0.5, 0.95])
    )
    return f"{middle} ({low} to {high}), in {len(happened)} of {len(column)}"


def wide(rows: list[Row]) -> list[str]:
    """Counts of people whose 90 % interval is wider than a factor of FACTOR: a forecast of anything is none."""
    counts = [row for row in rows if row["unit"] == "person" and row["median"] is not None]
    found = [row for row in counts if row["q95"] > FACTOR * max(row["q05"], 1.0)]
    found.sort(key=lambda row: -row["q95"] / max(row["q05"], 1.0))
    lines = [
        f"## Counts whose interval is wider than a factor of {FACTOR}: {len(found)} of {len(counts)}",
        "",
        "| target | pattern | set | simulated median | 90 % interval | factor |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in found:
        factor = f"{row['q95'] / row['q05']:,.1f}" if row["q05"] >= 1.0 else "from none"
        lines.append(
            f"| {row['target']} | {row['pattern']} | {row['set']} | {row['median']:,.4g} | "
            f"{row['q05']:,.4g} to {row['q95']:,.4g} | {factor} |"
        )
    return lines


def ensemble_in(
    folder: Path | None, case: uprising.Case, options: argparse.Namespace, what_if: str | None
) -> uprising.Ensemble:
    """A new ensemble, or the one that lies in the folder."""
    if folder is not None and (folder / "ensemble.json").is_file():
        return uprising.open_ensemble(folder)
    runs = options.calm if what_if else options.runs
    return uprising.ensemble(case, runs=runs, scale=options.scale, what_if=what_if, out=folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--calm", type=int, default=20, help="runs without the shocks, which hardly differ")
    parser.add_argument("--scale", type=float, default=0.01)
    parser.add_argument("--keep", type=Path, help="folder for the ensembles; runs already there are used")
    options = parser.parse_args()
    case = uprising.load_case("hungary-1956")
    studies = {
        name: ensemble_in(options.keep / name if options.keep else None, case, options, what_if)
        for name, what_if in (("baseline", None), ("no-shocks", "no-shocks"))
    }
    base = studies["baseline"]
    runs = base.runs
    rows = score(base)
    counted = summary_of(rows)
    lines = [
        "# Patterns of Hungary 1956",
        "",
        f"Made by `python validation/patterns/run.py --runs {options.runs} --scale {options.scale}`; "
        f"case digest {case.digest[:12]}, version {uprising.__version__}.",
        "Medians with 90 % intervals over seeds. Nothing here was used as an input.",
        "",
        "## Outcomes",
        "",
        "| | " + " | ".join(studies) + " |",
        "| --- | " + " | ".join("---" for _ in studies) + " |",
    ]
    shares = {name: study.runs["outcome"].value_counts(normalize=True) for name, study in studies.items()}
    for outcome in sorted({o for share in shares.values() for o in share.index}):
        lines.append(
            f"| {outcome} | "
            + " | ".join(f"{share.get(outcome, 0.0):.0%}" for share in shares.values())
            + " |"
        )
    lines += ["", "## Turns", "", "| turn | simulated | documented |", "| --- | --- | --- |"]
    from uprising.record.turns import read_turns

    documented = {}
    for turn in read_turns(case.folder):
        documented.setdefault(turn.kind, str(turn.time)[5:16].replace("T", " "))
    for date, kind in DATES:
        lines.append(
            f"| {date.replace('_', ' ')} | {moments(list(runs[date]))} | {documented.get(kind, '-')} |"
        )
    lines += ["", "## Totals", "", "| | simulated | without the shocks |", "| --- | --- | --- |"]
    for name in TOTALS:
        columns = [band([float(x or 0.0) for x in study.runs[name]]) for study in studies.values()]
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(columns) + " |")
    lines += ["", *wide(rows)]
    lines += [
        "",
        f"## Scorecard: {counted['inside']} of {counted['all']} targets inside, worst misses first",
        "",
        ", ".join(
            f"{name}: {summary_of([row for row in rows if row['set'] == name])['inside']} of "
            f"{sum(row['set'] == name for row in rows)}"
            for name in ("training", "validation")
        ),
        "",
        "| target | pattern | set | documented | simulated median | 90 % interval | inside |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        if row["median"] is None:
            continue
        inside = "yes" if row["inside"] else "no"
        low, high = (f"{row[end]:g}" if row[end] is not None else "open" for end in ("low", "high"))
        known = f"{row['documented']:g} " if row["documented"] is not None else ""
        lines.append(
            f"| {row['target']} | {row['pattern']} | {row['set']} | {known}({low} to {high}) | "
            f"{row['median']:,.4g} | {row['q05']:,.4g} to {row['q95']:,.4g} | {inside} |"
        )
    (Path(__file__).parent / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines[:45]))


if __name__ == "__main__":
    main()
