"""`uprising bench`: it measures the run itself and changes nothing of it; no test here asks how fast anything is."""

from __future__ import annotations

import json
import math
import runpy
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import uprising
from case_folders import new_case
from small_worlds import LIVELY, SCALE, template
from uprising.benchmark import bench, beside, history
from uprising.benchmark.floors import Floors
from uprising.benchmark.measuring import other_benchmarks, run_command, time_run, whole_command
from uprising.benchmark.stopwatch import Stopwatch, callers, is_kernel, measured
from uprising.benchmark.table import AT_LEAST, AT_MOST, Row, growth, whole
from uprising.benchmark.traffic import DRAWS, ESTIMATES, names_of, traffic_of
from uprising.cli import main
from uprising.crisis.order import explain
from uprising.errors import UserError

DAYS = {"scale": SCALE, "until": "1970-05-02", "threads": 1, "parameters": LIVELY}
FLOORS = Floors(1e9, 1e9, 1e6, 2e6, 1e8, 1e8)
BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
FEW_SITES = ["--sides", "20", "--repeats", "1"]
FIRST_DAY = ["--until", "1956-10-16"]
TINY = {
    "epstein.py": FEW_SITES,
    "ensemble.py": ["--runs", "2", *FIRST_DAY],
    "copies.py": ["--copies", "2", "--scale", "0.001", *FIRST_DAY],
    "compare.py": FEW_SITES,
}
"""options that make the other benchmarks short"""


@pytest.fixture(scope="module")
def watched() -> tuple[Stopwatch, Any]:
    watch = Stopwatch(with_traffic=True)
    with measured(watch):
        result = uprising.run(template(), **DAYS, lap=watch)
    return watch, result


def test_measuring_changes_nothing(watched: tuple[Stopwatch, Any]) -> None:
    _, result = watched
    again = uprising.run(template(), **DAYS)
    assert again.summary["result_digest"] == result.summary["result_digest"]
    for module in callers():
        for value in vars(module).values():
            assert not type(value).__name__.startswith("_View"), "kernels are seen as they are, afterwards"


def test_every_stage_and_the_kernels_of_a_step_are_timed(watched: tuple[Stopwatch, Any]) -> None:
    watch, result = watched
    assert list(watch.stages) == ["case", "people", "preparation", *(name for name, *_ in explain()), "end"]
    calls = [call.kernel for call in watch.calls]
    assert calls.count("decision.sweep.sweep") == result.summary["steps"]
    assert {"movement.travel.act_and_count", "perception.beliefs.look", "engine.draws.normal"} <= set(calls)
    assert 0.0 < watch.busy() <= watch.total().clock
    assert sum(call.ended - call.began for call in watch.calls) >= watch.busy() * (1 - 1e-9)


def test_traffic_is_what_the_arrays_say(watched: tuple[Stopwatch, Any]) -> None:
    watch, result = watched
    moved = [call.moved for call in watch.calls if call.kernel == "decision.sweep.sweep"]
    stripe = result.summary["people"] / 4
    # by night, as at first, nobody is looked at; whoever is for the first time is read, 20 bytes and more; nobody twice
    assert moved[0] == 0.0
    assert stripe * 20 < next(bytes_moved for bytes_moved in moved if bytes_moved)
    assert all(bytes_moved < 3 * stripe * 60 for bytes_moved in moved)
    assert all(call.drawn == 1.0 for call in watch.calls if call.kernel in DRAWS)
    assert any(call.drawn for call in watch.calls if call.kernel == "movement.travel.walk_on")


@pytest.mark.parametrize("name", sorted(ESTIMATES))
def test_estimates_know_their_kernels(name: str) -> None:
    module, _, kernel = name.rpartition(".")
    compiled = getattr(import_module(f"uprising.kernel.{module}"), kernel)
    assert is_kernel(compiled)
    unknown = set(names_of(ESTIMATES[name])) - set(names_of(compiled)) - {"answer"}
    assert not unknown, f"{name} has no argument {unknown}: mend benchmark/traffic.py"


def test_small_arrays_are_counted_once_where_there_is_no_estimate() -> None:
    from uprising.kernel.perception.news import spread_news

    given = (np.zeros(3), np.zeros((3, 3)), np.zeros(3), 0.5)
    assert traffic_of("perception.news.spread_news", spread_news, given, None).moved == 15 * 8


def test_a_run_on_two_threads_is_timed_too(tmp_path: Path) -> None:
    one, two = (
        time_run(template(), scale=SCALE, threads=threads, floors=FLOORS, until="1970-05-02")
        for threads in (1, 2)
    )
    assert one.people == two.people > 0
    assert one.floor() > 0.0 == two.floor()
    assert 0.0 < one.kernel_seconds() < one.steps().processor < one.total().processor
    assert 0.0 < one.writing() < 1.0
    assert len(one.days) == 2
    assert 0.0 < sum(one.days) <= one.kernel_seconds(), "without those that prepare"
    assert one._replace(days=[2.0, 0.5, 8.0]).quiet() == 0.5 / 8.0
    assert one.floor() == sum(kernel.floor for kernel in one.kernels)


def test_the_rows_of_the_whole_country() -> None:
    """Nobody waits for ten million people here: the rows of the same runs of a few."""
    one, two = (
        time_run(template(), scale=SCALE, threads=threads, floors=FLOORS, until="1970-05-01")
        for threads in (1, 2)
    )
    command, summary = whole_command(str(template().folder), SCALE, "1970-05-01")
    assert summary["people"] == one.people
    assert command.clock > 0.0 < command.processor
    (linear,) = growth([one, one._replace(scale=1.0)])
    assert linear.measured == pytest.approx(1.0)
    found = {row.target: row for row in whole(one, two, command, summary)}
    assert found["whole country: command to finished folder"].measured == command.clock
    assert found["whole country: peak memory"].measured == summary["peak_bytes"] / 1e9
    assert found["whole country: kernels, two threads"].measured == two.busy


def test_the_floor_is_the_slower_of_memory_and_draws() -> None:
    assert FLOORS.seconds(2e9, 1e6) == 2.0
    assert FLOORS.seconds(2e9, 3e6) == 3.0


def test_targets_are_met_or_missed() -> None:
    assert Row("quick", 1.0, "s", 2.0, AT_MOST).is_met
    assert not Row("slow", 3.0, "s", 2.0, AT_MOST).is_met
    assert Row("twice as fast", 3.0, "times", 2.0, AT_LEAST).is_met
    assert Row("a fact", 3.0, "s").is_met is None


def test_how_far_two_measurements_are_apart() -> None:
    assert Row("a", 2.0, "s", again=3.0).apart == pytest.approx(0.5)
    assert Row("a", 3.0, "s", again=2.0).apart == pytest.approx(0.5)
    assert Row("a", 3.0, "s", again=2.0).as_json()["again"] == 2.0
    assert Row("a", 3.0, "s").apart == 0.0
    assert "again" not in Row("a", 3.0, "s").as_json()


def test_the_benchmarks_of_a_checkout_are_asked(tmp_path: Path) -> None:
    asked = Row("Epstein", 30.0, "million a second", 25.0, AT_LEAST, "in fair weather")
    script = tmp_path / "epstein.py"
    script.write_text(f"print({json.dumps(json.dumps([asked.as_json()]))})")
    told: list[str] = []
    assert beside(tmp_path, told.append) == [asked]
    assert told == [f"{script} --json"]
    with pytest.raises(UserError, match="checkout"):
        beside(tmp_path / "nowhere")
    script.write_text("raise SystemExit(1)")
    with pytest.raises(UserError, match=r"epstein\.py failed"):
        beside(tmp_path)


def peers_that_take_no_time(folder: Path) -> Path:
    """Environments in which Python answers every question the same."""
    for name in ("mesa", "ambr"):
        python = folder / name / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f"""#!/bin/sh\necho '{{"name": "{name} 1.0", "speed": 1000.0}}'\n""")
        python.chmod(0o755)
    return folder


def test_the_benchmarks_of_this_checkout_tell_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each as the command line starts it, made short; what they tell goes into the history and onto the page."""
    usual = other_benchmarks(BENCHMARKS, peers_that_take_no_time(tmp_path / "peers"))
    short = [[*words, *TINY[Path(words[0]).name]] for words in usual]
    assert len(short) == len(TINY)
    monkeypatch.setattr("uprising.benchmark.table.other_benchmarks", lambda *_: short)
    found = beside(BENCHMARKS)
    for row in found:
        assert row.target and isinstance(row.unit, str) and isinstance(row.note, str)
        assert math.isfinite(row.measured) and row.measured > 0.0
        assert row.goal is None or (row.goal > 0.0 and row.sense in (AT_MOST, AT_LEAST))
    told = " | ".join(row.target for row in found)
    assert len({row.target for row in found}) == len(found)
    for words in (
        "20 x 20: random order",
        "times Mesa",
        "times AMBER",
        "runs per hour",
        "the ideal",
        "peak memory",
    ):
        assert words in told
    assert ("against a C++ loop" in told) == (shutil.which("g++") is not None)
    (mesa,) = (row for row in found if "times Mesa" in row.target)
    assert "mesa 1.0" in mesa.note

    history.append(tmp_path / "history.jsonl", found)
    (line,) = history.read(tmp_path / "history.jsonl")
    page = runpy.run_path(str(BENCHMARKS / "figures.py"))["tables"](line)
    assert all(f"| {row.target} |" in page for row in found)


def test_a_machine_without_a_compiler_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    done = run_command([str(BENCHMARKS / "epstein.py"), *FEW_SITES, "--json"], PATH=str(tmp_path))
    assert [row["target"] for row in json.loads(done.out)] == [
        "Epstein's Model I, 20 x 20: random order, one thread"
    ]
    assert "C++ loop is left out: no g++" in capfd.readouterr().err


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    folder = new_case(tmp_path_factory.mktemp("cases"))
    return bench(str(folder), quick=True, until="1970-05-01")


def test_the_table(rows: list[Row]) -> None:
    names = [row.target for row in rows]
    assert len(set(names)) == len(names)
    for words in (
        "uprising --help",
        "import uprising",
        "a run at 1%, after start-up",
        "memory read by one thread",
        "random draws by two threads",
        "far-apart lines fetched by two threads",
    ):
        assert words in names
    assert [name for name in names if name.startswith("stage: ")][3:-1] == [
        f"stage: {name}" for name, *_ in explain()
    ]
    assert "kernel: decision.sweep.sweep" in names
    assert all(np.isfinite(row.measured) and row.measured >= 0.0 for row in rows)
    targets = [row for row in rows if row.goal is not None]
    assert {row.target for row in targets} >= {"uprising --help", "import uprising"}


def test_command_line(
    rows: list[Row], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("uprising.benchmark.bench", lambda *_, **__: rows)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["bench", *words])
        return int(left.value.code or 0), *capsys.readouterr()

    code, out, _ = run("--quick", "--json")
    assert code == 0
    document = json.loads(out)
    assert {"target", "measured", "goal", "unit", "pass"} <= set(document[0])
    assert [row["target"] for row in document] == [row.target for row in rows]
    code, out, _ = run("--quick")
    assert "at most 0.3" in out
    assert "decision.sweep.sweep" in out
    assert f"of {sum(row.goal is not None for row in rows)} targets reached" in out

    code, _, err = run("--quick", "--peers", str(tmp_path))
    assert code == 2
    assert "--all" in err

    code, out, _ = run("--quick", "--twice")
    assert "twice within 0%" in out

    code, _, err = run("--quick", "--record")
    assert code == 2
    assert "checkout" in err
    (tmp_path / "benchmarks").mkdir()
    assert [run("--quick", "--record")[0], run("--quick", "--record")[0]] == [0, 0]
    lines = history.read(tmp_path / "benchmarks" / "history.jsonl")
    assert len(lines) == 2
    assert lines[0]["version"] == uprising.__version__
    assert len(lines[1]["rows"]) == len(rows)
