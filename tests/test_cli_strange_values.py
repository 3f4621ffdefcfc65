"""Every option of every command with values that nobody should give: told in words with code 2, or carried out."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer.main

from case_folders import new_case
from uprising.cli import main
from uprising.cli.application import build

N_TRIED = int(os.environ.get("UPRISING_STRANGE_VALUES", "60"))
"""values tried of each group of commands; more in a longer search"""

STRANGE = [
    "", " ", "\t", "-1", "0", "-0", "1", "1e999", "nan", "inf", "-inf", "0x10", "1_000", "9" * 40, "1.5", "½", "١",
    "a" * 300, "é" * 200, "\x1b[31mred", "\u202egnp", "a\nb", "%s", "{}", "{0}", "$(id)", "`id`", "~", ".", "..",
    "/dev/null", "/dev/full", "/proc/self/mem", "nul", "a/b/c", "a=b", "=", "=1", "a=", "--", "-", "--out",
    "1:2", "2:1", "1:", ":1", "1:2:3", "0:99999999999999999999", "1956-10-24", "1956-13-45", "1956-10-24T06:00+02:00",
    "tomorrow", "0001-01-01", "9999-12-31", "hungary-1956", "no-suez", "weight_social=0.7", "weight_social=1e999",
    "tcp://", "tcp://127.0.0.1:1", "127.0.0.1", "::1", "0.0.0.0", "localhost:80", "[", "null", "true", "[1]", '{"a":1}',
]  # fmt: skip
SLOW = {
    "--cluster": ["tcp://", "nonsense", ""],
    "--runs": ["0", "-1", "nan", "9" * 40],
    "--scale": ["0", "-1", "nan", "2"],
    "--jobs-dir": ["", "a" * 300, "/dev/null", "jobs"],
}
"""options of which only these values are tried: others start long work, wait for a network or leave the folder"""


def commands() -> Iterator[tuple[list[str], Any]]:
    """Every command with its words."""
    for name, command in sorted(typer.main.get_command(build()).commands.items()):
        if hasattr(command, "commands"):
            for inner, each in sorted(command.commands.items()):
                yield [name, inner], each
        else:
            yield [name], command


COMMANDS = {" ".join(words): command for words, command in commands()}


@pytest.fixture
def uprising(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., SimpleNamespace]:
    """Run the command line in this process, in an empty folder, without what would take minutes or wait for ever."""
    monkeypatch.delenv("UPRISING_DEBUG", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("uprising.server.listening.Server.run", lambda self, sockets: sockets[0].close())
    monkeypatch.setattr("uprising.benchmark.bench", lambda case, **settings: [])
    monkeypatch.setattr("uprising.models.check", lambda name, **settings: [])
    monkeypatch.setattr("webbrowser.open", lambda address: True)
    work = tmp_path / "work"

    def run(*arguments: str) -> SimpleNamespace:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        monkeypatch.chdir(work)
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        printed = capsys.readouterr()
        return SimpleNamespace(code=left.value.code or 0, out=printed.out, err=printed.err)

    return run


@pytest.fixture(scope="module")
def island(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(new_case(tmp_path_factory.mktemp("cases")))


def sound_words(name: str, island: str) -> list[str]:
    """Words with which a command runs in a second, or is refused for the folders that it lacks."""
    short = ["--scale", "0.02", "--until", "1970-05-01"]
    return {
        "run": [island, *short, "--threads", "1"],
        "ensemble": [island, *short, "--runs", "1", "--workers", "1"],
        "models run": ["granovetter"],
        "models show": ["granovetter"],
        "case check": [island],
        "case show": [island],
        "case what-ifs": [island],
        "case new": ["mine"],
    }.get(name, [])


def tries(name: str, island: str, random_: random.Random) -> list[str]:
    """The words of a command, with a strange value for one of its options or arguments."""
    command = COMMANDS[name]
    words = sound_words(name, island)
    chosen = random_.choice([each for each in command.params if each.name not in ("help",)])
    option = next((each for each in getattr(chosen, "opts", []) if each.startswith("--")), None)
    if option is None:
        value = random_.choice(STRANGE)
        return [*name.split(), *([value, *words[1:]] if words else [value] * len(command.params[:2]))]
    if getattr(chosen, "is_flag", False):
        return [*name.split(), *words, option]
    value = random_.choice(SLOW.get(option, STRANGE))
    if option in words:
        at = words.index(option)
        words[at + 1] = value
        return [*name.split(), *words]
    return [*name.split(), *words, option, value]


@pytest.mark.parametrize(
    "group",
    [["run"], ["ensemble"], sorted(set(COMMANDS) - {"run", "ensemble"})],
    ids=["run", "ensemble", "others"],
)
def test_strange_values_are_told_in_words(
    group: list[str], island: str, uprising: Callable[..., SimpleNamespace]
) -> None:
    random_ = random.Random(str(group))
    wrong = []
    n = N_TRIED if len(group) > 1 else N_TRIED // 4
    for _ in range(n):
        words = tries(random_.choice(group), island, random_)
        done = uprising(*words)
        is_told = done.code == 0 or (done.code == 2 and done.err.strip()) or "could not write" in done.err
        if not is_told or "unexpected failure" in done.err or "Traceback" in done.err:
            wrong.append((words, done.code, done.err))
    assert not wrong


def test_every_command_is_tried() -> None:
    assert {"run", "ensemble", "compare", "score", "export", "report", "serve", "bench", "parameters"} <= set(COMMANDS)
    assert all(command.params for command in COMMANDS.values())
