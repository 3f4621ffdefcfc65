"""Real processes: two at once, killed ones, a full disk. Nothing is lost, and what is resumed is the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import uprising
from small_worlds import LIVELY, SCALE, template

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = {"seed": 1, "scale": SCALE, "parameters": LIVELY, "threads": 1, "until": "1970-05-03"}
WITH = """
import os, signal, sys, time
from pathlib import Path
from uprising import simulation
from uprising.crisis.order import Clock

simulation.SNAPSHOT_SHARE = 0.9
step = Clock.step

def then(clock):
    step(clock)
    at(clock.tick)

Clock.step = then
"""
RUN = """
from uprising.cli import main
main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return uprising.run(
        template(), out=tmp_path_factory.mktemp("whole") / "run", keep_people=True, **SETTINGS
    )


def command(out: Path, *more: str) -> list[str]:
    settings = [part for name, value in LIVELY.items() for part in ("--set", f"{name}={value}")]
    return [
        "run", str(template().folder), "--seed", "1", "--scale", str(SCALE), "--until", "1970-05-03", "--threads", "1",
        "--keep-people", "--json", "--out", str(out), *settings, *more,
    ]  # fmt: skip


def start(at: str, words: list[str]) -> subprocess.CompletedProcess[str]:
    """The command line in a process in which `at(tick)` is called after each step."""
    return subprocess.run(
        [sys.executable, "-c", WITH + at + RUN, *words], capture_output=True, text=True, check=False
    )


def assert_whole(out: Path, whole: Any) -> None:
    found = uprising.open_result(out)
    assert found.summary["result_digest"] == whole.summary["result_digest"]
    assert found.places.load().equals(whole.places.load())
    assert found.events.equals(whole.events)
    assert (out / "people.parquet").read_bytes() == (whole.folder / "people.parquet").read_bytes()
    assert not (out / "snapshot").exists()
    assert not [file for file in out.rglob("*") if file.name.endswith(".part") or file.name == ".lock"]


def resume(out: Path, whole: Any) -> None:
    uprising.run(resume=out)
    assert_whole(out, whole)


KILLED = """
def at(tick):
    if tick == 70:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
@pytest.mark.parametrize("minutes", ["1e-9", "0"])
def test_a_killed_run_goes_on(tmp_path: Path, whole: Any, minutes: str) -> None:
    """From its newest snapshot, or from the beginning where there is none."""
    out = tmp_path / "run"
    done = start(KILLED, command(out, "--snapshot-minutes", minutes))
    assert done.returncode < 0, done.stderr
    assert any(out.glob("snapshot/*.npz")) == (minutes != "0")
    again = start("at = id\n", command(out))
    assert again.returncode == 2
    assert f"uprising run --resume {out}" in again.stderr
    resume(out, whole)


WAITS = """
def at(tick):
    if tick == 5:
        print("waiting", flush=True)
        sys.stdin.readline()
"""


def test_two_runs_into_one_folder(tmp_path: Path, whole: Any) -> None:
    out = tmp_path / "run"
    with subprocess.Popen(
        [sys.executable, "-c", WITH + WAITS + RUN, *command(out)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as first:  # fmt: skip
        assert first.stdout is not None
        assert first.stdout.readline() == "waiting\n"
        for words in (command(out), ["run", "--resume", str(out)]):
            second = start("at = id\n", words)
            assert second.returncode == 2
            assert f"another run is at work in {out}" in second.stderr
        first.communicate("\n")
    assert first.returncode == 0
    assert_whole(out, whole)


FULL = """
import resource

def at(tick):
    if tick == {tick}:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, resource.RLIM_INFINITY))
        {then}
    if tick == {lifted}:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


@pytest.mark.skipif(os.name == "nt", reason="needs a limit of file sizes")
@pytest.mark.parametrize("moment", ["signal", "end"])
def test_a_full_disk_ends_a_run_with_words_and_loses_nothing(tmp_path: Path, whole: Any, moment: str) -> None:
    """A limit of file sizes stands for the full disk: the same kind of error from the same calls."""
    out = tmp_path / "run"
    then = "os.kill(os.getpid(), signal.SIGTERM)" if moment == "signal" else "pass"
    at = FULL.format(tick=140, then=then, lifted=-1)
    done = start(at, command(out, "--snapshot-minutes", "1e-9"))
    assert done.returncode == 1, done.stderr
    assert f"could not write {out}" in done.stderr
    assert f"make room there, then go on with `uprising run --resume {out}`" in done.stderr
    assert "Traceback" not in done.stderr and "unexpected" not in done.stderr
    resume(out, whole)


@pytest.mark.skipif(os.name == "nt", reason="needs a limit of file sizes")
def test_a_disk_full_for_a_while_does_not_end_a_run(tmp_path: Path, whole: Any) -> None:
    out = tmp_path / "run"
    done = start(
        FULL.format(tick=20, then="pass", lifted=120), command(out, "--snapshot-minutes", "1e-9")
    )
    assert done.returncode == 0, done.stderr
    assert "was not saved" in done.stderr
    assert_whole(out, whole)


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_runs_killed_at_random_moments(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable, str(ROOT / "tools" / "kill_runs.py"), "--kills", "4", "--seed", "7",
            "--folder", str(tmp_path / "kills"),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


HOST = r"""
#include <Python.h>
#include <signal.h>
static volatile int heard = 0;
static void own(int number) { (void)number; heard++; }
int main(int argc, char **argv) {
    PyConfig config;
    (void)argc;
    signal(SIGINT, own);
    PyConfig_InitPythonConfig(&config);
    config.install_signal_handlers = 0;
    PyConfig_SetBytesString(&config, &config.executable, argv[1]);
    PyConfig_SetBytesString(&config, &config.program_name, argv[1]);
    Py_InitializeFromConfig(&config);
    if (PyRun_SimpleString(
        "import os, sys, uprising\n"
        "r = uprising.run(os.environ['CASE'], scale=0.0125, until='1970-05-01', threads=1,\n"
        "    progress=lambda stage, done, *_: stage == 'crisis' and done == 3 and os.kill(os.getpid(), 2))\n"
        "assert r.summary['steps'] == 48\n"))
        return 1;
    return heard == 1 ? 0 : 2;
}
"""


def test_a_host_with_its_own_handler_keeps_it(tmp_path: Path) -> None:
    """A program that embeds Python and handles Ctrl-C itself: its handler is neither replaced nor lost."""
    import sysconfig

    compiler = shutil.which("cc")
    library, headers = sysconfig.get_config_var("LIBDIR"), sysconfig.get_paths()["include"]
    if compiler is None or not Path(headers, "Python.h").is_file():
        pytest.skip("needs a C compiler and Python's headers")
    (tmp_path / "host.c").write_text(HOST)
    version = sysconfig.get_config_var("LDVERSION") or sysconfig.get_config_var("py_version_short")
    built = subprocess.run(
        [
            compiler, "host.c", "-o", "host", f"-I{headers}", f"-L{library}", f"-Wl,-rpath,{library}",
            f"-lpython{version}", "-lm",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if built.returncode:
        pytest.skip(f"no library of Python to link against: {built.stderr[-200:]}")
    done = subprocess.run(
        [str(tmp_path / "host"), sys.executable],
        env={**os.environ, "CASE": str(template().folder)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
