"""Rules of the house: nothing heavy at import, nothing scripted, one version, shipped data, plain scripts."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import uprising

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "uprising"
HEAVY = ("numpy", "numba", "scipy", "xarray", "zarr", "pandas", "pyarrow", "pydantic", "rich", "matplotlib")


def modules_after(statement: str) -> set[str]:
    """Top-level modules that a fresh Python has imported after a statement."""
    program = f"import sys\ntry:\n    {statement}\nexcept SystemExit:\n    pass\nprint('|'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split("|")}


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert "typer" not in modules_after("import uprising")
    assert not modules_after("import uprising") & set(HEAVY)


def test_help_imports_nothing_heavy() -> None:
    loaded = modules_after("from uprising.cli import main; main(['--help'])")
    assert "typer" in loaded
    assert not loaded & set(HEAVY)


def test_help_of_a_command_imports_nothing_heavy() -> None:
    # the command line's own library checks the types of options with pydantic
    assert not modules_after("from uprising.cli import main; main(['run', '--help'])") & (
        set(HEAVY) - {"pydantic"}
    )


def test_public_names_are_found_and_wrong_ones_refused() -> None:
    assert callable(uprising.run)
    assert callable(uprising.load_case)
    assert set(uprising.__all__) <= set(dir(uprising))
    for name in uprising.__all__:
        assert getattr(uprising, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'rum'"):
        uprising.rum  # noqa: B018


def test_no_outcome_is_scripted_in_code() -> None:
    """Dates of the documented crisis live in a case's inputs and record, never in code or schema."""
    # the clock of the shipped case starts on the 16th: its date serves as an example of how to write one
    dates = re.compile(
        r"1956-(10-(2|3)\d|11-\d\d)|\b(2\d|3[01]|[1-9])\.? ?(Oct|Nov)[a-z]* 1956"
        r"|(Oct|Nov)[a-z]* (2\d|3[01]|\d),? 1956"
    )
    found = []
    for path in [*SOURCE.rglob("*.py"), *(SOURCE / "schema").glob("*.csv")]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if dates.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert found == []


def test_no_case_is_named_in_what_simulates() -> None:
    """A case differs by data alone: code that simulates knows no country, town or person."""
    words = re.compile(r"hungar|budapest|soviet|moscow|nagy\b|khrushchev|gero\b|T_BUDAPEST", re.IGNORECASE)
    found = []
    for part in ("kernel", "actors", "crisis"):
        assert (SOURCE / part).is_dir()
        for path in (SOURCE / part).rglob("*.py"):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if words.search(line):
                    found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert found == []


def test_the_package_is_described_once_and_whole() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert f"version: {uprising.__version__}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## {uprising.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    wanted = project["project"]["dependencies"]
    wanted += [need for extra in project["project"]["optional-dependencies"].values() for need in extra]
    assert [need for need in wanted if not re.fullmatch(r"[a-z0-9-]+>=[0-9.]+", need)] == []


def test_every_changelog_entry_says_whether_results_change() -> None:
    entries = re.findall(r"^- .*", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert entries
    assert [entry for entry in entries if not re.match(r"- \[results (change|same)\] ", entry)] == []


def test_decisions_are_numbered_without_gaps_and_say_why() -> None:
    files = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    for file in files:
        text = file.read_text(encoding="utf-8")
        for part in ("**Status**", "**Question**", "**Decision**", "**Reasons**", "**Price**"):
            assert part in text, f"{file.name} has no {part}"


@pytest.mark.parametrize("script", ["run", "check", "tools/set-up", "tools/check-versions"])
def test_scripts_are_plain_shell(script: str) -> None:
    shell = shutil.which("dash") or "/bin/sh"
    assert subprocess.run([shell, "-n", str(ROOT / script)], check=False).returncode == 0


def test_run_says_what_is_missing_without_python(tmp_path: Path) -> None:
    """On a machine without a suitable Python the script says so and leaves nothing behind."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "run", tmp_path / "run")
    shutil.copy(ROOT / "tools" / "set-up", tmp_path / "tools" / "set-up")
    commands = tmp_path / "bin"
    commands.mkdir()
    for tool in ("sh", "dirname", "cat", "rm", "cksum", "date"):
        (commands / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    old = commands / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = subprocess.run(
        [str(tmp_path / "run")], env={"PATH": str(commands)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert not (tmp_path / ".venv").exists()
