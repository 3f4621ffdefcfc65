"""A run that is interrupted and resumed ends with the bits of one that never was."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import uprising
from small_worlds import LIVELY, SCALE, template

SOURCE = Path(uprising.__file__).resolve().parents[1]
SETTINGS = {"seed": 1, "scale": SCALE, "parameters": LIVELY, "threads": 1}
UNTIL = "1970-05-05"
LAST = 5 * 48
NIGHT, DAY = 98, 121
"""steps at two in the morning and at noon, people in the streets"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case that ends by itself on the fifth day."""
    copy = tmp_path_factory.mktemp("case") / "island"
    shutil.copytree(template().folder, copy)
    text = (copy / "case.toml").read_text(encoding="utf-8")
    assert "end = 1970-05-16" in text
    (copy / "case.toml").write_text(text.replace("end = 1970-05-16", "end = 1970-05-06"), encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def whole(folder: Path) -> Any:
    result = uprising.run(folder, **SETTINGS)
    assert result.summary["steps"] == LAST
    assert result.summary["totals"]["dead_civilian"] > 0
    return result


def ctrl_c_after(step: int) -> Callable[..., None]:
    """A progress that presses Ctrl-C once a step is done."""

    def progress(stage: str, done: int, *_: Any) -> None:
        if stage == "crisis" and done == step:
            signal.raise_signal(signal.SIGINT)

    return progress


def interrupt(case: Any, out: Path, step: int, **changes: Any) -> None:
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("Ctrl-C reaches the main thread only")
    with pytest.raises(uprising.Interrupted, match="uprising run --resume"):
        uprising.run(case, out=out, progress=ctrl_c_after(step), **{**SETTINGS, **changes})


def assert_equal(resumed: Any, whole: Any) -> None:
    assert resumed.places["step_digest"].equals(whole.places["step_digest"])
    assert resumed.summary["result_digest"] == whole.summary["result_digest"]
    assert resumed.events.equals(whole.events)
    assert resumed.places.load().equals(whole.places)
    for name in ("totals", "dates", "outcome", "person_steps", "seed", "scale", "case_digest"):
        assert resumed.summary[name] == whole.summary[name], name


@pytest.mark.parametrize("step", [1, NIGHT, DAY, LAST - 1, LAST])
def test_interrupted_and_resumed(folder: Path, whole: Any, tmp_path: Path, step: int) -> None:
    interrupt(folder, tmp_path / "run", step)
    assert not (tmp_path / "run" / "summary.json").exists()
    resumed = uprising.run("", resume=tmp_path / "run", threads=2)
    assert_equal(resumed, whole)
    assert not (tmp_path / "run" / "snapshot").exists()


def test_interrupted_twice(folder: Path, whole: Any, tmp_path: Path) -> None:
    interrupt(folder, tmp_path / "run", 60)
    with pytest.raises(uprising.Interrupted):
        uprising.run("", resume=tmp_path / "run", progress=ctrl_c_after(DAY))
    assert_equal(uprising.run("", resume=tmp_path / "run"), whole)


def test_a_part_of_the_calendar_can_be_resumed(folder: Path, tmp_path: Path) -> None:
    part = {"start": "1970-05-01", "until": "1970-05-03"}
    whole = uprising.run(folder, **SETTINGS, **part)
    interrupt(folder, tmp_path / "run", DAY, **part)
    assert_equal(uprising.run("", resume=tmp_path / "run"), whole)


def test_a_what_if_can_be_resumed(folder: Path, tmp_path: Path) -> None:
    whole = uprising.run(folder, what_if="no-news", **SETTINGS)
    interrupt(folder, tmp_path / "run", DAY, what_if="no-news")
    assert_equal(uprising.run("", resume=tmp_path / "run"), whole)


def test_a_case_changed_meanwhile_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "island"
    shutil.copytree(folder, copy)
    interrupt(copy, tmp_path / "run", 5)
    settings = copy / "case.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("legitimacy = 0.2 ", "legitimacy = 0.3 "), encoding="utf-8")
    with pytest.raises(uprising.UserError, match="another version of the case island"):
        uprising.run("", resume=tmp_path / "run")


def test_nothing_to_resume(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(uprising.UserError, match="holds no interrupted run"):
        uprising.run("", resume=tmp_path)
    interrupt(folder, tmp_path / "run", DAY)
    uprising.run("", resume=tmp_path / "run")
    with pytest.raises(uprising.UserError, match="holds no interrupted run"):
        uprising.run("", resume=tmp_path / "run")


def test_a_run_in_memory_says_that_nothing_was_saved(folder: Path) -> None:
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("Ctrl-C reaches the main thread only")
    with pytest.raises(uprising.Interrupted, match="nothing was saved"):
        uprising.run(folder, progress=ctrl_c_after(3), **SETTINGS)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


WAITING = """
import pathlib, sys, time
from uprising.crisis.order import Clock

step = Clock.step

def wait_at(clock):
    step(clock)
    if clock.tick == int(sys.argv[1]):
        print("waiting", flush=True)
        while not pathlib.Path(sys.argv[2]).exists():
            time.sleep(0.01)

Clock.step = wait_at
from uprising.cli import main
main(sys.argv[3:])
"""


def command(*words: str) -> list[str]:
    settings = [part for name, value in LIVELY.items() for part in ("--set", f"{name}={value}")]
    return [*words, "--seed", "1", "--scale", str(SCALE), *settings]


def test_ctrl_c_on_the_command_line(folder: Path, whole: Any, tmp_path: Path) -> None:
    path = os.pathsep.join([str(SOURCE), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    go_on, out = tmp_path / "go-on", tmp_path / "run"
    words = command("run", str(folder), "--out", str(out))
    with subprocess.Popen(
        [sys.executable, "-c", WAITING, str(DAY), str(go_on), *words],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        first = process.stdout.readline()
        if first.strip() == "waiting":
            process.send_signal(signal.SIGINT)
            go_on.touch()
        told, said = process.communicate()
    assert first.strip() == "waiting", said
    assert process.returncode == 130, said
    assert f"uprising run --resume {out}" in said
    assert "Traceback" not in said
    assert told == ""

    resume = "import sys; from uprising.cli import main; main(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", resume, "run", "--resume", str(out), "--json"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result_digest"] == whole.summary["result_digest"]
    assert (out / "report.html").is_file()
    assert_equal(uprising.open_result(out), whole)
