"""The documentation site: it builds without warnings, its code runs, and its commands exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from sybil.document import Document
from sybil.parsers.myst import PythonCodeBlockParser

import uprising
from uprising.case.template import write_template

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(
            path
            for path in (ROOT / "docs").rglob("*.md")
            if path.parent.name not in ("decisions", "reference")
        ),
    ]
)
WITH_CODE = [
    path for path in PAGES if re.search(r"^```python$", path.read_text(encoding="utf-8"), re.MULTILINE)
]
READS_A_FOLDER = ROOT / "docs" / "open-formats.md"
"""a page whose code reads the ensemble runs/base"""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "html",
        "docs",
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "tutorial.html").read_text(encoding="utf-8")
    assert "Your first what-if" in page
    # readers have no network: nothing is loaded from elsewhere
    for path in tmp_path.rglob("*.html"):
        loaded = re.findall(
            r'<(?:script|link|img)[^>]+(?:src|href)="(https?://[^"]+)"', path.read_text("utf-8")
        )
        assert loaded == [], path.name


def test_some_pages_hold_code() -> None:
    assert ROOT / "docs" / "tutorial.md" in WITH_CODE
    assert len(WITH_CODE) >= 4


@pytest.mark.parametrize("path", WITH_CODE, ids=name_of)
def test_code_of_a_page_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if path == READS_A_FOLDER:
        case = write_template(tmp_path / "country")
        uprising.ensemble(str(case), runs=2, scale=0.02, workers=1, out="runs/base")
    document = Document.parse(str(path), PythonCodeBlockParser(doctest_optionflags=0))
    for example in document.examples():
        example.evaluate()


def commands_of(path: Path) -> Iterator[str]:
    """Every command line of the program that a page shows."""
    for block in re.findall(
        r"^ *```(?:console|sh)\n(.*?)^ *```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL
    ):
        for line in block.replace("\\\n", " ").splitlines():
            words = line.strip().removeprefix("$ ").split("#")[0].strip()
            if re.match(r"(\.venv/bin/)?uprising |\./run\b", words):
                yield words


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_commands_of_a_page_exist(path: Path) -> None:
    from uprising.cli.application import build

    for line in commands_of(path):
        words = shlex.split(line)
        words = ["run", *words[1:]] if words[0] == "./run" else words[1:]
        command = typer.main.get_command(build())
        while words and hasattr(command, "commands") and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        assert not hasattr(command, "commands") or not words or words[0].startswith("-"), (
            f"no command: {line}"
        )
        known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
        given = {word.split("=")[0] for word in words if word.startswith("-")}
        assert given <= known, f"{line}: no such option: {sorted(given - known)}"
