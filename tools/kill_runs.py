"""Kill single runs at random moments, resume them, and compare what they leave with undisturbed runs.

    .venv/bin/python tools/kill_runs.py --kills 200

Each run is killed up to four times, by SIGKILL, SIGINT, SIGTERM, SIGUSR1 or SIGHUP, at a random moment between
its first import and its last file. Then it is resumed until it ends. Every file of its folder must be byte by
byte that of an undisturbed run, but for times and the report. The exit code is 1 if anything is not as it should
be: a difference, a traceback, a hang, an exit code or words that mislead, files left behind.

Snapshots are taken as often as half of the time allows, so that many kills hit one that is being written.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from uprising.result.checksums import SUMS, Checksums

SIGNALS = ("SIGKILL", "SIGINT", "SIGTERM", "SIGUSR1", "SIGHUP")
MOST_KILLS = 4
"""of one run"""
PATIENCE_SECONDS = 600.0
TIMES = {"started", "finished", "wall_seconds", "compile_seconds", "peak_bytes", "command"}
"""entries of summary.json and provenance.json that differ from run to run"""
LIVELY = {
    "area_fire_per_hour": 0.02, "arrest_per_man_hour": 0.2, "contact_per_hour": 0.1, "cost_fight": 1.0,
    "cost_out": 1.0, "flight_km": 200.0, "flight_per_day": 0.05, "invade_bar": 0.6, "kills_per_man_hour": 0.5,
    "shots_per_hour": 2.0, "weight_belief": 1.2,
}  # fmt: skip
"""parameters with which the template's country sees crowds, shots, losses and flight"""
PROGRAM = """
import signal, sys
# where this tool runs in the background its children inherit ignored signals, which a run leaves ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
from uprising.interruption import Interruption
try:
    with Interruption() as interruption, interruption.at_once():
        from uprising import simulation
        simulation.SNAPSHOT_SHARE = 0.5
        from uprising.cli import main
except KeyboardInterrupt:
    sys.exit(130)
main(sys.argv[1:])
"""


class Trial:
    """Runs of one country, undisturbed and killed, and the faults that were found.

    Parameters
    ----------
    work : folder for everything; runs without a fault are removed
    chance : source of all random choices
    """

    def __init__(self, work: Path, chance: random.Random) -> None:
        self.work, self.chance = work, chance
        self.faults: list[str] = []
        self.counts: Counter[str] = Counter()
        self.case = work / "island"
        self._command("case", "new", str(self.case), check=True)
        self._whole: dict[int, dict[str, Any]] = {}
        self.seconds = 0.0
        for seed in (1, 2):
            out = work / f"undisturbed-{seed}"
            self._command(*self._begin(seed, out), check=True)  # compiles
            shutil.rmtree(out)
            began = time.monotonic()
            self._command(*self._begin(seed, out), check=True)
            self.seconds = time.monotonic() - began
            self._whole[seed] = contents(out)

    def kill_and_resume(self, number: int, kills: int) -> int:
        """Kill one run up to so many times, let it end, compare it; how many kills were made."""
        seed, out = self.chance.choice((1, 2)), self.work / f"run-{number}"
        n_before, made, words = len(self.faults), 0, self._begin(seed, out)
        for _ in range(kills):
            made += self._kill(words, out)
            if (out / "summary.json").is_file():
                break
            words = self._next(seed, out)
        if not (out / "summary.json").is_file():
            done = self._command(*words)
            if done.returncode != 0:
                self.faults.append(f"{out}: {words} exits {done.returncode}: {done.stderr}")
        if (out / "summary.json").is_file():
            self._compare(seed, out)
        if len(self.faults) == n_before:
            shutil.rmtree(out)
        return made

    def _begin(self, seed: int, out: Path) -> list[str]:
        settings = [part for name, value in LIVELY.items() for part in ("--set", f"{name}={value}")]
        return [
            "run", str(self.case), "--seed", str(seed), "--scale", "0.0125", "--keep-people",
            "--snapshot-minutes", "1e-9", "--threads", str(self.chance.choice((1, 2))), "--out", str(out), *settings,
        ]  # fmt: skip

    def _next(self, seed: int, out: Path) -> list[str]:
        """What the user does next: resume, where there is a run; begin again, where it was killed before."""
        if (out / "snapshot" / "state.json").is_file():
            self.counts["resumed" if any(out.glob("snapshot/*.npz")) else "resumed from the beginning"] += 1
            return ["run", "--resume", str(out), "--threads", str(self.chance.choice((1, 2)))]
        self.counts["killed before the run began"] += 1
        return self._begin(seed, out)

    def _kill(self, words: list[str], out: Path) -> int:
        name = self.chance.choice([name for name in SIGNALS if hasattr(signal, name)])
        delay = self.chance.uniform(0.0, self.seconds)
        # most kills from when the run is at work, however long this machine takes to start it
        awaits_work = self.chance.random() < 0.8
        before = _written(out)
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        ) as process:  # fmt: skip
            while awaits_work and process.poll() is None and _written(out) == before:
                time.sleep(0.001)
            began = time.monotonic()
            is_sent = 0
            try:
                process.wait(delay)
                if awaits_work:
                    self.seconds = 0.5 * (self.seconds + time.monotonic() - began)
            except subprocess.TimeoutExpired:
                process.send_signal(getattr(signal, name))
                is_sent = 1
            try:
                _, said = process.communicate(timeout=PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                self.faults.append(f"{out}: hangs {PATIENCE_SECONDS} s after {name} at {delay:.3f} s")
                return 1
        code = process.returncode
        self.counts[f"{name} exit {code}" if is_sent else f"ended before the kill, exit {code}"] += 1
        has_begun = _written(out) != before
        for fault in judge(name, code, said, out, has_begun):
            self.faults.append(f"{out}: {name} at {delay:.3f} s, exit {code}: {fault}; standard error: {said}")
        return is_sent

    def _compare(self, seed: int, out: Path) -> None:
        whole, found = self._whole[seed], contents(out)
        for name in sorted(set(whole) | set(found)):
            if whole.get(name) != found.get(name):
                self.faults.append(f"{out}: {name} differs from that of an undisturbed run")
        self.faults += [str(damage) for damage in Checksums.of(out).damaged()]
        self.counts["compared with an undisturbed run"] += 1

    def _command(self, *words: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=check,
            timeout=PATIENCE_SECONDS,
        )  # fmt: skip


def _written(out: Path) -> list[int]:
    """Sizes of what a run writes when it begins or is resumed."""
    files = (out / "snapshot" / "state.json", out / "log.txt")
    return [file.stat().st_size if file.is_file() else -1 for file in files]


def judge(name: str, code: int, said: str, out: Path, has_begun: bool) -> list[str]:
    """What is wrong with how a run ended after a signal; nothing where all is as it should be."""
    is_finished = (out / "summary.json").is_file()
    faults = []
    # before its first import is done Python itself answers a signal
    if ("Traceback" in said or "unexpected failure" in said) and (has_begun or code != -signal.SIGINT):
        faults.append("a traceback")
    if code == 0:
        if not is_finished:
            faults.append("exit 0 without a whole run")
    elif code == 130:
        if has_begun and not is_finished and f"uprising run --resume {out}" not in said:
            faults.append("no words on how to go on")
        if is_finished and "whole in" not in said:
            faults.append("no words that the run is finished")
    elif code == -getattr(signal, name):
        # after its last file the run gives the signals back
        if name != "SIGKILL" and has_begun and not is_finished:
            faults.append("killed by a signal that the run answers")
    else:
        faults.append("an exit code that nobody promised")
    return faults


def contents(folder: Path) -> dict[str, Any]:
    """All files of a run folder; of JSON what does not differ from run to run."""
    found: dict[str, Any] = {}
    for file in folder.rglob("*"):
        name = str(file.relative_to(folder))
        if not file.is_file() or name in ("log.txt", "report.html"):
            continue
        found[name] = file.read_bytes()
        if name in ("summary.json", "provenance.json"):
            document = json.loads(found[name])
            # the command line adds the score after the run
            found[name] = {key: value for key, value in document.items() if key not in TIMES | {"score"}}
        elif name == SUMS:
            lines = found[name].decode().splitlines()[1:]
            found[name] = [line for line in lines if not line.endswith(("summary.json", "provenance.json"))]
    return found


def main() -> int:
    """Kill as many runs as asked, and print the counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=200, help="how many (default 200)")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments and signals (default 1)")
    parser.add_argument("--folder", type=Path, help="for the runs; those with faults stay (default a temporary one)")
    chosen = parser.parse_args()
    work = chosen.folder or Path(tempfile.mkdtemp(prefix="uprising-kills-"))
    work.mkdir(parents=True, exist_ok=True)
    chance = random.Random(chosen.seed)
    trial = Trial(work, chance)
    print(f"an undisturbed run takes {trial.seconds:.1f} s", flush=True)
    made = number = 0
    while made < chosen.kills:
        made += trial.kill_and_resume(number, min(chance.randint(1, MOST_KILLS), chosen.kills - made))
        number += 1
        print(f"{made} kills, {number} runs, {len(trial.faults)} faults", flush=True)
    for what, count in sorted(trial.counts.items()):
        print(f"{count:6} {what}")
    for fault in trial.faults:
        print(f"FAULT {fault}")
    if not trial.faults and chosen.folder is None:
        shutil.rmtree(work)
    return 1 if trial.faults else 0


if __name__ == "__main__":
    sys.exit(main())
