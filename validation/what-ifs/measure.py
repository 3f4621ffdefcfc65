"""Effect of every what-if of a case against its baseline, paired by seed: effects.csv and effects.json.

    python validation/what-ifs/measure.py [--case hungary-1956] [--runs 50] [--scale 0.01] [--out runs/what-ifs]

Begun again with the same settings it goes on where it was stopped. The sentences that judge the effects
against the literature stand in README.md and are written by hand, after looking.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import uprising

HERE = Path(__file__).parent
TOTALS = ("dead", "wounded", "fled", "peak_crowd", "peak_strike_share")
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
    (HERE / "effects.json").write_text(json.dumps(findings, indent=2) + "\n", encoding="utf-8")


def _figures(row: dict) -> list:  # type: ignore[type-arg]
    low, high = row["interval"] or (None, None)
    return [row["n"], row["baseline"], row["what_if"], row["difference"], low, high]


if __name__ == "__main__":
    main()
