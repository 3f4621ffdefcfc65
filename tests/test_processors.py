"""The same bits on every processor: libraries that choose their code by the processor decide no recorded value."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import uprising

SOURCE = Path(uprising.__file__).parent
DECIDES = ("actors", "case", "crisis", "score", "state.py", "simulation.py", "result/recording.py", "result/summary.py")
"""parts of the package whose numbers go into a run's digest or into its score; kernels are compiled by numba"""
BY_PROCESSOR = {
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "power", "float_power", "sin", "cos", "tan", "arcsin",
    "arccos", "arctan", "arctan2", "sinh", "cosh", "tanh", "cbrt", "dot", "vdot", "inner", "matmul", "einsum",
    "tensordot", "linalg", "convolve", "correlate", "polyfit",
}  # fmt: skip
"""of numpy: what its own vector code or a linear algebra library does, by the processor that it finds"""


def measured() -> dict[str, str]:
    """Digests of what a run takes from arrays of numbers, for arguments of many sizes, and of two runs."""
    from small_worlds import LIVELY, SCALE, template
    from uprising.actors import council, group_decision, outside
    from uprising.kernel.engine import elementary
    from uprising.score import naive

    draw = np.random.default_rng(1956)
    found = {name: hashlib.sha256() for name in ("functions", "persuasion", "bargaining", "events", "score")}
    none = np.zeros(30)
    for _ in range(200):
        n = int(draw.integers(2, 24))
        own, stubbornness, weight = draw.uniform(0.0, 1.0, (3, n))
        pooled = council.pool(own, weight, stubbornness)
        found["functions"].update(elementary.exp(-9.0 * own).tobytes() + elementary.power(own, 3.0 * weight).tobytes())
        found["persuasion"].update(council.confer(pooled, stubbornness, weight + 0.1, "influence").tobytes())
        found["bargaining"].update(council.confer(pooled, stubbornness, weight + 0.1, "bargaining").tobytes())
        found["bargaining"].update(group_decision.risk_exponents(own, weight + 0.1, stubbornness, 1.0).tobytes())
        events = outside.OutsideEvents(
            draw.uniform(0.0, 500.0, 30), draw.uniform(5.0, 90.0, 30), *[none] * 4, none[None], none[None]
        )
        found["events"].update(outside.strength(events, np.arange(48.0)[:, None] + 200.0, 5.0).tobytes())
        found["score"].update(np.float64(naive.crps(naive.scale(1e4 * own, "person"), 2.0)).tobytes())
    digests = {name: digest.hexdigest() for name, digest in found.items()}
    for rule in council.RULES:
        case = template().with_settings("council", rule=rule)
        run = uprising.run(case, seed=1, scale=SCALE, until="1970-05-07", parameters=LIVELY, threads=1)
        digests[f"run, {rule}"] = run.summary["result_digest"]
    return digests


def vector_code() -> str:
    """Names of all vector instructions that numpy may choose or leave on this processor."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return " ".join(name for name in __cpu_dispatch__ if __cpu_features__.get(name))


def measured_with(**environment: str) -> dict[str, str]:
    """What a fresh process measures."""
    done = subprocess.run(
        [sys.executable, __file__], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def here() -> dict[str, str]:
    return measured_with()


@pytest.mark.parametrize("core", ["Haswell", "Prescott"])
def test_the_linear_algebra_library_decides_nothing(core: str, here: dict[str, str]) -> None:
    assert measured_with(OPENBLAS_CORETYPE=core) == here


def test_vector_code_of_numpy_decides_nothing(here: dict[str, str]) -> None:
    assert measured_with(NPY_DISABLE_CPU_FEATURES=vector_code()) == here


def decided_by_the_processor(text: str) -> list[int]:
    """Lines of a source that call one of BY_PROCESSOR of numpy, or multiply matrices."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult):
            found.append(node.lineno)
        if isinstance(node, ast.Attribute) and node.attr in BY_PROCESSOR:
            owner = node.value
            if isinstance(owner, ast.Name) and owner.id in ("np", "numpy"):
                found.append(node.lineno)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "dot":
            found.append(node.lineno)
    return sorted(found)


def test_such_calls_are_found() -> None:
    assert decided_by_the_processor("a = np.exp(b)\nc = a @ b\nd = a.dot(b)\ne = math.exp(1.0)\n") == [1, 2, 3]


def test_nothing_that_decides_a_recorded_value_calls_them() -> None:
    found = []
    for part in DECIDES:
        for file in [SOURCE / part] if part.endswith(".py") else sorted((SOURCE / part).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            for number in decided_by_the_processor(text):
                line = text.splitlines()[number - 1].strip()
                if "LinAlgError" not in line:  # an exception does no arithmetic
                    found.append(f"{file.relative_to(SOURCE)}:{number}: {line}")
    assert found == []


def sums_of_floats(text: str) -> list[int]:
    """Lines with Python's own `sum` of anything but ones and truths: Python 3.12 rounds a sum of floats otherwise."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sum":
            added = node.args[0].elt if isinstance(node.args[0], ast.GeneratorExp) else node.args[0]
            if not isinstance(added, ast.Compare) and not (isinstance(added, ast.Constant) and added.value == 1):
                found.append(node.lineno)
    return found


def test_no_sum_depends_on_the_version_of_python() -> None:
    program = "a = sum(1 for b in c)\nd = sum(b * 0.5 for b in c)\ne = sum(c)\nf = math.fsum(c)\n"
    assert sums_of_floats(program) == [2, 3]
    for part in ("actors", "crisis"):
        for file in sorted((SOURCE / part).rglob("*.py")):
            assert sums_of_floats(file.read_text(encoding="utf-8")) == [], file.name


if __name__ == "__main__":
    print(json.dumps(measured()))
