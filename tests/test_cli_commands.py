"""The command line: what is printed where, exit codes, no traceback for any wrong input."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from recorded_runs import finished
from uprising.cli import main
from uprising.errors import Interrupted, OutputError, UserError

Run = Callable[..., SimpleNamespace]


@pytest.fixture
def uprising(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line in this process; code, out and err."""
    monkeypatch.delenv("UPRISING_DEBUG", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "200")  # tables stay tables

    def run(*arguments: str) -> SimpleNamespace:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return SimpleNamespace(code=left.value.code or 0, out=printed.out, err=printed.err)

    return run


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """In place of a simulation: what it was asked, and a finished run made by hand (or an error)."""
    asked: dict[str, Any] = {}

    def run(case: str, **settings: Any) -> Any:
        asked.update(case=case, **settings)
        if "error" in asked:
            raise asked["error"]
        folder = settings["out"]
        if folder is not None:
            folder.mkdir()
        return finished(folder)

    monkeypatch.setattr("uprising.simulation.run", run)
    put_report(monkeypatch)
    return asked


def put_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short page in place of the report, whose content is tested elsewhere."""
    report = ModuleType("uprising.result.report")
    report.write_report = lambda result, path, scorecard=None: Path(path).write_text("<html>")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "uprising.result.report", report)


def test_help_and_version(uprising: Run) -> None:
    import uprising as package

    answer = uprising("--help")
    assert answer.code == 0
    for command in ("run", "case", "parameters", "report", "export"):
        assert command in answer.out
    assert uprising("--version").out.strip() == f"uprising {package.__version__}"
    for command in (["run"], ["case"], ["case", "check"], ["parameters"], ["report"], ["export"]):
        assert uprising(*command, "--help").code == 0


def test_run_tells_the_story_and_the_totals(uprising: Run, simulated: dict[str, Any]) -> None:
    answer = uprising("run", "somewhere", "--seed", "0", "--scale", "0.5")
    assert answer.code == 0
    assert simulated["case"] == "somewhere"
    assert simulated["seed"] == 0
    assert "Thursday 1 Mar 2001" in answer.out
    assert "a crowd" in answer.out
    assert "598 civilian, 4 security, 2 hegemon" in answer.out
    assert "There is no uprising" in answer.out
    assert "\x1b" not in answer.out, "no colours where there is no terminal"
    assert answer.err == ""


def test_run_passes_everything_on(uprising: Run, simulated: dict[str, Any], tmp_path: Path) -> None:
    answer = uprising(
        "run", "x", "--from", "2001-03-01", "--until", "2001-03-09", "--what-if", "quiet", "--threads", "1",
        "--set", "weight_social=0.7", "--set", "resolve=0.5", "--keep-people", "--out", str(tmp_path / "o"),
    )  # fmt: skip
    assert answer.code == 0
    assert simulated["start"] == "2001-03-01"
    assert simulated["until"] == "2001-03-09"
    assert simulated["what_if"] == "quiet"
    assert simulated["threads"] == 1
    assert simulated["parameters"] == {"weight_social": 0.7, "resolve": 0.5}
    assert simulated["keep_people"] is True
    assert (tmp_path / "o" / "report.html").is_file()
    assert str(tmp_path / "o") in answer.out


def test_json_is_one_document(uprising: Run, simulated: dict[str, Any]) -> None:
    answer = uprising("run", "x", "--json")
    summary = json.loads(answer.out)
    assert set(summary) >= {
        "case", "version", "case_digest", "result_digest", "seed", "scale", "people", "clock", "started",
        "finished", "steps", "wall_seconds", "compile_seconds", "peak_bytes", "person_steps", "outcome",
        "totals", "dates", "score",
    }  # fmt: skip
    assert set(summary["totals"]) == {
        "dead_civilian", "dead_security", "dead_hegemon", "wounded", "detained", "fled", "peak_crowd",
        "peak_crowd_place", "peak_crowd_time", "peak_strike_share",
    }  # fmt: skip
    assert set(summary["dates"]) == {
        "first_mass_protest", "first_shots", "first_intervention", "first_concession", "truce", "withdrawal",
        "reversal", "second_intervention", "last_fighting",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (UserError("the scale is 2", "the seed is -1"), 2, "the scale is 2\nthe seed is -1"),
        (Interrupted("interrupted; go on with: uprising run --resume x"), 130, "--resume x"),
        (KeyboardInterrupt(), 130, ""),
        (OutputError("could not write x: No space left on device"), 1, "No space left"),
        (MemoryError(), 1, "smaller --scale"),
        (ZeroDivisionError("division by zero"), 1, "unexpected failure: ZeroDivisionError: division by zero"),
        (ValueError("an inner one"), 1, "unexpected failure: ValueError"),
    ],
)
def test_errors_become_messages_and_codes(
    uprising: Run, simulated: dict[str, Any], error: BaseException, code: int, words: str
) -> None:
    simulated["error"] = error
    answer = uprising("run", "x", "--json")
    assert answer.code == code
    assert words in answer.err
    assert answer.out == ""


def test_an_unexpected_failure_leaves_its_details_in_a_file(
    uprising: Run,
    simulated: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    simulated["error"] = ZeroDivisionError("division by zero")
    answer = uprising("run", "x")
    path = answer.err.split("the details are in ")[1].split(";")[0]
    assert "ZeroDivisionError: division by zero" in Path(path).read_text()
    Path(path).unlink()
    monkeypatch.setenv("UPRISING_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["run", "x"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run"], "which case?"),
        (["run", "x", "--scale", "much"], "--scale"),
        (["run", "x", "--seed", "1.5"], "--seed"),
        (["run", "x", "--threads", "all"], "--threads"),
        (["run", "x", "--sead", "1"], "--seed"),
        (["rum", "x"], "run"),
        (["run", "x", "--set", "weight_social"], "name=number"),
        (["run", "x", "--set", "weight_social=high", "--set", "=1"], "--set =1"),
        (["run", "x", "--set", "resolve=0.2", "--set", "resolve=0.3"], "give it once"),
        (["run", "x", "--resume", "a", "--out", "b"], "leave --out away"),
        (["report"], "DIR"),
        (["report", "no-such-folder"], "no such folder"),
        (["export", "no-such-folder"], "--csv, --parquet, --netcdf or --page"),
        (["export", "no-such-folder", "--csv"], "no such folder"),
        (["case", "show", "no-such-case"], "no-such-case"),
        (["case", "check", __file__], "file"),
    ],
)
def test_wrong_input_is_told_with_code_2(uprising: Run, arguments: list[str], words: str) -> None:
    answer = uprising(*arguments)
    assert answer.code == 2
    assert words in answer.err
    assert answer.out == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scale", "0"], "above 0 and at most 1"),
        (["--scale", "-1"], "above 0 and at most 1"),
        (["--scale", "2"], "above 0 and at most 1"),
        (["--scale", "nan"], "above 0 and at most 1"),
        (["--seed", "-1"], "seed is -1"),
        (["--threads", "0"], "at least 1"),
        (["--from", "yesterday"], "'yesterday' is not a date"),
        (["--until", "31 October"], "'31 October' is not a date"),
        (["--from", "1956-10-20", "--until", "1956-10-18"], "ends before it starts"),
        (["--until", "1999-01-01"], "runs from"),
        (["--what-if", "no-sues"], "no-suez"),
        (["--set", "weigth_social=0.7"], "did you mean weight_social"),
        (["--set", "weight_social=70"], "between"),
        (["--set", "weight_social=nan"], "between"),
        (["--clocks", "sundial"], "sundial"),
    ],
)
def test_unknown_option_values_are_told_before_anything_runs(
    uprising: Run, arguments: list[str], words: str
) -> None:
    answer = uprising("run", "hungary-1956", *arguments)
    assert answer.code == 2
    assert words in answer.err
    assert answer.out == ""


def test_output_that_cannot_be_written_is_told(uprising: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for out in (tmp_path / "file", tmp_path, tmp_path / "file" / "below"):
        answer = uprising("run", "hungary-1956", "--scale", "0.001", "--out", str(out))
        assert answer.code == 2
        assert "output folder" in answer.err
    answer = uprising("run", "--resume", str(tmp_path))
    assert answer.code == 2
    assert "no interrupted run" in answer.err


def test_explain_prints_the_order_of_a_step(uprising: Run) -> None:
    from uprising.crisis.order import explain

    answer = uprising("run", "--explain")
    positions = [answer.out.index(f"{i:2}  {name} ") for i, (name, *_) in enumerate(explain(), 1)]
    assert positions == sorted(positions)
    assert [step["name"] for step in json.loads(uprising("run", "--explain", "--json").out)] == [
        name for name, *_ in explain()
    ]


def test_parameters_are_those_of_the_schema(uprising: Run) -> None:
    from uprising.schema import parameters

    answer = uprising("parameters")
    assert all(row.name in answer.out for row in parameters())
    listed = json.loads(uprising("parameters", "--json").out)
    assert [row["name"] for row in listed] == [row.name for row in parameters()]
    assert {"unit", "low", "high", "default", "prior", "source", "text"} <= set(listed[0])


def test_cases_are_listed_and_shown(uprising: Run) -> None:
    assert "hungary-1956" in [row["case"] for row in json.loads(uprising("case", "list", "--json").out)]
    assert "hungary-1956" in uprising("case", "list").out
    shown = json.loads(uprising("case", "show", "hungary-1956", "--json").out)
    assert shown["people"] > 9_000_000
    assert "no-suez" in shown["what_ifs"]
    assert "no-suez" in uprising("case", "what-ifs", "hungary-1956").out
    assert json.loads(uprising("case", "what-ifs", "hungary-1956", "--json").out)[0]["question"]
    assert "people" in uprising("case", "show", "hungary-1956").out


def test_a_new_case_is_right_and_a_broken_one_is_told(uprising: Run, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert uprising("case", "new", str(folder)).code == 0
    assert uprising("case", "check", str(folder)).code == 0
    assert json.loads(uprising("case", "check", str(folder), "--json").out)["valid"] is True
    (folder / "inputs" / "places.csv").unlink()
    answer = uprising("case", "check", str(folder), "--json")
    assert answer.code == 2
    assert json.loads(answer.out)["faults"]
    assert "places.csv" in answer.err
    assert uprising("case", "new", str(folder)).code == 2


def test_export_writes_open_formats(uprising: Run, tmp_path: Path) -> None:
    import csv

    import xarray

    (tmp_path / "run").mkdir()
    result = finished(tmp_path / "run", n_steps=60)
    assert (
        uprising("export", str(tmp_path / "run"), "--csv", "--netcdf", "--out", str(tmp_path / "x")).code == 0
    )
    with (tmp_path / "x" / "fled.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["time", "place", "fled"]
    assert sum(int(row["fled"]) for row in rows) == int(result.places["fled"].sum())
    with (tmp_path / "x" / "events.csv").open(newline="") as file:
        assert [row["kind"] for row in csv.DictReader(file)] == ["mass_protest"]
    with xarray.open_dataset(tmp_path / "x" / "series.nc") as series:
        assert int(series["crowd"].sum()) == int(result.places["crowd"].sum())
        assert series["time"].values[1] == result.places["time"].values[1]
    (tmp_path / "file").write_text("")
    assert uprising("export", str(tmp_path / "run"), "--csv", "--out", str(tmp_path / "file")).code == 2


def test_report_is_written(uprising: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_report(monkeypatch)
    (tmp_path / "run").mkdir()
    finished(tmp_path / "run", n_steps=60)
    answer = uprising("report", str(tmp_path / "run"))
    assert answer.code == 0
    assert (tmp_path / "run" / "report.html").read_text() == "<html>"
    answer = uprising("report", str(tmp_path / "run"), "--out", str(tmp_path / "none" / "r.html"), "--json")
    assert answer.code == 2
    assert "cannot be written" in answer.err
