"""Effect of every what-if of a case against its baseline, paired by seed: effects.csv, effects.json, report.md.

    python validation/what-ifs/measure.py [--case hungary-1956] [--runs 50] [--scale 0.01] [--out runs/what-ifs]

Begun again with the same settings it goes on where it was stopped. expected.csv holds the sign that the mechanism
ought to have, historians.csv what historians argue and the sign of that (0: it would have made no difference);
report.md says where the effect agrees with either.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator
from pathlib import Path

import uprising

HERE = Path(__file__).parent
TOTALS = ("dead", "dead_civilian", "dead_hegemon", "wounded", "fled", "peak_crowd", "peak_strike_share")
PAIRED = ("dead", "peak_crowd")
DATES = ("first_intervention", "second_intervention", "reversal")


def main() -> None:
    """Run the baseline and each what-if, compare, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--case", default="hungary-1956")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--scale", type=float, default=0.01)
    parser.add_argument("--out", type=Path, default=Path("runs/what-ifs"))
    asked = parser.parse_args()
    case = uprising.load_case(asked.case)
    settings = {"runs": asked.runs, "scale": asked.scale, "resume": True}
    base = uprising.ensemble(case, out=asked.out / "baseline", **settings)
    rows, findings = [], {}
    for what_if in case.what_ifs():
        print(what_if.name, flush=True)
        changed = uprising.ensemble(case, what_if=what_if.name, out=asked.out / what_if.name, **settings)
        effect = uprising.compare(base, changed)
        findings[what_if.name] = {
            "question": what_if.question,
            "literature": what_if.literature,
            **{name: effect.findings[name] for name in ("n_pairs", "totals", "dates", "outcomes")},
            "paths_part": effect.parting["earliest"],
        }
        for kind, names in (("totals", TOTALS), ("dates", DATES)):
            for name in names:
                rows.append([what_if.name, name, *_figures(effect.findings[kind][name])])
        for name, row in effect.outcomes.items():
            rows.append([what_if.name, f"share {name}", *_figures(row)])
        effect.plot(HERE / f"{what_if.name}.svg")
    with open(HERE / "effects.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["what_if", "quantity", "n", "baseline", "what_if_value", "difference", "low", "high"]
        )
        writer.writerows(rows)
    text = report(rows, asked) + literature(rows) + pairing(findings)
    (HERE / "report.md").write_text(text, encoding="utf-8")
    (HERE / "effects.json").write_text(json.dumps(findings, indent=2) + "\n", encoding="utf-8")


def report(rows: list[list], asked: argparse.Namespace) -> str:  # type: ignore[type-arg]
    """Expected signs against effects, a line each."""
    lines = [
        "# What-ifs against the signs that their mechanisms ought to have",
        "",
        f"Made by `python validation/what-ifs/measure.py --runs {asked.runs} --scale {asked.scale:g}`: pairs of runs "
        "with the same draws; mean difference with its 90 % interval. The signs were written down before the runs.",
        "",
        "| what-if | quantity | expected | baseline | what-if | difference (90 % interval) | agrees | why expected |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row, sign, found, verdict in judged("expected.csv", rows):
        figures = [f"{x:,.3g}" if x is not None else "-" for x in found] or ["-"] * 5
        lines.append(
            f"| {row['what_if']} | {row['quantity']} | {'more' if sign > 0 else 'less'} | {figures[0]} | {figures[1]} "
            f"| {figures[2]} ({figures[3]} to {figures[4]}) | {verdict} | {row['reason']} |"
        )
    return "\n".join(lines) + "\n"


def judged(table: str, rows: list[list]) -> Iterator[tuple[dict, int, list, str]]:  # type: ignore[type-arg]
    """For each row of a table of expectations: the row, its sign, the effect's figures, does it agree.

    The figures: baseline, what-if, difference, low, high; none where the effect was not measured.
    """
    effects = {(row[0], row[1]): row[3:] for row in rows}
    with open(HERE / table, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            sign, found = int(row["sign"]), effects.get((row["what_if"], row["quantity"]), [])
            yield row, sign, found, agreement(sign, *found[2:]) if found else "not measured"


def agreement(sign: int, difference: float | None, low: float | None, high: float | None) -> str:
    """Does a difference with its interval have an expected sign; 0 expects none that can be told from nothing."""
    if difference is None or low is None or high is None:
        return "can't tell"
    is_clear = not low <= 0.0 <= high
    if sign == 0:
        return "no" if is_clear else "yes"
    if is_clear:
        return "yes" if difference * sign > 0.0 else "no"
    return "sign only" if difference * sign > 0.0 else "can't tell"


def literature(rows: list[list]) -> str:  # type: ignore[type-arg]
    """What historians argue about each question, and whether the effects agree with them."""
    lines = [
        "",
        "## What historians argue",
        "",
        "The literature of each question is in the what-if's file. Where it says that nothing would have changed, yes "
        "means that no change can be told from the draws; with few pairs that says little.",
        "",
        "| what-if | historians | the model agrees |",
        "| --- | --- | --- |",
    ]
    for row, _, _, verdict in judged("historians.csv", rows):
        lines.append(f"| {row['what_if']} | {row['argument']} | {verdict} ({row['quantity']}) |")
    return "\n".join(lines) + "\n"


def pairing(findings: dict[str, dict]) -> str:  # type: ignore[type-arg]
    """What pairing by seed saves: standard errors of differences as shares of those of unpaired runs."""
    lines = [
        "",
        "## What pairing saves",
        "",
        "Standard error of the mean difference as a share of the one that as many unpaired runs would have. Goal for "
        "deaths and the peak crowd: at most a third. A ratio near 1 means that the change sends the runs on paths "
        "that have little in common with those of the baseline: then shared draws can't help.",
        "",
        f"| what-if | {' | '.join(PAIRED)} |",
        "| --- |" + " --- |" * len(PAIRED),
    ]
    for name, found in findings.items():
        ratios = [found["totals"][total]["error_ratio"] for total in PAIRED]
        lines.append(
            f"| {name} | {' | '.join('-' if ratio is None else f'{ratio:.2f}' for ratio in ratios)} |"
        )
    return "\n".join(lines) + "\n"


def _figures(row: dict) -> list:  # type: ignore[type-arg]
    low, high = row["interval"] or (None, None)
    return [row["n"], row["baseline"], row["what_if"], row["difference"], low, high]


if __name__ == "__main__":
    main()
