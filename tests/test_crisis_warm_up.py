"""A first start compiles in two processes; what goes wrong with the second changes nothing but a line of warning."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from functools import wraps
from pathlib import Path
from typing import Any

import numba
import pytest

import uprising
from patience import HANGS_SECONDS
from small_worlds import SCALE, begin, template
from uprising.case import people as synthesis
from uprising.case.world import build_world
from uprising.crisis import warm_up
from uprising.crisis.warm_up import Beside, rehearse, stand_ins
from uprising.kernel.decision import sweep, utility
from uprising.kernel.engine.bind import parameters_of
from uprising.run_settings import parameters_in_force

DAY: dict[str, Any] = {"scale": SCALE, "until": "1970-05-01"}
ENDLESS = """
import time
from uprising.crisis import warm_up

warm_up.rehearse = lambda *arguments: time.sleep(600.0)
warm_up.main()
"""


def what_is_sent() -> tuple[Any, ...]:
    case = template()
    return case, build_world(case), parameters_in_force(case)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Processes that runs start, as if nothing were compiled and there were two cores."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(words: list[str], **settings: Any) -> subprocess.Popen[bytes]:
        process = popen(words, **settings)
        if words[0] == sys.executable:
            processes.append(process)
        return process

    popen: Any = subprocess.Popen
    monkeypatch.setattr(warm_up, "is_missing", lambda: True)
    monkeypatch.setattr(warm_up, "available_cores", lambda: 2)
    monkeypatch.setattr(subprocess, "Popen", start)
    return processes


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The process beside a run is never done."""
    (tmp_path / "endless.py").write_text(ENDLESS, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(warm_up, "PROGRAM", "endless")


def test_stand_ins_are_of_the_types_of_people() -> None:
    case, world, _ = what_is_sent()
    for stand_in, real in zip(stand_ins(world.n_places), synthesis.synthesise(case, SCALE), strict=True):
        for name in real._fields:
            assert numba.typeof(getattr(stand_in, name)) == numba.typeof(getattr(real, name)), name


def test_the_sweep_is_compiled_for_what_a_run_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: list[list[Any]] = []

    @wraps(sweep.sweep.py_func)
    def note(*given: Any) -> None:
        kinds.append([numba.typeof(value) for value in given])

    assert len(parameters_of(note)) > 50
    monkeypatch.setattr(sweep, "sweep", note)
    begin().step()
    told: list[int] = []
    rehearse(*what_is_sent(), lambda: told.append(len(kinds)))
    assert kinds[0] == kinds[1]
    assert told == [2]


def test_a_run_waits_for_the_process_beside_it_and_is_the_same(started: list[Any], caplog: Any) -> None:
    alone = uprising.run(template(), **DAY, threads=1)
    assert started == []
    result = uprising.run(template(), **DAY, threads=2)
    assert len(started) == 1 and started[0].returncode is not None
    assert caplog.records == []
    assert result.summary["result_digest"] == alone.summary["result_digest"]


def test_a_process_that_fails_is_told_and_the_run_goes_on(
    started: list[Any], monkeypatch: pytest.MonkeyPatch, caplog: Any, capfd: Any
) -> None:
    alone = uprising.run(template(), **DAY, threads=1)
    monkeypatch.setattr(warm_up, "PROGRAM", "uprising.crisis.nothing")
    with caplog.at_level(logging.WARNING):
        result = uprising.run(template(), **DAY, threads=2)
    assert [record.getMessage() for record in caplog.records] == [
        "the process that was to compile beside this one ended with code 1; compiling goes on here"
    ]
    assert "uprising.crisis.nothing" in capfd.readouterr().err
    assert result.summary["result_digest"] == alone.summary["result_digest"]


def test_no_process_for_a_rule_of_the_users_own(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(synthesis, "synthesise", stop)
    rule = utility.decide.py_func
    with pytest.raises(KeyboardInterrupt):
        uprising.run(template(), **DAY, threads=2, rules={"reconsider": rule})
    assert started == []


@pytest.mark.parametrize("program", ["/opt/host/bin/host", "", None])
def test_a_program_that_embeds_python_is_not_started(
    started: list[Any], monkeypatch: pytest.MonkeyPatch, caplog: Any, program: str | None
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    uprising.run(template(), **DAY, threads=2)
    assert started == [] and caplog.records == []


@pytest.mark.usefixtures("endless")
def test_a_run_that_is_interrupted_ends_the_process(
    started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(synthesis, "synthesise", stop)
    with pytest.raises(KeyboardInterrupt):
        uprising.run(template(), **DAY, threads=2)
    assert started[0].returncode < 0


@pytest.mark.usefixtures("endless")
def test_the_process_ends_when_the_run_is_gone(started: list[Any]) -> None:
    Beside(*what_is_sent())
    started[0].stdin.close()
    assert started[0].wait(HANGS_SECONDS) == 1
    started[0].stdout.close()


@pytest.mark.parametrize("disabled", ["0", "1"])
def test_an_empty_cache_is_seen(tmp_path: Path, disabled: str) -> None:
    program = "from uprising.crisis.warm_up import is_missing; print(is_missing())"
    package = str(Path(uprising.__file__).resolve().parents[1])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ
        | {"NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_DISABLE_JIT": disabled, "PYTHONPATH": package},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(disabled == "0")


def test_no_process_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = subprocess.run(
        [sys.executable, "-c", "from uprising.crisis.warm_up import is_missing; print(is_missing())"],
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "file")}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "False"


def test_a_cache_that_holds_the_sweep_is_seen() -> None:
    uprising.run(template(), **DAY, threads=1)
    assert not warm_up.is_missing()
