"""Do other countries end as they did, with the same code and the same defaults?

    python validation/controls/run.py --runs 10 --scale 0.01     (ten minutes on two cores)

Runs each control case and its what-ifs; writes report.md beside this file. Nothing is fitted to these cases.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import uprising

EXPECTED = {
    "hungary-1955": "no_uprising",
    "poland-1956": "negotiated",
    "east-germany-1953": "crushed_by_hegemon",
}
"""how each ended by the record; what-ifs have no record"""


def main() -> None:
    """Run, count outcomes, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--scale", type=float, default=0.01)
    asked = parser.parse_args()
    lines = [
        "# Controls",
        "",
        f"Made by `python validation/controls/run.py --runs {asked.runs} --scale {asked.scale:g}`, version "
        f"{uprising.__version__}, all parameters at their defaults. Medians with 90 % intervals over seeds.",
        "",
        "| case | what-if | ended as | simulated | as documented | largest crowd of a town | dead civilians |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, ended in EXPECTED.items():
        case = uprising.load_case(name)
        for what_if in (None, *(what.name for what in case.what_ifs())):
            runs = uprising.ensemble(case, runs=asked.runs, scale=asked.scale, what_if=what_if).runs
            shares = runs["outcome"].value_counts(normalize=True)
            found = ", ".join(f"{outcome} {share:.0%}" for outcome, share in shares.items())
            share = f"{shares.get(ended, 0.0):.0%}" if what_if is None else ""
            lines.append(
                f"| {name} | {what_if or ''} | {ended if what_if is None else ''} | {found} | {share} "
                f"| {band(runs['peak_crowd'])} | {band(runs['dead_civilian'])} |"
            )
            print(lines[-1], flush=True)
    (Path(__file__).parent / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def band(column: object) -> str:
    """Median and 90 % interval of a column of totals."""
    low, middle, high = np.quantile(np.asarray(column, float), [0.05, 0.5, 0.95])
    return f"{middle:,.0f} ({low:,.0f} to {high:,.0f})"


if __name__ == "__main__":
    main()
