"""The wheel that users install holds what the program needs, and works without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import uprising

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True)
    (built,) = folder.glob("uprising-*.whl")
    return built


def test_a_wheel_holds_cases_schema_and_page(wheel: Path) -> None:
    assert wheel.name.startswith(f"uprising-{uprising.__version__}-")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for needed in (
        "uprising/schema/parameters.csv",
        "uprising/cases/hungary-1956/case.toml",
        "uprising/cases/hungary-1956/record/targets.csv",
        "uprising/case/new_case/case.toml",
        "uprising/server/page/index.html",
        "uprising/models/epstein/card.toml",
    ):
        assert needed in names


def test_an_installed_wheel_runs_a_new_case(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(site),
        str(wheel),
    ]
    subprocess.run(command, check=True)
    environment = dict(os.environ, PYTHONPATH=str(site), PYTHONSAFEPATH="1")

    def uprising_of_the_wheel(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "uprising", *words],
            cwd=tmp_path, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = subprocess.run(
        [sys.executable, "-c", "import uprising; print(uprising.__file__)"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(site)
    assert "hungary-1956" in uprising_of_the_wheel("case", "list")
    uprising_of_the_wheel("case", "new", "my-country")
    uprising_of_the_wheel("run", "my-country", "--scale", "0.02", "--out", "run", "--json")
    assert (tmp_path / "run" / "report.html").is_file()
