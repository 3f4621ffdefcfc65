"""Which seed is shown by default? The run nearest to the middle of an ensemble, whatever the record says.

    python validation/typical-seed/run.py --seeds 1:31 --scale 0.1     (15 minutes on one core)

The most typical run has the commonest outcome, and its events come in the order in which they come in most runs:
of every two dates the same is the earlier. Among the runs that have the fewest pairs otherwise, it is nearest to the
median rank in all totals and dates together (Euclidean distance). Totals and dates are those of the summary, and the
largest crowd and the most fighters in the whole country with their moments. The record of the case is never read.
Writes report.md beside this file; `uprising.arguments.DEFAULT_SEED` is the seed it names.
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas

import uprising
from uprising.experiment import store
from uprising.experiment.quantities import dates_of, totals_of

FOLDER = Path(__file__).parent
DATE, NEVER = " (date)", 1e15
"""ends the name of a date; minutes of one that never came, behind all others"""
SHOWN = ("dead_civilian", "dead_hegemon", "wounded", "detained", "fled", "peak_crowd")


def peaks(study: uprising.Ensemble) -> dict[int, dict[str, float]]:
    """Largest crowd and most fighters in the whole country by seed, and the minutes in which they were reached."""
    found: dict[int, dict[str, float]] = {int(seed): {} for seed in study.places["run"].values}
    for name in ("crowd", "fighting"):
        counts = study.places[name]
        whole = counts.sum([dim for dim in counts.dims if dim not in ("run", "time")]).compute()
        minutes = whole["time"].values.astype("M8[m]").astype(np.int64)
        for seed, of in found.items():
            values = whole.sel(run=seed).values
            of[f"{name} in the country"] = float(values.max())
            of[f"{name} in the country{DATE}"] = float(minutes[values.argmax()])
    return found


def quantities(summary: dict[str, Any]) -> dict[str, float]:
    """Totals, and dates in minutes; a date that never came lies behind all others."""
    dates = {
        f"{name}{DATE}": np.inf if date is None else float(date.astype("M8[m]").astype(np.int64))
        for name, date in dates_of(summary).items()
    }
    totals = {name: np.nan if value is None else value for name, value in totals_of(summary).items()}
    return totals | dates


def ranking(table: pandas.DataFrame) -> pandas.DataFrame:
    """Most typical first, by seed: pairs of dates in another order than in most runs, and distance from the middle.

    Ranks are shares of the runs. The distance is a root mean square, from 0 for the median in everything to 0.5 for
    the edge in everything; ties share their mean rank. `outside` counts what does not lie in the middle half.
    """
    away = ((table.rank() - 0.5) / len(table) - 0.5).abs()
    dates = table[[name for name in table if name.endswith(DATE)]].replace(np.inf, NEVER)
    orders = pandas.DataFrame(
        {pair: np.sign(dates[pair[0]] - dates[pair[1]]) for pair in itertools.combinations(dates, 2)}
    )
    found = pandas.DataFrame(
        {
            "otherwise": (orders != orders.mode().iloc[0]).sum(axis=1),
            "distance": (away**2).mean(axis=1) ** 0.5,
            "outside": (away > 0.25).sum(axis=1),
        }
    )
    # the lower of two seeds that are alike
    return found.sort_index().sort_values(["otherwise", "distance"], kind="stable")


def most_typical(
    summaries: list[dict[str, Any]], in_country: dict[int, dict[str, float]]
) -> tuple[pandas.DataFrame, str]:
    """The candidates, most typical first, and the outcome that they share."""
    table = pandas.DataFrame(
        {summary["seed"]: quantities(summary) | in_country[summary["seed"]] for summary in summaries}
    ).T
    outcome = Counter(summary["outcome"] for summary in summaries).most_common(1)[0][0]
    alike = {summary["seed"] for summary in summaries if summary["outcome"] == outcome}
    ordered = ranking(table)
    return ordered[ordered.index.isin(alike)], outcome


def line(summary: dict[str, Any], distance: str) -> str:
    """A row of the report."""
    totals = (f"{summary['totals'][name]:,}" for name in SHOWN)
    dates = ((summary["dates"][name] or "never")[5:16].replace("T", " ") for name in uprising_dates())
    return f"| {summary['seed']} | {summary['scale']:g} | {distance} | {' | '.join([*totals, *dates])} |"


def uprising_dates() -> tuple[str, ...]:
    """Dates of the report's table."""
    return ("first_shots", "second_intervention", "last_fighting")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", default="hungary-1956")
    parser.add_argument("--seeds", default="1:31", help="A:B for the seeds A to B - 1")
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--keep", type=Path, help="folder for the ensemble; one already there is used")
    parser.add_argument("--full", type=Path, help="folder of the named seed's run at full scale, if there is one")
    options = parser.parse_args()
    first, last = (int(part) for part in options.seeds.split(":"))
    if options.keep is not None and (options.keep / "ensemble.json").is_file():
        study = uprising.open_ensemble(options.keep)
    else:
        study = uprising.ensemble(
            options.case, seeds=range(first, last), scale=options.scale, workers=-1, out=options.keep
        )
    markers = [store.read_marker(study.folder, seed) for seed in study.plan.seeds]
    summaries = [marker["summary"] for marker in markers if marker is not None]
    ordered, outcome = most_typical(summaries, peaks(study))
    seed = int(ordered.index[0])
    of = {summary["seed"]: summary for summary in summaries}
    rows = [
        line(
            of[each], f"{ordered.otherwise[each]} | {ordered.distance[each]:.3f} | {ordered.outside[each]}"
        )
        for each in [*ordered.index[:5], ordered.index[-1]]
    ]
    if options.full is not None:
        rows.append(line(uprising.open_result(options.full).summary, "- | - | -"))
    columns = ("seed", "scale", "otherwise", "distance", "outside", *SHOWN, *uprising_dates())
    head = [name.replace("_", " ") for name in columns]
    quartiles = pandas.DataFrame([{name: s["totals"][name] for name in SHOWN} for s in summaries]).quantile(
        [0.25, 0.5, 0.75]
    )
    shown = [
        f"| {label} | {study.plan.scale:g} |  |  |  | "
        + " | ".join(f"{quartiles.loc[at, name]:,.0f}" for name in SHOWN)
        + " |  |  |  |"
        for label, at in (("25 %", 0.25), ("median", 0.5), ("75 %", 0.75))
    ]
    text = [
        "# The seed that is shown by default",
        "",
        f"Made by `python validation/typical-seed/run.py --seeds {options.seeds} --scale {options.scale:g}`; "
        f"case digest {study.plan.case_digest[:12]}, version {study.plan.version}.",
        "",
        f"**Seed {seed}** is the most typical of {len(summaries)} runs; {len(ordered)} of them have the commonest "
        f"outcome, {outcome}. *otherwise* counts the pairs of dates that come in another order than in most runs. "
        "Each total and date is ranked among all runs; *distance* is the root mean square of a run's ranks from the "
        "median rank, from 0 to 0.5. The most typical run has the fewest pairs otherwise and, among equals, the "
        "smallest distance. *outside* counts the quantities that do not lie in the middle half. The record is not "
        "read.",
        "",
        "The most typical five, the least typical, and the quartiles of all runs"
        + ("; last the named seed at full scale:" if options.full else ":"),
        "",
        f"| {' | '.join(head)} |",
        f"| {' | '.join('---' for _ in head)} |",
        *rows,
        *shown,
        "",
    ]
    (FOLDER / "report.md").write_text("\n".join(text), encoding="utf-8")
    print(f"seed {seed}")


if __name__ == "__main__":
    main()
