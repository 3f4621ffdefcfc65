"""A folder with the name of a shipped case, and times and lists on the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from case_folders import new_case, put
from uprising.case import find_case, shipped_cases
from uprising.errors import FolderWarning
from uprising.kernel import output
from uprising.models.cards import ModelError, card


def uprising(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "uprising", *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def namesake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A case folder here with the name of a shipped case."""
    shutil.copytree(shipped_cases()["hungary-1955"], tmp_path / "hungary-1955")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_with_a_shipped_name_is_not_passed_over_in_silence(namesake: Path) -> None:
    with pytest.warns(FolderWarning, match=r"is the shipped case in .*write \./hungary-1955"):
        assert find_case("hungary-1955") == shipped_cases()["hungary-1955"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert find_case("./hungary-1955").resolve() == namesake / "hungary-1955"
        assert find_case(Path("hungary-1955")).resolve() == namesake / "hungary-1955"
        assert find_case("hungary-1956") == shipped_cases()["hungary-1956"]


def test_the_command_line_says_which_is_used(namesake: Path) -> None:
    done = uprising("case", "check", "hungary-1955", "--json", folder=namesake)
    assert done.returncode == 0
    assert json.loads(done.stdout)["valid"] is True
    assert done.stderr.startswith("note: hungary-1955 is the shipped case in ")
    assert done.stderr.count("\n") == 1
    assert uprising("case", "check", "./hungary-1955", folder=namesake).stderr == ""


def test_case_check_names_a_record_that_cannot_be_read(tmp_path: Path) -> None:
    folder = new_case(tmp_path)
    (folder / "record").mkdir()
    (folder / "record" / "turns.csv").write_bytes("kind,time,text,source\n".encode("utf-16"))
    done = uprising("case", "check", str(folder), "--json", folder=tmp_path)
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert (told["valid"], told["n_faults"], told["faults"][0]["expected"]) == (False, 1, "text in UTF-8")
    assert "turns.csv" in done.stderr


def test_no_escape_of_a_case_reaches_the_terminal(tmp_path: Path) -> None:
    folder = new_case(tmp_path, "island")
    put(folder, "council", 2, "name", "\x1b[31mred")
    moved = folder.rename(tmp_path / "isl\x1b[2Jand")
    for arguments in (
        ("case", "check", str(moved)),
        ("case", "show", str(moved)),
        ("case", "check", "no\x1b[2J"),
    ):
        done = uprising(*arguments, folder=tmp_path)
        assert done.returncode == 2
        assert "\x1b" not in done.stdout + done.stderr
        assert "\\x1b[2J" in done.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4.5 7.5", [4.5, 7.5]),
        ("4.5, 7.5", [4.5, 7.5]),
        ("4.5,7.5", [4.5, 7.5]),
        ("4, 7", [4, 7]),
        ("4,7", [4, 7]),
    ],
)
def test_lists_of_numbers(text: str, expected: list[float]) -> None:
    assert card("group_decision").parameters["position"].read(text) == expected


@pytest.mark.parametrize("text", ["4,5 7,5 4,5", "0,3 1", "1 2,5"])
def test_lists_that_can_be_read_in_two_ways(text: str) -> None:
    with pytest.raises(ModelError, match="write decimals with a point"):
        card("group_decision").parameters["position"].read(text)


@pytest.mark.parametrize(
    ("men", "dead", "fits"),
    [
        (2.0**31 - 1, 0.0, True),
        (2.0**31, 0.0, False),
        (3e9, 0.0, False),
        (0.0, np.nan, False),
        (-2.0, 0.0, False),
    ],
)
def test_a_count_that_no_series_holds_is_an_error_and_never_wraps(
    men: float, dead: float, fits: bool
) -> None:
    """The kernel that writes a step says so; see crisis.output for the error."""

    def zeros(*shape: int) -> np.ndarray:
        return np.zeros(shape)

    columns = {
        name: np.zeros((1, *shape), kind)
        for name, shape, kind in [
            ("crowd", (1, 10), "i4"), ("fighting", (1,), "i4"), ("striking", (1,), "i4"), ("detained", (1,), "i4"),
            ("wounded", (1,), "i4"), ("dead", (1, 3), "i4"), ("fled", (1,), "i4"), ("discontent", (1,), "f4"),
            ("belief", (1,), "f4"), ("outrage", (1,), "f4"), ("fear", (1,), "f4"), ("site_crowd", (1,), "i4"),
            ("site_fighting", (1,), "i4"), ("holder", (1,), "u1"), ("node", (1,), "i2"), ("men", (1,), "i4"),
            ("stance", (1,), "u1"), ("loyalty", (1,), "f4"),
        ]
    }  # fmt: skip
    losses = zeros(1, 3)
    losses[0, 0] = dead
    found = output.write_row(
        0, zeros(1), np.zeros((1, 10, 8), np.int32), 1.0, 1, 2, zeros(1), losses, np.zeros(1, np.int64), zeros(1),
        zeros(1), zeros(1), zeros(1), zeros(1), np.zeros(1, np.int64), np.zeros(1, np.int64), np.array([men]),
        np.zeros(1, np.int64), zeros(1), *columns.values(),
    )  # fmt: skip
    assert bool(found) is fits
