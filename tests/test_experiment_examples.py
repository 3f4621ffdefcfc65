"""The examples of ensembles run as they stand, with fewer, shorter and smaller runs."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import uprising

EXAMPLES = Path(__file__).parents[1] / "examples"
SHORT = {"runs": 2, "scale": 0.002, "until": "1956-10-17"}


@pytest.fixture
def example(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """The example's module, in a folder of its own."""
    name = request.param
    if name == "cluster":
        pytest.importorskip("distributed")
    whole = uprising.ensemble
    with ThreadPoolExecutor(1) as one_at_a_time:

        def short(case: Any, **settings: Any) -> Any:
            return whole(case, **{"executor": one_at_a_time, **settings, **SHORT})

        monkeypatch.setattr(uprising, "ensemble", short)
        monkeypatch.setattr("sys.argv", [name])
        monkeypatch.chdir(tmp_path)
        found = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        assert found is not None and found.loader is not None
        module = importlib.util.module_from_spec(found)
        found.loader.exec_module(module)
        yield module


@pytest.mark.parametrize("name", ["bands", "what_if", "cluster"])
def test_examples_are_short(name: str) -> None:
    assert len((EXAMPLES / f"{name}.py").read_text().splitlines()) < 40


@pytest.mark.parametrize("example", ["bands"], indirect=True)
def test_bands(example: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    example.main()
    out = capsys.readouterr().out
    assert "% of runs (" in out
    assert out.count("1956-10-1") == 2, "a line a day"
    assert len((tmp_path / "runs.csv").read_text().splitlines()) == 3


@pytest.mark.parametrize("example", ["what_if"], indirect=True)
def test_what_if(example: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    example.main()
    out = capsys.readouterr().out
    assert "peak_crowd" in out
    assert "the paths part, at the earliest, on None" in out, "Suez lies after these days"
    assert (tmp_path / "no-suez.svg").read_text().startswith("<svg")


@pytest.mark.parametrize("example", ["cluster"], indirect=True)
def test_cluster(example: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    example.main()
    assert "2 runs, scale=0.002" in capsys.readouterr().out
    assert (tmp_path / "runs" / "cluster" / "ensemble.json").is_file()
