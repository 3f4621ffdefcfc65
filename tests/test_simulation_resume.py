"""A run that is interrupted and resumed ends with the bits of one that never was."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import uprising
from small_worlds import LIVELY, SCALE, template
from uprising.errors import DamagedError
from uprising.score.runs import runs_of

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


def ctrl_c_after(step: int, number: int = signal.SIGINT, stage: str = "crisis") -> Callable[..., None]:
    """A progress that presses Ctrl-C (or sends another signal) once a step is done."""

    def progress(at: str, done: int, *_: Any) -> None:
        if at == stage and done == step:
            signal.raise_signal(number)

    return progress


@pytest.fixture(autouse=True)
def _main_thread() -> None:
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals reach the main thread only")


def interrupt(case: Any, out: Path, step: int, **changes: Any) -> None:
    with pytest.raises(uprising.Interrupted, match="uprising run --resume"):
        uprising.run(case, out=out, **{**SETTINGS, "progress": ctrl_c_after(step), **changes})


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
    resumed = uprising.run(resume=tmp_path / "run", threads=2)
    assert_equal(resumed, whole)
    assert not (tmp_path / "run" / "snapshot").exists()


def test_interrupted_twice(folder: Path, whole: Any, tmp_path: Path) -> None:
    interrupt(folder, tmp_path / "run", 60)
    with pytest.raises(uprising.Interrupted):
        uprising.run(resume=tmp_path / "run", progress=ctrl_c_after(DAY))
    assert_equal(uprising.run(resume=tmp_path / "run"), whole)


def test_a_part_of_the_calendar_can_be_resumed(folder: Path, tmp_path: Path) -> None:
    part = {"start": "1970-05-01", "until": "1970-05-03"}
    whole = uprising.run(folder, **SETTINGS, **part)
    interrupt(folder, tmp_path / "run", DAY, **part)
    assert_equal(uprising.run(resume=tmp_path / "run"), whole)


def test_a_what_if_can_be_resumed(folder: Path, tmp_path: Path) -> None:
    whole = uprising.run(folder, what_if="no-news", **SETTINGS)
    interrupt(folder, tmp_path / "run", DAY, what_if="no-news")
    assert_equal(uprising.run(resume=tmp_path / "run"), whole)


def test_a_case_changed_meanwhile_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "island"
    shutil.copytree(folder, copy)
    interrupt(copy, tmp_path / "run", 5)
    settings = copy / "case.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("legitimacy = 0.2 ", "legitimacy = 0.3 "), encoding="utf-8")
    with pytest.raises(uprising.UserError, match="another version of the case island"):
        uprising.run(resume=tmp_path / "run")


def test_nothing_to_resume(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(uprising.UserError, match="holds no interrupted run"):
        uprising.run(resume=tmp_path)
    interrupt(folder, tmp_path / "run", DAY)
    uprising.run(resume=tmp_path / "run")
    with pytest.raises(uprising.UserError, match="holds no interrupted run"):
        uprising.run(resume=tmp_path / "run")


def test_a_run_in_memory_says_that_nothing_was_saved(folder: Path) -> None:
    with pytest.raises(uprising.Interrupted, match="nothing was saved"):
        uprising.run(folder, progress=ctrl_c_after(3), **SETTINGS)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("stage", ["people", "compile"])
def test_interrupted_before_the_first_step(folder: Path, whole: Any, tmp_path: Path, stage: str) -> None:
    interrupt(folder, tmp_path / "run", 1, progress=ctrl_c_after(1, stage=stage))
    assert_equal(uprising.run(resume=tmp_path / "run"), whole)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGUSR1", "SIGHUP"])
def test_other_signals_save_as_ctrl_c_does(folder: Path, whole: Any, tmp_path: Path, name: str) -> None:
    if not hasattr(signal, name):
        pytest.skip(f"this system has no {name}")
    before = signal.getsignal(getattr(signal, name))
    interrupt(folder, tmp_path / "run", DAY, progress=ctrl_c_after(DAY, getattr(signal, name)))
    assert signal.getsignal(getattr(signal, name)) == before
    assert_equal(uprising.run(resume=tmp_path / "run"), whole)


def test_an_interruption_while_the_summary_is_made(
    folder: Path, whole: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from uprising.result import folder as folders

    def write_events(*arguments: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        write(*arguments)

    write = folders.write_events
    monkeypatch.setattr(folders, "write_events", write_events)
    with pytest.raises(uprising.Interrupted, match="finished and whole"):
        uprising.run(folder, out=tmp_path / "run", **SETTINGS)
    assert_equal(uprising.open_result(tmp_path / "run"), whole)


def test_a_loop_that_notes_failures_ends(folder: Path) -> None:
    noted: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        for _ in range(3):
            try:
                uprising.run(folder, progress=ctrl_c_after(3), **SETTINGS)
            except Exception as error:  # noqa: BLE001 - what a sweep does
                noted.append(type(error).__name__)
    assert noted == []


def test_ignored_signals_stay_ignored_and_handlers_of_the_host_are_called(folder: Path, tmp_path: Path) -> None:
    heard: list[int] = []
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        done = uprising.run(folder, progress=ctrl_c_after(3), until="1970-05-01", **SETTINGS)
        assert done.summary["steps"] == 48
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        interrupt(folder, tmp_path / "run", 5, progress=ctrl_c_after(5, signal.SIGTERM))
        assert heard == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"seed": 2}, "seed is 2, but the run was started with 1"),
        ({"scale": 0.5}, "scale is 0.5"),
        ({"start": "1970-05-02"}, "start (--from) is 1970-05-02, but"),
        ({"until": "1970-05-04"}, "until is 1970-05-04, but"),
        ({"keep_people": True}, "keep_people is True"),
        ({"parameters": {"weight_social": 0.9}}, "weight_social is 0.9, but the run was started with"),
        ({"parameters": {"weight_socal": 0.9}}, "did you mean weight_social"),
        ({"what_if": "no-news"}, "without a what-if"),
        ({"case": "hungary-1956"}, "started with the case island, not hungary-1956"),
        ({"rules": {"reconsider": lambda: 0}}, "must be a function of"),
        ({"out": "elsewhere"}, "goes on in its own folder"),
    ],
)
def test_a_contradicting_setting_is_refused(
    folder: Path, whole: Any, tmp_path: Path, given: dict[str, Any], words: str
) -> None:
    interrupt(folder, tmp_path / "run", 5)
    with pytest.raises(uprising.UserError) as refused:
        uprising.run(resume=tmp_path / "run", **given)
    assert words in str(refused.value)
    assert_equal(uprising.run(resume=tmp_path / "run"), whole)


def test_equal_settings_are_accepted_and_a_case_may_have_moved(
    folder: Path, whole: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    shutil.copytree(folder, tmp_path / "a" / "island")
    monkeypatch.chdir(tmp_path / "a")
    interrupt("island", Path("run"), DAY)
    (tmp_path / "a" / "run").rename(tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(uprising.Interrupted):
        uprising.run(resume="run", progress=ctrl_c_after(DAY + 5))
    (tmp_path / "a" / "island").rename(tmp_path / "moved")
    with pytest.raises(uprising.UserError, match="give its new place: uprising run CASE --resume run"):
        uprising.run(resume="run")
    settings = {
        "seed": 1, "scale": SCALE, "parameters": LIVELY, "start": "1970-05-01", "until": "1970-05-05",
        "keep_people": False, "clocks": "crisis", "out": tmp_path / "run",
    }  # fmt: skip
    assert_equal(uprising.run("moved", resume="run", **settings), whole)


def test_people_are_kept_after_a_resume(folder: Path, tmp_path: Path) -> None:
    uprising.run(folder, out=tmp_path / "whole", keep_people=True, **SETTINGS)
    interrupt(folder, tmp_path / "run", DAY, keep_people=True)
    uprising.run(resume=tmp_path / "run")
    people = [(tmp_path / name / "people.parquet").read_bytes() for name in ("whole", "run")]
    assert people[0] == people[1]


def test_every_changed_byte_of_a_snapshot_is_named(folder: Path, whole: Any, tmp_path: Path) -> None:
    interrupt(folder, tmp_path / "run", DAY)
    files = sorted((tmp_path / "run" / "snapshot").iterdir())
    assert [file.suffix for file in files] == [".npz", ".json"]
    for file in files:
        content = file.read_bytes()
        changed = [
            content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :]
            for place in range(0, len(content), len(content) // 23)
        ]
        for bad in (*changed, b"", content[: len(content) // 2], b'{"settings": {"case_'):
            file.write_bytes(bad)
            with pytest.raises(DamagedError, match=file.name):
                uprising.run(resume=tmp_path / "run")
        file.write_bytes(content)
    files[0].rename(files[0].with_name("away.npz"))
    with pytest.raises(DamagedError, match=files[0].name):
        uprising.run(resume=tmp_path / "run")
    files[0].with_name("away.npz").rename(files[0])
    assert_equal(uprising.run(resume=tmp_path / "run"), whole)


def test_another_version_of_the_program_is_refused(
    folder: Path, whole: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(folder, tmp_path / "run", 5)
    with monkeypatch.context() as patched:
        patched.setattr(uprising, "__version__", "99.0")
        with pytest.raises(uprising.UserError, match=r"started with uprising .*; this is 99\.0"):
            uprising.run(resume=tmp_path / "run")
    assert_equal(uprising.run(resume=tmp_path / "run"), whole)


def test_what_is_in_a_folder_is_said_with_a_remedy_that_works(
    folder: Path, whole: Any, tmp_path: Path
) -> None:
    out = tmp_path / "my run"
    interrupt(folder, out, 5)
    remedy = f"uprising run --resume '{out}'"
    with pytest.raises(uprising.UserError, match=re.escape(remedy)):
        uprising.run(folder, out=out, **SETTINGS)
    for read in (uprising.open_result, uprising.verify, lambda folder: list(runs_of(folder))):
        with pytest.raises(uprising.UserError, match=re.escape(remedy)):
            read(out)
    assert_equal(uprising.run(resume=out), whole)
    with pytest.raises(uprising.UserError, match="holds a finished run; give a new folder"):
        uprising.run(folder, out=out, **SETTINGS)


def test_snapshots_on_the_way_cost_no_bits_and_end_with_the_run(
    folder: Path, whole: Any, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    result = uprising.run(folder, out=out, snapshot_minutes=1e-9, **SETTINGS)
    assert_equal(result, whole)
    assert "state saved after step" in (out / "log.txt").read_text(encoding="utf-8")
    assert not (out / "snapshot").exists()
    assert not [file for file in out.rglob("*") if file.name.startswith(".") and file.parent == out]


def test_a_run_whose_state_was_saved_is_on_the_disk_before_it_counts_as_finished(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from uprising.result import files

    def fsync(descriptor: int) -> None:
        if not (out / "summary.json").exists():
            synced.add(os.fstat(descriptor).st_ino)
        sync(descriptor)

    out, synced, sync = tmp_path / "run", set[int](), os.fsync
    monkeypatch.setattr(files.os, "fsync", fsync)
    uprising.run(folder, out=out, snapshot_minutes=1e-9, keep_people=True, **SETTINGS)
    late = {"summary.json"}
    unsynced = [file for file in out.rglob("*") if file.is_file() and file.stat().st_ino not in synced]
    assert {str(file.relative_to(out)) for file in unsynced} <= late
    assert (out / "series.zarr" / "crowd" / "0.0.0").is_file()


def test_snapshots_take_at_most_their_share_of_the_time(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a clock of our own: a step takes a second, a snapshot six."""
    from uprising import simulation
    from uprising.result import snapshot

    moment, saved = [0.0], []

    def write_snapshot(*arguments: Any) -> None:
        write(*arguments)
        if len(arguments) == 3:
            moment[0] += 6.0
            saved.append(moment[0])

    def progress(stage: str, *_: Any) -> None:
        moment[0] += stage == "crisis"

    write = snapshot.write_snapshot
    monkeypatch.setattr(snapshot, "write_snapshot", write_snapshot)
    monkeypatch.setattr(simulation, "time", SimpleNamespace(monotonic=lambda: moment[0], perf_counter=lambda: 0.0))
    uprising.run(folder, out=tmp_path / "run", snapshot_minutes=0.5, progress=progress, **SETTINGS)
    assert len(saved) == 2
    assert saved[0] == 30.0 + 6.0
    assert 6.0 / (saved[1] - saved[0]) <= simulation.SNAPSHOT_SHARE


def test_without_an_interval_only_an_interruption_saves(folder: Path, tmp_path: Path) -> None:
    uprising.run(folder, out=tmp_path / "run", snapshot_minutes=0, until="1970-05-01", **SETTINGS)
    assert "state saved" not in (tmp_path / "run" / "log.txt").read_text(encoding="utf-8")
    interrupt(folder, tmp_path / "other", 5, snapshot_minutes=0)


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
