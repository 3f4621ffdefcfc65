"""Kept people: fast, shared by processes, and never trusted when damaged."""

from __future__ import annotations

import errno
import json
import logging
import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from case_folders import new_case
from patience import HANGS_SECONDS
from uprising import caches
from uprising.case import Case, load_case, people_cache
from uprising.case.people_cache import keep, key_of, load, load_or_make, prune
from uprising.state import Groups, People, digest_of

N = 5000
KEY = "a" * 64


def population() -> tuple[People, Groups]:
    """Arrays of the right kinds; what they hold does not matter here."""
    kinds = ["u2", "u1", "u1", "u1", "i4", "i4", "i4", "f4", "f4", "f4", "f4", "u1", "i2", "u2"]
    people = People(*(np.arange(N).astype(kind) for kind in kinds))
    kinds = ["u1", "u2", "i4", "i4", "u2", "i2", "u1", "u2", "u2", "i8"]
    groups = Groups(*(np.arange(100 if k else 0).astype(kind) for k, kind in enumerate(kinds)))
    return people, groups


def slowly(meeting: Any, made: Any) -> tuple[People, Groups]:
    meeting.wait(30)
    with made.get_lock():
        made.value += 1
    return population()


def work(folder: str, meeting: Any, made: Any, answers: Any) -> None:
    os.environ[caches.ENVIRONMENT] = folder
    people, groups = load_or_make(KEY, lambda: slowly(meeting, made))
    answers.put(digest_of(people, groups))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(caches.ENVIRONMENT, str(tmp_path / "cache"))
    return caches.cache_folder("people")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return load_case(new_case(tmp_path_factory.mktemp("people")))


def never() -> tuple[People, Groups]:
    raise AssertionError("the people were made although they are kept")


def leftovers(folder: Path) -> list[str]:
    return [child.name for child in folder.iterdir() if child.name.startswith(".")]


def test_kept_people_are_found_and_read_only(folder: Path) -> None:
    first = load_or_make(KEY, population)
    second = load_or_make(KEY, never)
    assert digest_of(*first) == digest_of(*second) == digest_of(*population())
    for structure in (*first, *second):
        for array in structure:
            assert not array.flags.writeable
            assert type(array) is np.ndarray
    assert leftovers(folder) == []
    with pytest.raises(ValueError, match="read-only"):
        second[0].home[0] = 1


def test_the_environment_names_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_or_make(KEY, population)
    assert (folder / KEY / people_cache.HEADER).is_file()
    monkeypatch.delenv(caches.ENVIRONMENT)
    assert caches.cache_folder("people").parts[-2:] == ("uprising", "people")


def test_key_sees_what_shapes_people_alone(case: Case) -> None:
    key = key_of(case, 0.1, 1)
    assert key == key_of(case, 0.1, 1)
    assert key == key_of(case.what_if("no-news"), 0.1, 1)
    assert key == key_of(case.with_settings("eve", belief=0.3), 0.1, 1)
    others = {
        key_of(case, 0.2, 1),
        key_of(case, 0.1, 2),
        key_of(case.with_settings("eve", hardship=0.5), 0.1, 1),
        key_of(case.with_settings("people", team_size=20), 0.1, 1),
        key_of(case.with_table("workplaces", case.tables["workplaces"].rows[1:]), 0.1, 1),
        key_of(case.with_table("sites", case.tables["sites"].rows[::-1]), 0.1, 1),
    }
    assert len(others) == 6
    assert key not in others


def truncate(entry: Path) -> None:
    file = entry / "people.hardship.npy"
    file.write_bytes(file.read_bytes()[:-1])


def flip(entry: Path) -> None:
    file = entry / "people.team.npy"
    data = bytearray(file.read_bytes())
    data[-100] ^= 1
    file.write_bytes(data)


def lose(entry: Path) -> None:
    (entry / "groups.block_size.npy").unlink()


def no_header(entry: Path) -> None:
    (entry / people_cache.HEADER).unlink()


def half_header(entry: Path) -> None:
    file = entry / people_cache.HEADER
    file.write_text(file.read_text()[:50])


def other_header(entry: Path) -> None:
    (entry / people_cache.HEADER).write_text(json.dumps([1, 2]))


def fewer_columns(entry: Path) -> None:
    header = json.loads((entry / people_cache.HEADER).read_text())
    del header["files"]["people.team"]
    (entry / people_cache.HEADER).write_text(json.dumps(header))


@pytest.mark.parametrize(
    "damage", [truncate, flip, lose, no_header, half_header, other_header, fewer_columns]
)
def test_damaged_people_are_made_anew(folder: Path, damage: Any, caplog: pytest.LogCaptureFixture) -> None:
    load_or_make(KEY, population)
    damage(folder / KEY)
    with caplog.at_level(logging.WARNING):
        people, groups = load_or_make(KEY, population)
    assert "made anew" in caplog.text
    assert digest_of(people, groups) == digest_of(*population())
    load_or_make(KEY, never)
    assert leftovers(folder) == []


def test_nobody_is_kept_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(caches.ENVIRONMENT, str(tmp_path / "file"))
    people, groups = load_or_make(KEY, population)
    assert digest_of(people, groups) == digest_of(*population())
    assert not people.home.flags.writeable
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "can't be kept" in caplog.text


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, None])
def test_full_disk_leaves_nothing_behind(
    folder: Path, code: int | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    written = []

    def save(stream: Any, array: Any, **_: Any) -> None:
        written.append(stream.write(b"half"))
        if len(written) > 3:
            raise OSError(code, os.strerror(code)) if code else OSError("4096 requested and 17 written")

    monkeypatch.setattr(np, "save", save)
    people, groups = load_or_make(KEY, population)
    assert digest_of(people, groups) == digest_of(*population())
    assert len(written) == 4
    assert list(folder.iterdir()) == []
    assert "can't be kept" in caplog.text
    assert (os.strerror(code) if code else "requested") in caplog.text


def test_an_interruption_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def save(stream: Any, array: Any, **_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "save", save)
    with pytest.raises(KeyboardInterrupt):
        load_or_make(KEY, population)
    assert list(folder.iterdir()) == []


def test_two_processes_at_once(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    meeting, made, answers = context.Barrier(2), context.Value("i", 0), context.Queue()
    processes = [
        context.Process(target=work, args=(str(folder.parent), meeting, made, answers)) for _ in range(2)
    ]
    for process in processes:
        process.start()
    digests = {answers.get(timeout=HANGS_SECONDS) for _ in processes}
    for process in processes:
        process.join(HANGS_SECONDS)
        assert process.exitcode == 0
    assert made.value == 2  # both found nothing, both made them
    assert digests == {digest_of(*population())}
    assert [child.name for child in folder.iterdir()] == [KEY]
    load_or_make(KEY, never)


def test_kept_arrays_outlive_their_files(folder: Path) -> None:
    people, groups = load_or_make(KEY, population)
    prune(folder, "", most_bytes=0)
    assert list(folder.iterdir()) == []
    assert digest_of(people, groups) == digest_of(*population())


def test_pruning_takes_the_oldest_and_what_was_left_unfinished(folder: Path) -> None:
    now = time.time()
    for age, key in enumerate("bcd"):
        keep(folder, key, population())
        os.utime(folder / key, (now - age, now - age))
    size = sum(file.stat().st_size for file in (folder / "b").iterdir())
    for name, age in ((".part-old", 7200), (".part-new", 10)):
        (folder / name).mkdir()
        os.utime(folder / name, (now - age, now - age))
    prune(folder, "b", most_bytes=int(2.5 * size))
    assert sorted(child.name for child in folder.iterdir()) == [".part-new", "b", "c"]
    prune(folder, "c", most_bytes=0)
    assert sorted(child.name for child in folder.iterdir()) == [".part-new", "c"]


def test_loading_counts_as_use(folder: Path) -> None:
    keep(folder, "b", population())
    os.utime(folder / "b", (1, 1))
    assert load(folder / "b") is not None
    assert (folder / "b").stat().st_mtime > 1e9
