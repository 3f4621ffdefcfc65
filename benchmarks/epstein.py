"""Epstein 2002 Model I: person-steps per second of the fast kernel, against the clear kernel and plain Python.

Run by hand: python benchmarks/epstein.py [--sides 40 100 320 1000 3162] [--json]. One thread. Moore vision 7, C/A real
(as printed) and rounded down, everybody once a period in random order. The figure is the best of several runs and
counts processor time of this thread, so that a busy machine disturbs it less; compiling and setting up are left out.
"""

from __future__ import annotations

import argparse
import json
import time
from importlib import import_module

import numpy as np

from uprising.kernel.lattice import window
from uprising.models.cards import card
from uprising.models.epstein.model import RATIOS, settle

GOALS = {100: 25.0, 320: 25.0, 3162: 10.0}


def person_steps_per_second(form: str, side: int, ratio: str, steps: int, repeats: int) -> float:
    """Millions of persons called per second in one form of the kernel (`fast`, `rules`), best of some runs."""
    parameters = card("epstein").read(None, {"side": side, "vision": "moore", "ratio": ratio})
    people = settle(parameters, 1)
    module = import_module(f"uprising.models.epstein.{form}")
    windows = window("moore", 7) * 2
    best = 0.0

    def run(n_steps: int) -> float:
        started = time.thread_time()
        module.history(
            0, 1, side, people.n_cops, np.full(n_steps, people.n_cops, np.int64), np.full(n_steps, 0.82), 0, 0.1, 2.3,
            RATIOS.index(ratio), 30.0, 2, *windows, people.hardship, people.risk_aversion, people.site.copy(),
            people.until.copy(), people.active.copy(), np.zeros((n_steps, 3)),
        )  # fmt: skip
        return time.thread_time() - started

    run(1)
    for _ in range(repeats):
        setting_up = run(0)
        best = max(best, len(people.site) * steps / max(run(steps) - setting_up, 1e-9) / 1e6)
    return best


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sides", type=int, nargs="+", default=[40, 100, 320, 1000])
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    rows = []
    for side in given.sides:
        steps = max(2, int(4e6 / side**2))
        for ratio in ("real", "floor"):
            fast = person_steps_per_second("fast", side, ratio, steps, 3)
            clear = (
                person_steps_per_second("rules", side, ratio, max(1, steps // 20), 1) if side <= 320 else None
            )
            rows.append(
                {
                    "target": f"Epstein Model I, {side} x {side}, C/A {ratio}, fast kernel",
                    "measured": round(fast, 2),
                    "times_clear": round(fast / clear, 1) if clear else None,
                    "goal": GOALS.get(side),
                    "unit": "million person-steps a second, one thread",
                    "pass": fast >= GOALS[side] if side in GOALS else None,
                }
            )
            if not given.json:
                print(
                    "{target}: {measured} ({unit}; goal {goal}; {times_clear} times the clear kernel)".format(
                        **rows[-1]
                    )
                )
    if given.json:
        print(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
