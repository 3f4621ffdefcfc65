"""Our own Zarr reader and writer against the zarr package, in one process: python benchmarks/series_store.py [RUN...]

Writes the series of each given run folder again, as a run writes them (a fortnight a chunk, all variables), reads them,
and writes and reads an ensemble of small runs, a chunk a run and variable. Each way in turns; the best of five.
Processor time of all threads together, so that another busy program does not count. The time that importing a package
takes is told apart.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

RUNS, STEPS = 50, 96
TURNS = 5


def best(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Processor seconds of each way, all threads together, in turns; the best of five."""
    found = dict.fromkeys(ways, float("inf"))
    for _ in range(TURNS):
        for name, way in ways.items():
            began = time.process_time()
            way()
            found[name] = min(found[name], time.process_time() - began)
    return found


def write_ours(folder: Path, series: dict[str, Any], piece: int) -> None:
    """As `uprising.result.recording` does."""
    from uprising.result.zarr_format import Files, Group

    shutil.rmtree(folder, ignore_errors=True)
    group = Group(Files(folder))
    for name, values in series.items():
        dims = tuple(f"{name}_{axis}" for axis in range(values.ndim))
        group.create(name, dims, values.shape, (piece, *values.shape[1:]), values.dtype, {})
        for number in range(-(-len(values) // piece)):
            group.write(name, number, values[number * piece : (number + 1) * piece])
    group.consolidate()


def write_zarr(folder: Path, series: dict[str, Any], piece: int) -> None:
    """The same through the zarr package."""
    import numcodecs
    import zarr

    root = zarr.create_group(str(folder), zarr_format=2, overwrite=True)
    light = numcodecs.Blosc("zstd", clevel=1, shuffle=numcodecs.Blosc.SHUFFLE)
    for name, values in series.items():
        made = root.create_array(
            name, shape=values.shape, chunks=(piece, *values.shape[1:]), dtype=values.dtype, compressors=light,
            fill_value=None, attributes={"_ARRAY_DIMENSIONS": [f"{name}_{axis}" for axis in range(values.ndim)]},
        )  # fmt: skip
        for first in range(0, len(values), piece):
            made[first : first + piece] = values[first : first + piece]
    zarr.consolidate_metadata(str(folder), zarr_format=2)


def read_ours(folder: Path, piece: int | None = None) -> None:
    """Read all arrays, or every one of them in pieces."""
    from uprising.result.zarr_format import Files, Group

    group = Group.open(Files(folder))
    for name in group.names:
        length = group.shape(name)[0]
        for first in range(0, length, piece or length):
            group.read(name, first, min(first + (piece or length), length))


def read_zarr(folder: Path, piece: int | None = None) -> None:
    """The same through the zarr package."""
    import zarr

    root: Any = zarr.open_group(str(folder), mode="r", zarr_format=2)
    for _, array in root.arrays():
        length = array.shape[0]
        for first in range(0, length, piece or length):
            array[first : first + (piece or length)]


def main(runs: list[str]) -> None:
    """Print the table."""
    for words in ("import zarr", "import numcodecs.blosc"):
        code = f"import time, numpy; began = time.process_time(); {words}; print(time.process_time() - began)"
        found = [
            float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
            for _ in range(TURNS)
        ]
        print(f"{words}: {1000 * min(found):.0f} ms beyond numpy")
    with tempfile.TemporaryDirectory() as name:
        ours, theirs = Path(name) / "ours", Path(name) / "zarr"
        for run in runs:
            from uprising.result.zarr_format import Files, Group

            stored = Group.open(Files(Path(run) / "series.zarr"))
            series = {
                n: stored.read(n) for n in stored.names if stored.attributes_of(n)["_ARRAY_DIMENSIONS"][0] == "time"
            }
            series = {n: values for n, values in series.items() if values.ndim <= 3}
            piece = stored.layout("crowd").chunks[0]
            size = sum(values.nbytes for values in series.values()) / 1e6
            print(f"{run}: {len(series)} arrays, {size:.0f} MB")
            show("write", best({
                "ours": partial(write_ours, ours, series, piece), "zarr": partial(write_zarr, theirs, series, piece),
            }))  # fmt: skip
            show("read", best({"ours": lambda: read_ours(ours), "zarr": lambda: read_zarr(theirs)}))
        rng = np.random.default_rng(1)
        many = {f"v{k}": rng.integers(0, 50, (RUNS, STEPS, 30), np.int32) for k in range(24)}
        print(f"ensemble: {RUNS} runs of {STEPS} steps, {len(many)} arrays")
        show("write", best({"ours": lambda: write_ours(ours, many, 1), "zarr": lambda: write_zarr(theirs, many, 1)}))
        show("read run by run", best({"ours": lambda: read_ours(ours, 1), "zarr": lambda: read_zarr(theirs, 1)}))


def show(what: str, found: dict[str, float]) -> None:
    """A line of the table."""
    ours, theirs = 1000 * found["ours"], 1000 * found["zarr"]
    print(f"  {what}: ours {ours:.0f} ms, zarr {theirs:.0f} ms ({theirs / ours:.1f} times as long)")


if __name__ == "__main__":
    main(sys.argv[1:])
