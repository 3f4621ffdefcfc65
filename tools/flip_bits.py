"""Damage files of a run and an ensemble again and again, and see whether anything reads them as another result.

    python tools/flip_bits.py --trials 1000

Makes a run and an ensemble of one day, an unfinished run and kept people, then damages one file at a time: a bit is
flipped, the file is cut, emptied, removed, or exchanged with another file of the folder. After each damage the
folder is opened and read, scored, reported, exported and verified (or resumed, or started from), in this process.
Counted are: told (an error that names the folder), without effect (all results are the same), silently other, and
unexpected (any other error, or more than a minute). The exit code is 1 when the last two are not 0.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import logging
import os
import random
import shutil
import signal
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Readers = Callable[[Path, Path], dict[str, Callable[[], str]]]
SUMS = "SHA256SUMS"
KINDS = ("flip", "flip", "flip", "flip", "flip", "flip", "cut", "empty", "gone", "exchanged")
SECONDS = 60
IGNORED = ("log.txt", ".lock")


def damage(folder: Path, file: str, kind: str, chance: random.Random) -> str:
    """Damage one file; what was done, in words."""
    path = folder / file
    content = bytearray(path.read_bytes())
    path.unlink()  # the copy shares its bytes with the whole folder
    if kind == "flip" and content:
        bit = chance.randrange(8 * len(content))
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        return f"bit {bit} of {file}"
    if kind == "cut":
        path.write_bytes(content[: chance.randrange(max(len(content), 1))])
    elif kind == "exchanged":
        other = chance.choice(files_of(folder))
        path.write_bytes((folder / other).read_bytes())
        return f"{file} is {other}"
    elif kind != "gone":
        path.write_bytes(b"")
    return f"{file}: {kind}"


def files_of(folder: Path) -> list[str]:
    """Names of the files that hold something of the result."""
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in IGNORED
    ]


def digest(*values: Any) -> str:
    """A digest of anything that has a stable text or bytes."""
    made = hashlib.sha256()
    for value in values:
        made.update(value if isinstance(value, bytes) else repr(value).encode())
    return made.hexdigest()


def of_series(series: Any) -> str:
    """A digest of a Dataset's values and labels."""
    whole = series.load()
    return digest(*(whole[name].values.tobytes() for name in sorted(map(str, whole.variables))))


def readers_of_run(folder: Path, aside: Path) -> dict[str, Callable[[], str]]:
    """What is done with a run's folder, and a digest of what it gives."""
    import uprising
    from uprising.result.export import export_parquet
    from uprising.result.report import write_report
    from uprising.score import score

    def opened() -> str:
        result = uprising.open_result(folder)
        return digest(of_series(result.places), result.events.to_pylist(), result.summary, result.provenance)

    def report() -> str:
        write_report(uprising.open_result(folder), aside / "report.html", score(folder))
        return digest((aside / "report.html").read_bytes())

    def export() -> str:
        result = uprising.open_result(folder)
        written = export_parquet(
            result.places, {"events": result.events}, aside / "export", ["crowd", "dead"]
        )
        return digest(*(path.read_bytes() for path in written))

    return {"open": opened, "score": lambda: digest(score(folder)), "report": report, "export": export}


def readers_of_ensemble(folder: Path, aside: Path) -> dict[str, Callable[[], str]]:
    """What is done with an ensemble's folder, and a digest of what it gives."""
    import uprising
    from uprising.result.export import export_parquet
    from uprising.score import score

    def opened() -> str:
        study = uprising.open_ensemble(folder)
        tables = [table.to_pylist() for table in study.tables().values()]
        return digest(of_series(study.series), tables, study.findings, str(study.quantiles("crowd").values))

    def compare() -> str:
        return digest(uprising.compare(folder, folder).findings)

    def export() -> str:
        study = uprising.open_ensemble(folder)
        written = export_parquet(study.places, study.tables(), aside / "export", ["crowd"])
        return digest(*(path.read_bytes() for path in written))

    return {"open": opened, "score": lambda: digest(score(folder)), "compare": compare, "export": export}


def readers_of_snapshot(folder: Path, aside: Path) -> dict[str, Callable[[], str]]:
    """The state from which an unfinished run goes on."""
    from uprising.result.snapshot import read_snapshot

    def resume() -> str:
        content, arrays = read_snapshot(folder)
        return digest(content, *((name, values.tobytes()) for name, values in sorted((arrays or {}).items())))

    return {"resume": resume}


def readers_of_people(folder: Path, aside: Path) -> dict[str, Callable[[], str]]:
    """Kept people: what is damaged is not taken, and made again."""
    from uprising.case.people_cache import load
    from uprising.errors import UserError

    def start() -> str:
        kept = load(folder)
        if kept is None:
            raise UserError(f"{folder} is made again")
        return digest(*(np.asarray(values).tobytes() for table in kept for values in table))

    return {"start": start}


def interrupted(folder: Path, **world: Any) -> Path:
    """Stop a run half-way, as Ctrl-C does; its folder."""
    import uprising

    def progress(stage: str, done: int, *_: Any) -> None:
        if stage == "crisis" and done == 20:
            signal.raise_signal(signal.SIGINT)

    with contextlib.suppress(uprising.Interrupted):
        uprising.run("hungary-1956", seed=1, out=folder, threads=1, progress=progress, **world)
    return folder


def kept_people(folder: Path, scale: float) -> Path:
    """Keep the people of a run; the folder that they are in."""
    from uprising.case import load_case, people_cache
    from uprising.case.people import synthesise

    people_cache.keep(folder, "people", synthesise(load_case("hungary-1956"), scale))
    return folder / "people"


def out_of_time(*_: object) -> None:
    raise TimeoutError(f"more than {SECONDS} s")


def trials(whole: Path, readers: Readers, n: int, chance: random.Random) -> tuple[Counter[str], list[str]]:
    """Damage copies of a folder n times; counts over the readers, and what went wrong."""
    import uprising
    from uprising.errors import UserError

    counts: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as aside_name:
        folder, aside = whole.with_name(f"{whole.name}-damaged"), Path(aside_name)
        shutil.copytree(whole, folder, copy_function=os.link)
        right = {name: read() for name, read in readers(folder, aside).items()}
        shutil.rmtree(folder)
        names = files_of(whole)
        if (whole / "snapshot").exists():
            names = [one for one in names if one.startswith("snapshot/")]
        for _ in range(n):
            shutil.copytree(whole, folder, copy_function=os.link)
            what = damage(folder, chance.choice(names), chance.choice(KINDS), chance)
            for name, read in readers(folder, aside).items():
                signal.alarm(SECONDS)
                try:
                    found = "without effect" if read() == right[name] else "silently other"
                except UserError as error:
                    found = "told" if str(folder) in str(error) else "unexpected"
                    what += "" if found == "told" else f" ({error})"
                except Exception as error:  # noqa: BLE001 - counted and shown
                    found = "unexpected"
                    what += f" ({type(error).__name__}: {error})"
                finally:
                    signal.alarm(0)
                counts[f"{name}: {found}"] += 1
                if found in ("silently other", "unexpected"):
                    wrong.append(f"{whole.name}, {name}, {what}: {found}")
            if (whole / SUMS).exists():
                found = "named" if not uprising.verify(folder).is_sound else "sound"
                counts[f"verify: {found}"] += 1
            shutil.rmtree(folder, ignore_errors=True)
    return counts, wrong


def main(arguments: list[str] | None = None) -> int:
    """Make the folders, damage them, print the counts; 1 when something was not told."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000, help="damaged files of each folder")
    parser.add_argument("--only", nargs="*", metavar="FOLDER", help="run, ensemble, unfinished, people")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    import uprising

    warnings.simplefilter("ignore")
    logging.disable()
    signal.signal(signal.SIGALRM, out_of_time)
    chance = random.Random(given.seed)
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        world: dict[str, Any] = {"scale": 0.001, "until": "1956-10-16"}
        uprising.run("hungary-1956", seed=1, out=home / "run", threads=1, **world)
        uprising.ensemble("hungary-1956", seeds=[1, 2], out=home / "ensemble", workers=1, **world)
        folders: dict[Path, Readers] = {
            home / "run": readers_of_run,
            home / "ensemble": readers_of_ensemble,
            interrupted(home / "unfinished", **world): readers_of_snapshot,
            kept_people(home / "kept", world["scale"]): readers_of_people,
        }
        for folder, readers in folders.items():
            if folder.name not in (given.only or folder.name):
                continue
            counts, faults = trials(folder, readers, given.trials, chance)
            wrong += faults
            print(f"{folder.name}: {given.trials} damaged files", flush=True)
            for key, count in sorted(counts.items()):
                print(f"  {key}: {count}")
    print(*wrong[:50], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
