"""Nothing is lost: real processes killed, a full disk, spoiled data, a dropped scheduler; then resumed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from case_folders import new_case
from experiment_runs import SCALE, contents, study
from patience import HANGS_SECONDS
from uprising.errors import OutputError
from uprising.experiment import open_ensemble

SEEDS = range(5)
DAYS = "1970-05-04"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_case(tmp_path_factory.mktemp("cases"))


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out: Path = study(folder, tmp_path_factory.mktemp("ensembles") / "e", seeds=SEEDS, until=DAYS).folder
    return out


def command(folder: Path, out: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "uprising", "ensemble", str(folder), "--seeds", f"0:{len(SEEDS)}",
        "--scale", str(SCALE), "--until", DAYS, "--out", str(out), "--json", *more,
    ]  # fmt: skip


def start(arguments: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def until(condition: Callable[[], object], process: subprocess.Popen[str] | None = None) -> None:
    """Wait until something is the case."""
    began = time.monotonic()
    while not condition():
        if process is not None and process.poll() is not None:
            pytest.fail(f"ended early with {process.returncode}: {process.communicate()}")
        if time.monotonic() - began > HANGS_SECONDS:
            pytest.fail("waited too long")
        time.sleep(0.01)


def done(out: Path) -> list[str]:
    return [file.stem for file in (out / "parts").glob("*.json") if file.stem.isdigit()]


def workers_of(driver: int) -> list[int]:
    """Ids of a process' worker processes."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if parent == driver and b"uprising.experiment.worker" in words:
            found.append(int(entry.name))
    return found


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def resumed(folder: Path, out: Path) -> None:
    before = {seed: (out / "parts" / f"{seed}.json").stat().st_mtime_ns for seed in done(out)}
    end = start([*command(folder, out), "--resume"])
    _, err = end.communicate(timeout=HANGS_SECONDS)
    assert end.returncode == 0, err
    for seed, written in before.items():
        assert (out / "parts" / f"{seed}.json").stat().st_mtime_ns == written, "what was done is done again"


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")


@needs_proc
def test_driver_killed(folder: Path, undisturbed: Path, tmp_path: Path) -> None:
    driver = start(command(folder, tmp_path / "e", "--workers", "2"))
    until(lambda: done(tmp_path / "e"), driver)
    workers = workers_of(driver.pid)
    assert workers
    driver.kill()
    driver.communicate()
    assert 0 < len(done(tmp_path / "e")) < len(SEEDS)
    until(lambda: not any(is_alive(worker) for worker in workers))
    resumed(folder, tmp_path / "e")
    assert contents(tmp_path / "e") == contents(undisturbed)


@needs_proc
def test_driver_interrupted(folder: Path, undisturbed: Path, tmp_path: Path) -> None:
    driver = start(command(folder, tmp_path / "e", "--workers", "1"))
    until(lambda: done(tmp_path / "e"), driver)
    workers = workers_of(driver.pid)
    driver.send_signal(signal.SIGINT)
    _, err = driver.communicate(timeout=HANGS_SECONDS)
    assert driver.returncode == 130
    assert "--resume" in err
    assert "Traceback" not in err
    until(lambda: not any(is_alive(worker) for worker in workers))
    resumed(folder, tmp_path / "e")
    assert contents(tmp_path / "e") == contents(undisturbed)


@needs_proc
def test_a_killed_worker_is_replaced(folder: Path, undisturbed: Path, tmp_path: Path) -> None:
    """Not even a resume is needed: the run that died with its worker is done by another."""
    driver = start(command(folder, tmp_path / "e", "--workers", "1"))
    until(lambda: done(tmp_path / "e"), driver)
    first = workers_of(driver.pid)
    os.kill(first[0], signal.SIGKILL)
    until(lambda: set(workers_of(driver.pid)) - set(first), driver)
    out, err = driver.communicate(timeout=HANGS_SECONDS)
    assert driver.returncode == 0, err
    assert json.loads(out)["n_failed"] == 0
    assert contents(tmp_path / "e") == contents(undisturbed)


def test_spoiled_data_are_made_again(folder: Path, undisturbed: Path, tmp_path: Path) -> None:
    """A flipped byte, a chunk cut short, one that is gone, a spoiled marker, events that are gone, half a file."""
    out = tmp_path / "e"
    shutil.copytree(undisturbed, out)
    flipped = out / "series.zarr" / "crowd" / "0.0.0.0"
    data = bytearray(flipped.read_bytes())
    data[len(data) // 2] ^= 1
    flipped.write_bytes(data)
    cut = out / "series.zarr" / "belief" / "1.0.0"
    cut.write_bytes(cut.read_bytes()[:-1])
    (out / "series.zarr" / "dead" / "2.0.0.0").unlink()
    (out / "parts" / "2.events.parquet").unlink()
    (out / "parts" / "3.json").write_text("{")
    (out / "series.zarr" / "crowd" / ".1.0.0.0.4711.part").write_bytes(b"half")
    assert contents(out) != contents(undisturbed)
    assert open_ensemble(out).damaged() == [0, 1, 2, 3]
    kept = (out / "parts" / "4.json").stat().st_mtime_ns
    study(folder, out, seeds=SEEDS, until=DAYS, resume=True)
    assert (out / "parts" / "4.json").stat().st_mtime_ns == kept
    assert contents(out) == contents(undisturbed)
    assert open_ensemble(out).damaged() == []


def test_spoiled_metadata_are_made_again(folder: Path, undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "e"
    shutil.copytree(undisturbed, out)
    (out / "series.zarr" / "crowd" / ".zarray").write_text("{}")
    (out / "events.parquet").write_bytes(b"PAR1")
    study(folder, out, seeds=SEEDS, until=DAYS, resume=True)
    assert contents(out) == contents(undisturbed)


@pytest.fixture
def small_disk(tmp_path: Path, undisturbed: Path) -> Iterator[Path]:
    """A file system that holds the first runs, but not all."""
    pages = sum(-(-file.stat().st_size // 4096) for file in undisturbed.rglob("*") if file.is_file())
    mount = shutil.which("mount")
    disk = tmp_path / "disk"
    disk.mkdir()
    made = mount is not None and (
        subprocess.run(
            [mount, "-t", "tmpfs", "-o", f"size={int(0.7 * pages) * 4096}", "tmpfs", str(disk)],
            capture_output=True,
            check=False,
        ).returncode
        == 0
    )
    if not made:
        pytest.skip("a file system can't be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_full_disk(folder: Path, undisturbed: Path, small_disk: Path, tmp_path: Path) -> None:
    out = small_disk / "e"
    with pytest.raises(OutputError, match=r"No space left on device.*--resume"):
        study(folder, out, seeds=SEEDS, until=DAYS, workers=1)
    assert len(done(out)) < len(SEEDS)
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    study(folder, out, seeds=SEEDS, until=DAYS, resume=True)
    assert contents(out) == contents(undisturbed)


def test_disk_full_for_the_driver_too(
    folder: Path, undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no file system can be mounted: the merged tables don't fit."""
    import uprising.experiment.study as module

    def full(*_: object) -> None:
        raise OutputError("could not write: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(module.store, "merge", full)
        with pytest.raises(OutputError):
            study(folder, tmp_path / "e", seeds=SEEDS, until=DAYS)
    assert sorted(map(int, done(tmp_path / "e"))) == list(SEEDS)
    study(folder, tmp_path / "e", seeds=SEEDS, until=DAYS, resume=True)
    assert contents(tmp_path / "e") == contents(undisturbed)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str], list[subprocess.Popen[str]]]]:
    """A Dask scheduler and two workers on loopback, each a process that can be killed."""
    pytest.importorskip("distributed")
    address_file = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "text": True}
    scheduler = subprocess.Popen(
        [*dask, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
         "--scheduler-file", str(address_file)], **quiet,
    )  # fmt: skip
    workers: list[subprocess.Popen[str]] = []
    try:
        until(address_file.exists, scheduler)
        address = ""
        until(lambda: address_file.read_text().strip().endswith("}"), scheduler)
        address = json.loads(address_file.read_text())["address"]
        for number in range(2):
            options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", str(HANGS_SECONDS)]
            place = ["--name", f"w{number}", "--local-directory", str(tmp_path)]
            workers.append(
                subprocess.Popen([*dask, "distributed.cli.dask_worker", address, *options, *place], **quiet)
            )
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=HANGS_SECONDS)
        yield address, scheduler, workers
    finally:
        for process in [*workers, scheduler]:
            process.kill()
            process.wait()


def test_cluster(
    folder: Path,
    undisturbed: Path,
    tmp_path: Path,
    cluster: tuple[str, subprocess.Popen[str], list[subprocess.Popen[str]]],
) -> None:
    """A worker is killed: the others do its runs. The scheduler is killed: resumed without a cluster."""
    address, scheduler, workers = cluster
    driver = start([*command(folder, tmp_path / "worker"), "--cluster", address])
    until(lambda: done(tmp_path / "worker"), driver)
    workers[0].kill()
    out, err = driver.communicate(timeout=HANGS_SECONDS)
    assert driver.returncode == 0, err
    assert json.loads(out)["n_failed"] == 0
    assert contents(tmp_path / "worker") == contents(undisturbed)

    driver = start([*command(folder, tmp_path / "scheduler"), "--cluster", address])
    until(lambda: done(tmp_path / "scheduler"), driver)
    scheduler.kill()
    _, err = driver.communicate(timeout=HANGS_SECONDS)
    assert driver.returncode == 130, err
    assert "--resume" in err
    assert "Traceback" not in err
    assert len(done(tmp_path / "scheduler")) < len(SEEDS)
    resumed(folder, tmp_path / "scheduler")
    assert contents(tmp_path / "scheduler") == contents(undisturbed)


def test_no_scheduler_is_told(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    driver = start([*command(folder, tmp_path / "e"), "--cluster", "tcp://127.0.0.1:1"])
    _, err = driver.communicate(timeout=HANGS_SECONDS)
    assert driver.returncode == 2
    assert "no Dask scheduler at tcp://127.0.0.1:1" in err
