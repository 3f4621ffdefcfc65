"""Where compiled kernels spend their time: their hottest loops, by samples of a run. Linux, with `perf` and `objdump`.

    python benchmarks/hotspots.py [--scale 1.0] [--threads 1] [--until DATE] [--loops 8] [--code decision.sweep.sweep]

A run is sampled a thousand times a second of processor time. Samples are told by kernel, and within kernels by
innermost loop, with how many instructions the loop has: a loop of few instructions and many samples waits for memory.
--code KERNEL prints the instructions of its hottest loop, each with its samples: a load that others wait for shows on
the instruction after it. `perf` knows no names of what is compiled while a program runs: the run tells where kernels
lie.
"""

from __future__ import annotations

import argparse
import bisect
import importlib
import json
import pkgutil
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import uprising

OTHERS = "not compiled by numba"
INSTRUCTION = re.compile(r"\s*([0-9a-f]+):\s+(.*)")
JUMP = re.compile(r"j\w+\s+0x([0-9a-f]+)")


def run_and_tell(folder: Path, scale: float, threads: int, until: str | None) -> None:
    """In the process that is sampled: a run, then the kernels' names, places and code."""
    import uprising.kernel

    uprising.run("hungary-1956", scale=scale, threads=threads, until=until)
    places = {}
    for found in pkgutil.walk_packages(uprising.kernel.__path__, "uprising.kernel."):
        module = importlib.import_module(found.name)
        for name, kernel in vars(module).items():
            if hasattr(kernel, "overloads") and kernel.py_func.__module__ == module.__name__:
                for made in kernel.overloads.values():
                    at = made.library.get_pointer_to_function(made.fndesc.mangled_name)
                    places[at] = f"{found.name.removeprefix('uprising.kernel.')}.{name}"
    regions = []
    with open("/proc/self/maps") as lines, open("/proc/self/mem", "rb") as memory:
        for line in lines:
            span, rights, *rest = line.split()
            if "x" in rights and len(rest) < 4:  # code without a file behind it
                first, last = (int(edge, 16) for edge in span.split("-"))
                memory.seek(first)
                (folder / f"{first:x}.code").write_bytes(memory.read(last - first))
                regions.append((first, last))
    (folder / "kernels.json").write_text(json.dumps({"places": places, "regions": regions}))


def sample(folder: Path, words: list[str]) -> Counter[int]:
    """Samples by address of a process that runs these words."""
    data = folder / "perf.data"
    clock = ["perf", "record", "--quiet", "-e", "cpu-clock", "-F", "1000", "-o", str(data)]
    subprocess.run([*clock, sys.executable, *words], check=True)
    told = subprocess.run(
        ["perf", "script", "-i", str(data), "-F", "ip"], check=True, capture_output=True, text=True
    )
    return Counter(int(word, 16) for word in told.stdout.split())


def instructions(folder: Path, region: int, start: int, stop: int) -> list[tuple[int, str]]:
    """(address, text) of the code from start to stop in a region."""
    words = ["objdump", "-D", "-b", "binary", "-m", "i386:x86-64", "--no-show-raw-insn"]
    span = [f"--adjust-vma={region:#x}", f"--start-address={start:#x}", f"--stop-address={stop:#x}"]
    told = subprocess.run(
        [*words, *span, str(folder / f"{region:x}.code")], check=True, capture_output=True, text=True
    )
    found = (INSTRUCTION.match(line) for line in told.stdout.splitlines())
    return [(int(match[1], 16), match[2]) for match in found if match]


def innermost(code: list[tuple[int, str]], samples: Counter[int]) -> list[tuple[int, list[tuple[int, str]]]]:
    """(samples, instructions) of loops without loops in them, the hottest first."""
    jumps = ((at, JUMP.match(text)) for at, text in code)
    backward = {(int(match[1], 16), at) for at, match in jumps if match and code[0][0] <= int(match[1], 16) <= at}
    loops = sorted(backward)
    inner = [
        loop for k, loop in enumerate(loops)
        if not any(other[1] <= loop[1] for other in loops[k + 1 : k + 50] if other[0] >= loop[0])
    ]  # fmt: skip
    addresses = [at for at, _ in code]
    found = []
    for first, last in inner:
        body = code[bisect.bisect_left(addresses, first) : bisect.bisect_right(addresses, last)]
        found.append((sum(samples[at] for at, _ in body), body))
    return sorted(found, key=lambda loop: -loop[0])


def by_kernel(samples: Counter[int], told: dict[str, Any]) -> dict[str, tuple[int, int, int, int]]:
    """(samples, region, start, stop) of each kernel with any; the code of a kernel ends where the next begins."""
    places = sorted((int(at), name) for at, name in told["places"].items())
    starts = [at for at, _ in places]
    found: dict[str, tuple[int, int, int, int]] = {}
    for at, n in samples.items():
        region = next((span for span in told["regions"] if span[0] <= at < span[1]), None)
        k = bisect.bisect_right(starts, at) - 1
        if region is None or k < 0 or starts[k] < region[0]:
            name, span = OTHERS, (0, 0, 0)
        else:
            stop = min([region[1], *starts[k + 1 : k + 2]])
            name, span = places[k][1], (region[0], starts[k], stop)
        found[name] = (found.get(name, (0,))[0] + n, *span)
    return dict(sorted(found.items(), key=lambda item: -item[1][0]))


def main() -> None:
    """Sample a run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--until")
    parser.add_argument("--loops", type=int, default=8, help="of each of the hottest kernels")
    parser.add_argument("--code", metavar="KERNEL", help="print the instructions of its hottest loop")
    parser.add_argument("--run-in", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.run_in is not None:
        run_and_tell(asked.run_in, asked.scale, asked.threads, asked.until)
        return
    missing = [tool for tool in ("perf", "objdump") if shutil.which(tool) is None]
    if missing or sys.platform != "linux":
        parser.exit(2, f"this needs Linux and {', '.join(missing or ['Linux'])} (linux-perf, binutils)\n")
    uprising.run("hungary-1956", scale=0.01)  # compiled before
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        words = [__file__, "--scale", str(asked.scale), "--threads", str(asked.threads), "--run-in", temporary]
        samples = sample(folder, [*words, *(["--until", asked.until] if asked.until else [])])
        told = json.loads((folder / "kernels.json").read_text())
        kernels = by_kernel(samples, told)
        print(f"{samples.total():,} samples, {1000} a second of processor time")
        for name, (n, region, start, stop) in list(kernels.items())[:8]:
            print(f"\n{n:7,}  {name}")
            if name == OTHERS:
                continue
            loops = innermost(instructions(folder, region, start, stop), samples)
            for hot, body in loops[: asked.loops]:
                print(f"  {hot:7,}  loop of {len(body)} instructions at {body[0][0] - start:+#x}")
            if name == asked.code:
                print(*(f"    {samples[at]:6}  {text}" for at, text in loops[0][1]), sep="\n")


if __name__ == "__main__":
    main()
