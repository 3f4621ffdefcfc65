"""Mutated case folders and what-ifs: each is refused with words, or it runs and gives sound numbers.

`python tests/fuzz_cases.py --folders 10000 --what-ifs 10000` prints how many of each ended how, and the first of
what must not happen: another exception, a text that a terminal would obey, a check of more than a minute, a number
that is none, a negative count of people. tests/test_case_fuzz.py runs a few of them.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import io
import json
import math
import os
import random
import shutil
import signal
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from uprising.case import Case, CaseError, check_case, load_case, write_template
from uprising.errors import HIDDEN, UserError
from uprising.record.tables import check_record
from uprising.schema import parameters, table_columns, tables

SECONDS = 60
TOKENS = (
    "", " ", "0", "1", "-1", "0.5", "0,5", "1,234", "1e6", "1e9", "1e308", "nan", "inf", "2147483648", "9" * 400, "yes",
    "no", "T_MILL", "S_PARLIAMENT", "district", "hegemon", "soldier", "1970-05-02T09:00", "1970-05-02T09:00Z",
    "1525-03-01T00:00", "9999-12-31T23:59", "\x1b[2J", "\x00", "\u202e", "\u00a0", "Łódź", '"', ",", ";", "\r",
    "x" * 3000,
    "EST", "T_MILL;T_COAL", "1970-02-30T00:00",
)  # fmt: skip
FACTORS = (0.0, 0.1, 0.5, 0.999, 1.001, 2.0, 10.0, 1000.0, 1e6, 1e12)

Rows = list[list[str]]


class BrokenError(AssertionError):
    """Something that must never happen."""


def spoil_rows(rows: Rows, chance: random.Random) -> None:
    """Damage a table as people and programs do, often so that it stays sound."""
    header, body = rows[0], rows[1:]
    kind = chance.randrange(9)
    if not body or kind == 0:
        rows[1:] = [] if chance.random() < 0.3 else body[: chance.randrange(len(body) + 1)]
        return
    row, column = chance.choice(body), chance.randrange(len(header))
    if column >= len(row):
        return
    if kind <= 2:
        row[column] = chance.choice(TOKENS)
    elif kind == 3:
        row[column] = chance.choice(body)[column]
    elif kind <= 5:
        numeric = [i for i, cell in enumerate(row) if cell.replace(".", "", 1).lstrip("-").isdigit()]
        if numeric:
            i = chance.choice(numeric)
            value = float(row[i]) * chance.choice(FACTORS)
            is_whole = "." not in row[i] and math.isfinite(value)
            row[i] = str(round(value)) if is_whole else repr(value)
    elif kind == 6:
        rows.remove(row)
    elif kind == 7:
        rows.insert(chance.randrange(1, len(rows) + 1), list(row))
    else:
        for each in rows:
            each.append(each.pop(min(column, len(each) - 1)))


def spoil_bytes(data: bytes, chance: random.Random) -> bytes:
    """Damage a file without regard to what it holds."""
    spoiled = bytearray(data)
    kind = chance.randrange(6)
    at = chance.randrange(len(data)) if data else 0
    if kind == 0:
        del spoiled[at:]
    elif kind == 1 and data:
        spoiled[at] = chance.randrange(256)
    elif kind == 2:
        spoiled[at : at + chance.randrange(3)] = chance.choice(TOKENS).encode()
    elif kind == 3:
        return data.decode("utf-8", "replace").encode(chance.choice(("utf-16", "utf-8-sig", "utf-32")))
    elif kind == 4:
        return data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n")))
    else:
        return data.replace(b",", chance.choice((b";", b"\t", b"|", b", ")))
    return bytes(spoiled)


def replace_file(file: Path, chance: random.Random) -> None:
    """Put something that is no file, or an endless one, in place of a file."""
    file.unlink()
    kind = chance.randrange(7)
    if kind == 0:
        os.mkfifo(file)
    elif kind == 1:
        file.symlink_to("/dev/zero")
    elif kind == 2:
        file.symlink_to("/dev/tty")
    elif kind == 3:
        file.mkdir()
    elif kind == 4:
        file.symlink_to(file)
    elif kind == 5:
        with open(file, "wb") as stream:
            stream.truncate(10**11)  # takes no room
    else:
        with socket.socket(socket.AF_UNIX) as listener:
            short = Path(tempfile.mkdtemp(dir="/tmp")) / "s"
            listener.bind(str(short))
            shutil.move(short, file)
            short.parent.rmdir()


def spoil_folder(folder: Path, whole: dict[Path, bytes], chance: random.Random) -> list[Path]:
    """Damage one to three files of a case; returns which."""
    files = chance.sample(sorted(whole), chance.choice((1, 1, 1, 1, 2, 3)))
    for file in files:
        kind = chance.random()
        if kind < 0.02:
            replace_file(file, chance)
        elif kind < 0.2:
            file.write_bytes(spoil_bytes(whole[file], chance))
        elif file.suffix == ".csv":
            rows = list(csv.reader(io.StringIO(whole[file].decode(), newline="")))
            for _ in range(chance.choice((1, 1, 1, 2, 5))):
                spoil_rows(rows, chance)
            text = io.StringIO(newline="")
            csv.writer(text, delimiter=chance.choice(",,,,;\t")).writerows(rows)
            file.write_bytes(text.getvalue().encode())
        else:
            lines = whole[file].decode().splitlines(keepends=True)
            at = chance.randrange(len(lines))
            key, equals, _ = lines[at].partition("=")
            values = (
                *TOKENS,
                "1970-05-01T00:00:30",
                "1970-05-01T00:00:00+01:00",
                '"a"',
                "true",
                "[1]",
                "0x" + "f" * 5000,
            )
            lines[at] = f"{key}= {chance.choice(values)}\n" if equals else ""
            file.write_text("".join(lines), encoding="utf-8")
    return files


def restore(whole: dict[Path, bytes], files: list[Path]) -> None:
    """Undo the damage."""
    for file in files:
        if file.is_dir() and not file.is_symlink():
            file.rmdir()
        else:
            file.unlink(missing_ok=True)
        file.write_bytes(whole[file])


def what_if_text(case: Case, chance: random.Random) -> str:
    """A what-if of one to four changes; most are sound."""
    parts = ['title = "Tried"']
    for _ in range(chance.choice((0, 0, 1, 3))):
        row = chance.choice(parameters())
        value = row.low + (row.high - row.low) * chance.choice(
            (0.0, 1.0, chance.random(), chance.random(), 1.5)
        )
        parts.append(f"parameters.{row.name} = {value!r}")
    if chance.random() < 0.15:
        key = chance.choice(("legitimacy", "belief", "hardship", "readiness"))
        parts.append(f"[eve]\n{key} = {chance.choice((0, 0.01, 0.5, 1.0, chance.random(), 2))}")
    if chance.random() < 0.1:
        parts.append(f"[people]\nteam_size = {chance.choice((2, 5, 1000, 0, 10**9))}")
    for _ in range(chance.choice((1, 1, 2, 4))):
        parts.append(_change(case, chance))
    text = "\n".join(parts) + "\n"
    if chance.random() < 0.1:
        return spoil_bytes(text.encode(), chance).decode("utf-8", "surrogateescape")
    return text


def _change(case: Case, chance: random.Random) -> str:
    name = chance.choice(tables())
    columns = table_columns(name)
    rows = case.tables[name].rows
    where = "{}"
    if chance.random() < 0.7:
        column = chance.choice(columns)
        value = chance.choice(rows)[column.name] if chance.random() < 0.9 else chance.choice(TOKENS)
        where = f"{{ {column.name} = {_toml('' if value is None else value)} }}"
    kind = chance.random()
    if kind < 0.2:
        does = "remove = true"
    elif kind < 0.6:
        column = chance.choice(columns)
        value = (
            chance.choice(rows)[column.name]
            if chance.random() < 0.6
            else chance.choice((*TOKENS, 0, 1, 0.5, True, 10**9))
        )
        does = f"set = {{ {column.name} = {_toml('' if value is None else value)} }}"
    else:
        column = chance.choice([c for c in columns if c.type in ("number", "count")] or columns)
        does = f"scale = {{ {column.name} = {chance.choice(FACTORS)!r} }}"
    return f'[[change]]\ntable = "{name}"\nwhere = {where}\n{does}'


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, str) else repr(value)


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise BrokenError in the block when it lasts too long (main thread only)."""

    def stop(*_: object) -> None:
        raise BrokenError(f"more than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def judge(make: Callable[[], Case], is_run: bool, scale: float) -> str:
    """How a case ends: "refused", "sound", "ran", or "refused by the run"; anything else raises."""
    try:
        case = make()
    except CaseError as error:
        told = str(error)
        if not error.faults or HIDDEN.search(told) or len(told) > 200_000:
            raise BrokenError(f"a message that no one should see: {told[:500]!r}") from error
        return "refused"
    if not is_run:
        return "sound"
    from uprising import run

    until = case.settings.calendar.start.date().isoformat()
    try:
        result = run(case, seed=1, scale=scale, until=until, threads=1)
    except UserError as error:
        return "refused by the run: " + str(error)[:60]
    for name, values in result.series.data_vars.items():
        array = values.values
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise BrokenError(f"{name} is not finite")
        if name != "unit_site" and array.dtype.kind == "i" and array.size and array.min() < 0:
            raise BrokenError(f"{name} is {array.min()}")
    if any(isinstance(v, float) and not math.isfinite(v) for v in result.summary["totals"].values()):
        raise BrokenError("a total is not finite")
    return "ran"


def fuzz(
    folders: int, what_ifs: int, seed: int = 1, share_run: float = 0.0, scale: float = 0.0125
) -> tuple[Counter[str], list[str], float]:
    """Try mutated folders and what-ifs; returns how many ended how, what broke, and the longest check in seconds."""
    ends: Counter[str] = Counter()
    broken: list[str] = []
    longest = 0.0
    parent = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        folder = write_template(parent / "island")
        (folder / "record").mkdir()
        (folder / "record" / "turns.csv").write_text(
            "kind,time,time_low,time_high,text,source\nshots,1970-05-02T09:00,,,Shots,EXAMPLE\n",
            encoding="utf-8",
        )
        whole = {file: file.read_bytes() for file in folder.rglob("*") if file.suffix in (".csv", ".toml")}
        sound = load_case(folder)
        if share_run:
            judge(lambda: sound, True, scale)  # compiles once what all runs need
        overlay = parent / "tried.toml"

        def checked() -> Case:
            case = check_case(folder)
            faults = check_record(case)
            if faults:
                raise CaseError(faults)
            return case

        for number in range(folders + what_ifs):
            chance = random.Random(f"{seed} {number}")
            is_folder = number < folders
            spoiled: list[Path] = []
            if is_folder:
                spoiled = spoil_folder(folder, whole, chance)
            else:
                overlay.write_bytes(what_if_text(sound, chance).encode("utf-8", "surrogateescape"))
            is_run = chance.random() < share_run
            began = time.perf_counter()
            kind = "folder" if is_folder else "what-if"
            try:
                with at_most(SECONDS * (5 if is_run else 1)):
                    end = judge(checked if is_folder else lambda: sound.what_if(overlay), is_run, scale)
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                end = "BROKEN"
                broken.append(f"{kind} {number} of seed {seed}: {type(error).__name__}: {str(error)[:300]}")
            ends[f"{kind} {end}"] += 1
            if not is_run:
                longest = max(longest, time.perf_counter() - began)
            restore(whole, spoiled)
    finally:
        shutil.rmtree(parent, ignore_errors=True)
    return ends, broken, longest


def main() -> None:
    """The command."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    words.add_argument("--folders", type=int, default=1000)
    words.add_argument("--what-ifs", type=int, default=1000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument(
        "--run", type=float, default=0.02, help="share of the accepted ones that are run for a day"
    )
    given = words.parse_args()
    ends, broken, longest = fuzz(given.folders, given.what_ifs, given.seed, given.run)
    for end, count in sorted(ends.items()):
        print(f"{count:7,} {end}")
    print(f"longest check: {longest:.1f} s")
    for each in broken[:20]:
        print(each)
    raise SystemExit(1 if broken else 0)


if __name__ == "__main__":
    main()
