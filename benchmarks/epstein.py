"""Epstein 2002 Model I: person-steps per second, one row a size.

Run by hand: python benchmarks/epstein.py [--sides 40 100 320 1000 3162] [--ratio floor|real] [--repeats N] [--json].

Moore vision 7, everybody once a period in random order, Run 2's densities, legitimacy and term, from the start of a
run. Columns: the fast kernel on one thread; a C++ loop of the same model (epstein.cpp, compiled here with g++ where
there is one) and the ratio to it; the clear kernel, compiled; the clear kernel as plain Python; and the variant in
blocks on two threads, which is another order of turns. Kernels take turns and each keeps its best of several tries.
One-thread figures count processor time, so that a busy machine disturbs them less; two threads count the clock.
Compiling and setting up are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

import numpy as np

from uprising.benchmark.table import AT_LEAST, Row
from uprising.models.cards import card
from uprising.models.epstein.model import ACTIVATIONS, RATIOS, settle
from uprising.models.lattice import window

GOALS = {100: 25.0, 320: 25.0, 3162: 10.0}
BLOCKS_GOALS = {1000: 35.0}
CPP_GOAL = 0.9
PLAIN_SIDE = 40
CLEAR_SIDES_TO = 320
BLOCKS_SIDES_FROM = 320
UNIT = "million person-steps/s"


def history(form: str, side: int, ratio: str, activation: str = "random"):
    """A function of a number of steps that runs them, and how many people there are."""
    people = settle(card("epstein").read(None, {"side": side, "vision": "moore", "ratio": ratio}), 1)
    module = import_module(f"uprising.models.epstein.{form}")
    windows = window("moore", 7) * 2

    def run(n_steps: int) -> None:
        module.history(
            0, 1, side, people.n_cops, np.full(n_steps, people.n_cops, np.int64), np.full(n_steps, 0.82),
            ACTIVATIONS.index(activation), 0.1, 2.3, RATIOS.index(ratio), 30.0, 2, *windows, people.hardship,
            people.risk_aversion, people.site.copy(), people.until.copy(), people.active.copy(),
            np.zeros((n_steps, 3)),
        )  # fmt: skip

    return run, len(people.site)


def speed(run, people: int, steps: int, clock=time.thread_time) -> float:
    """Millions of person-steps a second in one try, setting up taken off."""
    started = clock()
    run(0)
    set_up = clock()
    run(steps)
    return people * steps / max((clock() - set_up) - (set_up - started), 1e-9) / 1e6


def compile_cpp(folder: str) -> tuple[Path | None, str]:
    """The compiled C++ loop, or why there is none."""
    compiler = shutil.which("g++")
    if compiler is None:
        return None, "no g++"
    program = Path(folder) / "epstein"
    source = Path(__file__).with_suffix(".cpp")
    done = subprocess.run(
        [compiler, "-O3", "-march=native", "-std=c++17", "-o", str(program), str(source)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return (program, "") if done.returncode == 0 else (None, done.stderr.strip()[:200])


def cpp_speed(program: Path, side: int, steps: int, ratio: str) -> float:
    """Millions of person-steps a second of the C++ loop in one try."""
    told = [str(program), str(side), str(steps), str(int(ratio == "floor")), "1"]
    return float(subprocess.run(told, capture_output=True, text=True, check=True).stdout.split()[0]) / 1e6


def plain_speed(ratio: str) -> float:
    """Millions of person-steps a second of the clear kernel as plain Python."""
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import epstein; "
    code += f"print(epstein.speed(*epstein.history('rules', {PLAIN_SIDE}, {ratio!r}), 1))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(done.stdout)


def measure(side: int, ratio: str, repeats: int, program: Path | None) -> dict:
    """One row of the table."""
    import numba

    steps = max(8, min(400, int(20e6 / side**2)))
    fast, people = history("fast", side, ratio)
    fast(1)
    best: dict[str, float] = {}

    def keep(name: str, found: float) -> None:
        best[name] = max(best.get(name, 0.0), found)

    for turn in range(repeats):
        keep("fast", speed(fast, people, steps))
        if program is not None and (side <= CLEAR_SIDES_TO or turn < 2):
            keep("cpp", cpp_speed(program, side, steps if side <= CLEAR_SIDES_TO else 3, ratio))
    if side <= CLEAR_SIDES_TO:
        clear, _ = history("rules", side, ratio)
        clear(1)
        keep("clear", speed(clear, people, max(1, steps // 20)))
    if side == PLAIN_SIDE:
        keep("plain", plain_speed(ratio))
    if side >= BLOCKS_SIDES_FROM:
        blocks, _ = history("fast", side, ratio, "blocks")
        threads = numba.get_num_threads()
        numba.set_num_threads(1)
        blocks(1)
        for _ in range(repeats):
            keep("blocks_one_thread", speed(blocks, people, steps))
        numba.set_num_threads(min(2, threads))
        for _ in range(2 * repeats):
            keep("blocks_two_threads", speed(blocks, people, steps, time.perf_counter))
        numba.set_num_threads(threads)
    row: dict = {"side": side, "people": people, "ratio": ratio, "steps": steps}
    row |= {name: round(value, 4 if value < 1 else 2) for name, value in best.items()}
    if "cpp" in best:
        row["times_cpp"] = round(best["fast"] / best["cpp"], 2)
    row["goal"] = GOALS.get(side)
    row["blocks_goal"] = BLOCKS_GOALS.get(side)
    missed = [
        name
        for name, reached, goal in (
            ("fast", best["fast"], GOALS.get(side)),
            ("blocks_two_threads", best.get("blocks_two_threads"), BLOCKS_GOALS.get(side)),
            ("times_cpp", row.get("times_cpp"), CPP_GOAL),
        )
        if reached is not None and goal is not None and reached < goal
    ]
    row["missed"] = missed
    return row


def targets(row: dict) -> list[Row]:
    """The figures of a size in the form of `uprising bench --json`."""
    name = f"Epstein's Model I, {row['side']} x {row['side']}"
    forms = (("clear", "clear form, compiled"), ("plain", "clear form as plain Python"))
    others = ", ".join(f"{words} {row[form]:g}" for form, words in forms if form in row)
    found = [Row(f"{name}: random order, one thread", row["fast"], UNIT, row["goal"], AT_LEAST, others)]
    if "cpp" in row:
        note = f"the loop: {row['cpp']:g} {UNIT}"
        found.append(Row(f"{name}: against a C++ loop", row["times_cpp"], "times", CPP_GOAL, AT_LEAST, note))
    if "blocks_two_threads" in row:
        reached, note = row["blocks_two_threads"], f"one thread {row['blocks_one_thread']:g}"
        found.append(Row(f"{name}: blocks, two threads", reached, UNIT, row["blocks_goal"], AT_LEAST, note))
    return found


COLUMNS = (
    ("side", 5), ("people", 8), ("fast", 7), ("goal", 5), ("cpp", 6), ("times_cpp", 9), ("clear", 6), ("plain", 7),
    ("blocks_one_thread", 17), ("blocks_two_threads", 18), ("blocks_goal", 11), ("missed", 0),
)  # fmt: skip


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--sides", type=int, nargs="+", default=[40, 100, 320, 1000, 3162])
    arguments.add_argument("--ratio", choices=("real", "floor"), default="floor")
    arguments.add_argument("--repeats", type=int, default=5)
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    # on a busy machine a thread that waits would take the other's processor
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        program, reason = compile_cpp(folder)
        if program is None:
            print(f"The C++ loop is left out: {reason}", file=sys.stderr)
        if not given.json:
            print(f"Million person-steps a second, C/A {given.ratio}.")
            print("  ".join(name.rjust(width) for name, width in COLUMNS))
        for side in given.sides:
            rows.append(measure(side, given.ratio, given.repeats, program))
            if not given.json:
                told = {**rows[-1], "missed": ", ".join(rows[-1]["missed"])}
                cells = ("" if told.get(name) is None else str(told[name]) for name, _ in COLUMNS)
                print("  ".join(cell.rjust(width) for cell, (_, width) in zip(cells, COLUMNS, strict=True)))
    if given.json:
        print(json.dumps([target.as_json() for row in rows for target in targets(row)], indent=2))


if __name__ == "__main__":
    main()
