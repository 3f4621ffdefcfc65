"""Do results depend on the length of a step or on the scale, beyond the noise between seeds?

    python validation/convergence/run.py --runs 20 --scale 0.1 --whole 2      (five minutes on two cores)

Writes report.md beside this file.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import uprising

TOTALS = ("dead_civilian", "dead_hegemon", "peak_crowd", "peak_strike_share", "fled")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--scale", type=float, default=0.02)
    parser.add_argument("--whole", type=int, default=0, help="runs of the whole country")
    options = parser.parse_args()
    case = uprising.load_case("hungary-1956")
    fine = case.with_settings("calendar", step_minutes=15)
    variants = {
        f"scale {options.scale:g}, 30 min": (case, options.scale, options.runs),
        f"scale {options.scale:g}, 15 min": (fine, options.scale, options.runs),
        f"scale {options.scale / 10:g}, 30 min": (case, options.scale / 10, options.runs),
    }
    if options.whole:
        variants[f"whole country, 30 min, {options.whole} runs"] = (case, 1.0, options.whole)
    lines = [
        "# Convergence",
        "",
        f"Made by `python validation/convergence/run.py --runs {options.runs} --scale {options.scale:g} "
        f"--whole {options.whole}`. "
        "Mean ± its standard error over seeds; z is the difference to the first column in joint standard errors.",
        "",
    ]
    lines += ["| | " + " | ".join(variants) + " |", "| --- |" + " --- |" * len(variants)]
    studies = [uprising.ensemble(c, runs=n, scale=s).runs for c, s, n in variants.values()]
    lines.append(
        "| runs with an uprising | "
        + " | ".join(f"{(runs['outcome'] != 'no_uprising').mean():.0%}" for runs in studies)
        + " |"
    )
    for name in TOTALS:
        cells, first = [], None
        for runs in studies:
            values = np.array([float(x or 0.0) for x in runs[name]])
            mean, error = values.mean(), values.std(ddof=1) / np.sqrt(len(values))
            if first is None:
                first = (mean, error)
                cells.append(f"{mean:,.3g} ± {error:,.2g}")
            else:
                z = (mean - first[0]) / max(np.hypot(error, first[1]), 1e-12)
                cells.append(f"{mean:,.3g} ± {error:,.2g} (z {z:+.1f})")
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(cells) + " |")
    (Path(__file__).parent / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
