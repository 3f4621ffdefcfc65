"""Epstein's Model I in other frameworks, each in an environment of its own, beside ours: person-steps per second.

Usage: python benchmarks/peers/compare.py --environments FOLDER [--python-for-mesa python3.12] [--install]
       [--sides 100 320 1000] [--repeats 2] [--json]

--install makes FOLDER/mesa and FOLDER/ambr and installs the packages from PyPI; without it they must be there. Mesa
3.5 needs Python 3.12; with an older one pip takes the newest Mesa that runs on it, and the table names the version.
Ours: the sequential random order on one thread, Moore vision 7, C/A rounded down. Mesa: its shipped example (C/A
rounded to the nearest, as it has it). AMBER ships none: ours for its vectorised lane, which updates everybody at once.
One after the other on the same machine, processor time, the best of some tries. Where a whole step of Mesa's takes too
long or too much memory, a sample of its people is called instead (told as "sampled"), which favours Mesa.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from uprising.benchmark.table import AT_LEAST, Row

HERE = Path(__file__).parent
PACKAGES = {"mesa": ["mesa>=3.0", "networkx"], "ambr": ["ambr"]}
NAMES = {"mesa": "Mesa", "ambr": "AMBER"}
SCRIPTS = {"mesa": "mesa_example.py", "ambr": "ambr_model.py"}
GOALS = {("mesa", 100): 700, ("mesa", 320): 2500, ("mesa", 1000): 4000}
AMBR_GOAL = 12
MESA_WHOLE_TO = 100
MESA_SAMPLE = 2000


def install(environments: Path, python_for_mesa: str) -> None:
    """Make the two environments."""
    for name, python in (("mesa", python_for_mesa), ("ambr", sys.executable)):
        subprocess.run([python, "-m", "venv", str(environments / name)], check=True)
        pip = [str(environments / name / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, *PACKAGES[name]], check=True)


def peer(environments: Path, name: str, side: int) -> dict:
    """One try of a peer: {name, speed, ...}."""
    # -E: what leads Python to this program's packages must not lead the peer there
    told = [str(environments / name / "bin" / "python"), "-E", str(HERE / SCRIPTS[name]), str(side)]
    told.append(str(max(3, int(2e6 / side**2)) if name == "ambr" else 3))
    if name == "mesa" and side > MESA_WHOLE_TO:
        told += ["--sample", str(MESA_SAMPLE)]
    done = subprocess.run(told, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def target(row: dict) -> Row:
    """A comparison in the form of `uprising bench --json`."""
    how = ", a sample of its people" if row["sampled"] else ""
    note = f"{row['peer']}: {row['peer_person_steps_per_second']:,} person-steps/s{how}"
    side, name = row["side"], NAMES[row["environment"]]
    return Row(
        f"Epstein's Model I, {side} x {side}: times {name}",
        row["times"],
        "times",
        row["goal"],
        AT_LEAST,
        note,
    )


def ours(side: int) -> float:
    """One try of the fast kernel, person-steps a second."""
    code = (
        f"import sys; sys.path.insert(0, {str(HERE.parent)!r}); import epstein; "
        f"run, people = epstein.history('fast', {side}, 'floor'); run(1); "
        f"print(max(epstein.speed(run, people, {max(8, int(10e6 / side**2))}) for _ in range(3)))"
    )
    return (
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        * 1e6
    )


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--environments", type=Path, required=True)
    arguments.add_argument("--python-for-mesa", default="python3.12")
    arguments.add_argument("--install", action="store_true")
    arguments.add_argument("--sides", type=int, nargs="+", default=[100, 320, 1000])
    arguments.add_argument("--repeats", type=int, default=2)
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    if given.install:
        install(given.environments, given.python_for_mesa)
    rows = []
    for side in given.sides:
        for name in PACKAGES:
            if not (given.environments / name).exists():
                print(
                    f"{name} is left out: no {given.environments / name}; --install makes it", file=sys.stderr
                )
                continue
            best_ours, best = 0.0, {"speed": 0.0}
            for _ in range(given.repeats):
                best_ours = max(best_ours, ours(side))
                best = max(best, peer(given.environments, name, side), key=lambda each: each["speed"])
            times = best_ours / best["speed"]
            goal = AMBR_GOAL if name == "ambr" else GOALS.get((name, side))
            rows.append(
                {
                    "environment": name,
                    "peer": best["name"],
                    "side": side,
                    "sampled": best.get("sampled", False),
                    "peer_person_steps_per_second": round(best["speed"]),
                    "ours_person_steps_per_second": round(best_ours),
                    "times": round(times, 1),
                    "goal": goal,
                }
            )
            if not given.json:
                print(
                    f"{rows[-1]['peer']:12} {side:5} {'sampled' if rows[-1]['sampled'] else '       '} "
                    f"{best['speed']:12,.0f}/s   ours {best_ours:13,.0f}/s   {times:8,.1f} times (goal {goal})",
                    flush=True,
                )
    if given.json:
        print(json.dumps([target(row).as_json() for row in rows], indent=2))


if __name__ == "__main__":
    main()
