"""Standard streams, terminals and folders as users leave them to the program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import uprising
from case_folders import new_case
from recorded_runs import finished
from uprising.cli.folders import new_folder
from uprising.cli.telling import print_story

PROGRAM = [sys.executable, "-m", "uprising"]
SHORT = ["--scale", "0.02", "--until", "1970-05-01", "--threads", "1"]


@pytest.fixture(scope="module")
def island(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(new_case(tmp_path_factory.mktemp("cases")))


def shell(command: str, *words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of sh in which "$@" is the program with these words."""
    return subprocess.run(
        ["sh", "-c", command, "sh", *PROGRAM, *words],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_a_run_without_some_standard_streams_is_whole(closed: str, island: str, tmp_path: Path) -> None:
    done = shell(f'"$@" {closed}', "run", island, *SHORT, "--out", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = uprising.open_result(tmp_path / "run")
    assert result.summary["steps"] == len(result.series["time"])
    assert (tmp_path / "run" / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437", "utf-8"])
def test_letters_that_the_output_lacks_are_replaced_in_prose_and_escaped_in_json(
    encoding: str, tmp_path: Path
) -> None:
    case = new_case(tmp_path)
    settings = case / "case.toml"
    title = "Sziget – Győr → 東京"
    lines = [
        f'title = "{title}"' if line.startswith("title =") else line
        for line in settings.read_text(encoding="utf-8").splitlines()
    ]
    settings.write_text("\n".join(lines), encoding="utf-8")
    prose = shell('"$@"', "case", "show", str(case), cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert prose.returncode == 0 and not prose.stderr
    # the library of the command line takes ascii for a mistake of the system and writes UTF-8
    written = "utf-8" if encoding == "ascii" else encoding
    assert prose.stdout.decode(written).startswith(title.encode(written, "replace").decode(written))
    document = shell('"$@"', "case", "show", str(case), "--json", cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert json.loads(document.stdout.decode(encoding))["settings"]["case"]["title"] == title


def test_a_reader_that_goes_away_ends_the_program_quietly(tmp_path: Path) -> None:
    for command in ('"$@" | true', '"$@" | head -1 >/dev/null'):
        left = shell(command, "parameters", cwd=tmp_path)
        assert left.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_told_with_code_1(tmp_path: Path) -> None:
    done = shell('"$@" >/dev/full', "parameters", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(b"could not write the output") and done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("words", [["run", "{case}", *SHORT, "--out"], ["case", "new"], ["score"]])
def test_a_name_that_is_no_utf8_is_refused_before_any_work(
    words: list[str], island: str, tmp_path: Path
) -> None:
    given = [word.format(case=island) for word in words]
    done = shell(r'"$@" "$(printf "caf\351")"', *given, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == b"caf\\xe9: this is not valid UTF-8; rename the file or folder, or choose another\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("columns", [1, 20, 40, 59, 60, 80, 200])
def test_the_story_keeps_every_word_on_a_terminal_of_any_width(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    result = finished(tmp_path / "run")
    monkeypatch.setenv("COLUMNS", "110")
    print_story(result)
    usual = capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", str(columns))
    print_story(result)
    narrow = capsys.readouterr().out
    assert usual.split()
    # what stands side by side on a wide terminal stands below each other on a narrow one; headings may go
    joined = "".join(narrow.split())
    headings = {"time", "who", "what", "happened", "in", "this", "run", "on", "record"}
    missing = [
        word
        for word in usual.split()
        if word not in headings and word.replace("-", "") not in joined.replace("-", "")
    ]
    assert not [word for word in missing if len(word) <= 15]


@pytest.mark.parametrize("columns", [1, 20, 40])
def test_tables_become_blocks_where_they_do_not_fit(columns: int, tmp_path: Path) -> None:
    wide = shell('"$@"', "models", "list", cwd=tmp_path, COLUMNS="200").stdout.decode()
    narrow = shell('"$@"', "models", "list", cwd=tmp_path, COLUMNS=str(columns)).stdout.decode()
    assert max(map(len, narrow.splitlines())) <= max(columns, 20)
    body = "".join("".join(wide.split("\n", 2)[2]).split())
    for name in ("model:", "status:", "title:"):
        narrow = narrow.replace(name, "")
    assert "".join(narrow.split()).replace("-", "") == body.replace("-", "")


def test_folders_that_are_named_in_the_same_second_are_different(tmp_path: Path) -> None:
    found = []
    for _ in range(5):
        with new_folder(tmp_path / "runs", "hungary-1956", "no-suez.toml") as folder:
            found.append(folder)
    assert len(set(found)) == 5
    assert all(folder.is_dir() and folder.name.startswith("hungary-1956-no-suez-") for folder in found)


def test_a_folder_that_nothing_was_written_to_is_removed_and_another_stays(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="refused"), new_folder(tmp_path, "a", None):
        raise ValueError("refused")
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="later"), new_folder(tmp_path, "a", None) as folder:
        (folder / "log.txt").write_text("begun")
        raise ValueError("later")
    assert (folder / "log.txt").is_file()


def test_programs_that_start_at_once_get_a_folder_each(island: str, tmp_path: Path) -> None:
    settings = ["--scale", "0.02", "--until", "1970-05-01"]
    started = [
        subprocess.Popen(
            [*PROGRAM, *words],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for seed in (1, 2)
        for words in (
            ["ensemble", island, "--seeds", f"{seed}:{seed + 1}", "--workers", "1", *settings],
            ["run", island, "--seed", str(seed), "--threads", "1", "--new-in", "runs", *settings],
        )
    ]
    told = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0] * 4, told
    seeds: list[Any] = []
    for folder in (tmp_path / "runs").iterdir():
        name = "ensemble.json" if (folder / "ensemble.json").is_file() else "summary.json"
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        seeds.append((name, content["seed"] if name == "summary.json" else content["runs"][0]["seed"]))
    assert sorted(seeds) == [
        ("ensemble.json", 1),
        ("ensemble.json", 2),
        ("summary.json", 1),
        ("summary.json", 2),
    ]


def test_the_help_offers_only_clocks_that_are_accepted(island: str, tmp_path: Path) -> None:
    from uprising.cli.application import build

    option = next(
        each for each in typer_command(build(), "run").params if "--clocks" in getattr(each, "opts", [])
    )
    for name in str(option.metavar).split("|"):
        assert uprising.run(island, scale=0.02, until="1970-05-01", threads=1, clocks=name).summary
    with pytest.raises(uprising.UserError, match="clocks"):
        uprising.run(island, scale=0.02, until="1970-05-01", threads=1, clocks="no-such-clock")


def typer_command(application: Any, name: str) -> Any:
    """A command of the application as click sees it."""
    import typer

    return typer.main.get_command(application).commands[name]
