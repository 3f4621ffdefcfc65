"""What a client leaves undone: half requests, all places taken at once, old runs, dates that no zip knows."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from patience import HANGS_SECONDS
from uprising.server import expiry, patience
from uprising.server.app import create_app
from uprising.server.expiry import expire
from uprising.server.listening import Server, listen
from uprising.server.pace import Pace
from uprising.server.sending import MOST_LISTENERS, Listening, Places, zipped

HALF = b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half"
WHOLE = b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    app = create_app([], tmp_path / "jobs", ["127.0.0.1"], workers=0)
    listening, _ = listen("127.0.0.1", 0)
    ready = threading.Event()
    server = Server(app, ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    assert ready.wait(HANGS_SECONDS)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join()


def whole(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as asking:
        asking.sendall(WHOLE)
        answer = b""
        while piece := asking.recv(65536):
            answer += piece
    return answer


def is_closed(half: socket.socket) -> bool:
    """Whether the server closed the connection; waits for it."""
    half.settimeout(HANGS_SECONDS)
    try:
        return half.recv(1) == b""
    except ConnectionResetError:
        return True


def test_half_requests_lock_nobody_out(port: int) -> None:
    """More connections than the server holds amid a head: the oldest go, and whole requests are answered."""
    held = []
    for _ in range(patience.MOST_WAITING + 50):
        half = socket.create_connection(("127.0.0.1", port))
        half.sendall(HALF)
        held.append(half)
        if len(held) % 50 == 0:
            assert whole(port).startswith(b"HTTP/1.1 200")
    assert whole(port).startswith(b"HTTP/1.1 200")
    assert all(is_closed(half) for half in held[:50])
    held[-1].sendall(b": 1\r\nConnection: close\r\n\r\n")
    assert held[-1].recv(65536).startswith(b"HTTP/1.1 200"), "whoever ends a request in time is answered"
    for half in held:
        half.close()


def test_a_half_request_ends_after_a_while(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.2)
    for begun in (HALF, b"", WHOLE.replace(b"close", b"keep-alive") + HALF):
        with socket.create_connection(("127.0.0.1", port)) as half:
            half.sendall(begun)
            if begun.startswith(WHOLE[:20]) and len(begun) > len(WHOLE):
                assert half.recv(65536).startswith(b"HTTP/1.1 200")
                half.settimeout(HANGS_SECONDS)
                while half.recv(65536):
                    continue
            else:
                assert is_closed(half)


def test_a_hundred_listeners_at_once_get_no_more_places_than_there_are() -> None:
    job: Any = SimpleNamespace(
        version=1, is_over=False, comparison=None, progress=dict, runs=list, state="", error=""
    )
    places, codes, leave = Places(), [], asyncio.Event()

    async def listener() -> None:
        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                codes.append(message["status"])

        async def receive() -> Any:
            await leave.wait()
            return {"type": "http.disconnect"}

        scope = {"type": "http", "asgi": {"spec_version": "2.3"}}
        await Listening(job, places)(scope, receive, send)

    async def all_of_them() -> None:
        tasks = [asyncio.create_task(listener()) for _ in range(100)]
        while len(codes) < 100:
            await asyncio.sleep(0.01)
        assert codes.count(200) == places.taken == MOST_LISTENERS
        assert codes.count(429) == 100 - MOST_LISTENERS
        leave.set()
        await asyncio.gather(*tasks)

    # a thread of its own: a browser of other tests may have a loop in this one
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, all_of_them()).result()
    assert places.taken == 0


def test_files_of_any_date_go_into_the_zip(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for name, moment in (("old", 0), ("far", 5_000_000_000)):
        (folder / name).write_text(name)
        os.utime(folder / name, (moment, moment))
    with zipfile.ZipFile(BytesIO(b"".join(zipped(folder, "run")))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "run/far": b"far",
            "run/old": b"old",
        }


def kept_run(folder: Path, name: str, age_days: float, is_whole: bool = True) -> Path:
    run = folder / name
    run.mkdir(parents=True)
    (run / "part").write_bytes(b"x" * 100)
    if is_whole:
        (run / "summary.json").write_text("{}")
    then = time.time() - age_days * 86_400
    os.utime(run, (then, then))
    return run


def test_runs_of_the_page_are_not_kept_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [kept_run(tmp_path, f"job-{age}", age) for age in range(6)]
    ancient = kept_run(tmp_path, "job-ancient", expiry.MOST_DAYS + 1)
    mine = kept_run(tmp_path, "my-own", 1000)
    assert expire(tmp_path, []) == [ancient]
    monkeypatch.setattr(expiry, "MOST_RUNS", 4)
    assert expire(tmp_path, [runs[5]]) == [runs[4]]
    monkeypatch.setattr(expiry, "MOST_BYTES", 310)
    assert set(expire(tmp_path, [])) == {runs[3], runs[5]}
    assert [run.exists() for run in (*runs, mine)] == [True, True, True, False, False, False, True]


def test_half_runs_of_a_killed_server_are_cleared_away(tmp_path: Path) -> None:
    left = kept_run(tmp_path / "jobs", "job-left", 1.0, is_whole=False)
    under_way = kept_run(tmp_path / "jobs", "job-under-way", 0.0, is_whole=False)
    create_app([], tmp_path / "jobs", ["127.0.0.1"], workers=0)
    assert (left.exists(), under_way.exists()) == (False, True)


def test_the_time_left_says_nothing_before_it_can_and_forgets_compiling() -> None:
    pace = Pace(total=8, lanes=2)
    pace.begin("a", 0.0)
    pace.begin("b", 0.0)
    assert (pace.stage(4.0), pace.seconds_left(4.0)) == (("people", 4.0), None)
    for run in ("a", "b"):
        pace.tell(run, "compile", 0.0, 5.0)
    assert (pace.stage(60.0), pace.seconds_left(60.0)) == (("compile", 55.0), None)
    for run in ("a", "b"):
        pace.tell(run, "crisis", 0.0, 65.0)
    told = []
    for second in range(1, 11):
        for run in ("a", "b"):
            pace.tell(run, "crisis", second / 10, 65.0 + second)
        told.append(pace.seconds_left(65.0 + second))
    # a run takes five seconds of preparation and ten of crisis: four rounds of them
    assert told[0] == pytest.approx(60.0 - 1.5, abs=2.0)
    assert all(told[k] > told[k + 1] for k in range(len(told) - 1) if told)
    assert told[-1] == pytest.approx(45.0)
    pace.end("a", 75.0)
    assert (pace.taken, pace.share) == ([15.0], 0.25)
