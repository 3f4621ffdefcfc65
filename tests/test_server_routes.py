"""The page's server: what it answers, what it refuses, jobs to their end, and a real process that ends cleanly."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient

import uprising
from patience import HANGS_SECONDS
from uprising import case as cases
from uprising.case.world import build_world
from uprising.server.app import create_app
from uprising.server.guard import MOST_BYTES
from uprising.server.jobs import MOST_WAITING
from uprising.state import UNIT_SIDES

HOSTS = ("127.0.0.1", "localhost", "testserver")


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cases.write_template(tmp_path_factory.mktemp("case") / "toy")


@pytest.fixture(scope="module")
def run_folder(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "first"
    uprising.run(toy, scale=0.1, seed=5, out=folder)
    return folder


@pytest.fixture(scope="module")
def client(toy: Path, run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cases, "shipped_cases", lambda: {"toy": toy})
        app = create_app([run_folder.parent], tmp_path_factory.mktemp("jobs"), HOSTS)
        with TestClient(app) as opened:
            yield opened


def until(is_so: Callable[[], Any], seconds: float = HANGS_SECONDS) -> Any:
    """Wait for a condition; its value."""
    last = time.monotonic() + seconds
    while not (value := is_so()):
        assert time.monotonic() < last, "it did not happen"
        time.sleep(0.05)
    return value


def ask(**changes: Any) -> dict[str, Any]:
    return {"case": "toy", "what_if": "strong-guard", "seeds": [1, 2], "scale": 0.05} | changes


def test_cases_and_parameters(client: TestClient) -> None:
    assert [head["id"] for head in client.get("/api/cases").json()] == ["toy"]
    whole = client.get("/api/cases/toy").json()
    assert {"places", "sites", "demands", "members", "whatifs", "sources"} <= whole.keys()
    assert whole["population"] == sum(
        row["population"]
        for row in whole["places"]
        if row["population"] and row["kind"] not in ("country", "county")
    )
    assert client.get("/api/cases/toy/map").json() == {"country": None, "capital": None}
    names = [row["name"] for row in client.get("/api/parameters").json()]
    assert "cost_out" in names
    assert client.get("/api/cases/other").status_code == 404


def test_a_run_with_its_story(client: TestClient, run_folder: Path) -> None:
    (head,) = [one for one in client.get("/api/runs").json() if one["origin"] == "given"]
    assert head["id"] == "first"
    told = client.get("/api/runs/first").json()
    assert told["result_digest"] == json.loads((run_folder / "summary.json").read_text())["result_digest"]
    for part in ("story", "events", "score"):
        assert isinstance(client.get(f"/api/runs/first/{part}").json(), list)
    assert client.get("/api/runs/second").status_code == 404


def test_frames_hold_what_the_run_recorded(client: TestClient, run_folder: Path) -> None:
    manifest = client.get("/api/runs/first/frames").json()
    answer = client.get("/api/runs/first/frames.bin")
    assert answer.headers["content-encoding"] == "gzip"
    series = uprising.open_result(run_folder).places
    arrays = {entry["name"]: entry for entry in manifest["arrays"]}
    assert len(arrays) > 20
    for name, expected in (
        ("site_crowd", series["site_crowd"]),
        ("place_crowd", series["crowd"].sum("role")),
        ("dead", series["dead"].sum("place")),
        ("unit_node", series["unit_site"]),
    ):
        entry = arrays[name]
        assert entry["offset"] % 8 == 0
        n = int(np.prod(entry["shape"]))
        read = np.frombuffer(answer.content, "<" + entry["dtype"], n, entry["offset"]).reshape(entry["shape"])
        np.testing.assert_array_equal(read, expected.values.reshape(entry["shape"]), err_msg=name)
    again = client.get("/api/runs/first/frames.bin", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_every_unit_has_a_side_and_men_by_side_are_those_of_the_run(
    client: TestClient, run_folder: Path
) -> None:
    manifest = client.get("/api/runs/first/frames").json()
    content = client.get("/api/runs/first/frames.bin").content
    entry = next(entry for entry in manifest["arrays"] if entry["name"] == "unit_men")
    n = int(np.prod(entry["shape"]))
    men = np.frombuffer(content, "<" + entry["dtype"], n, entry["offset"]).reshape(entry["shape"])
    result = uprising.open_result(run_folder)
    world = build_world(uprising.load_case(result.provenance["case_folder"]))
    drawn = np.array([unit["side"] for unit in manifest["units"]])
    assert [unit["name"] for unit in manifest["units"]] == world.unit_names
    for code, side in enumerate(UNIT_SIDES):
        expected = result.places["unit_men"].values[:, world.unit_side == code].sum(axis=1)
        np.testing.assert_array_equal(men[:, drawn == side].sum(axis=1), expected, err_msg=side)


def test_the_first_picture_is_made_before_anybody_asks(
    run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TestClient(create_app([run_folder.parent], tmp_path, HOSTS, workers=0)) as ready:
        monkeypatch.delattr("uprising.server.payloads.frames")
        monkeypatch.delattr("uprising.server.payloads.story")
        for part in ("frames", "frames.bin", "story"):
            assert ready.get(f"/api/runs/first/{part}").status_code == 200


def test_the_folder_can_be_taken_away(client: TestClient, run_folder: Path) -> None:
    answer = client.get("/api/runs/first/download")
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("first/summary.json")) == json.loads(
            (run_folder / "summary.json").read_text()
        )


def test_given_runs_that_pair_are_compared(toy: Path, tmp_path: Path) -> None:
    case = uprising.load_case(toy)
    few = {"scale": 0.05, "until": "1970-05-03"}
    for seed in (1, 2):
        uprising.run(case, seed=seed, out=tmp_path / f"plain-{seed}", **few)
        uprising.run(case.what_if("strong-guard"), seed=seed, out=tmp_path / f"guard-{seed}", **few)
    uprising.run(case.what_if("strong-guard"), seed=3, out=tmp_path / "alone", **few)
    moved = {"cost_out": 1.2}
    uprising.run(case.what_if("strong-guard"), seed=2, parameters=moved, out=tmp_path / "moved", **few)
    with TestClient(create_app([tmp_path], tmp_path / "jobs", HOSTS, workers=0)) as asked:
        (told,) = asked.get(f"/api/cases/{case.id}/comparisons").json()
    assert (told["what_if"], told["seeds"], told["scale"]) == ("strong-guard", [1, 2], 0.05)
    assert told["comparison"]["totals"]["peak_crowd"]["n"] == 2


def test_a_what_if_to_its_end(client: TestClient, toy: Path) -> None:
    key = client.post("/api/jobs", json=ask()).json()["id"]
    with client.stream("GET", f"/api/jobs/{key}/events") as stream:
        lines = [line for line in stream.iter_lines() if line.startswith("event:")]
    assert lines[-1] == "event: end"
    assert lines.count("event: run") == 4
    job = client.get(f"/api/jobs/{key}").json()
    assert (job["state"], job["done"]) == ("done", 4)
    assert job["comparison"]["totals"]["dead_civilian"]["n"] == 2
    runs = {(run["variant"], run["seed"]): run["id"] for run in job["runs"]}
    alone = uprising.run(uprising.load_case(toy).what_if("strong-guard"), scale=0.05, seed=2)
    told = client.get(f"/api/runs/{runs['what_if', 2]}").json()
    assert told["result_digest"] == alone.summary["result_digest"], "the page's run is the run"
    more = client.post("/api/jobs", json=ask(set={"cost_out": 1.2}, what_if=None)).json()["id"]
    until(lambda: client.get(f"/api/jobs/{more}").json()["state"] == "done")
    shared = {
        run["seed"]: run["id"]
        for run in client.get(f"/api/jobs/{more}").json()["runs"]
        if run["variant"] == "baseline"
    }
    assert shared == {seed: runs["baseline", seed] for seed in (1, 2)}, "a baseline is computed once"


def test_cancelling_ends_a_job_and_leaves_the_next_alone(client: TestClient) -> None:
    key = client.post("/api/jobs", json=ask(seeds=[10, 40], scale=1.0)).json()["id"]
    until(lambda: client.get(f"/api/jobs/{key}").json()["state"] == "running")
    assert client.delete(f"/api/jobs/{key}").json()["state"] == "cancelled"
    other = client.post("/api/jobs", json=ask(seeds=[3, 3])).json()["id"]
    until(lambda: client.get(f"/api/jobs/{other}").json()["state"] == "done")
    assert client.get(f"/api/jobs/{key}").json()["state"] == "cancelled"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"case": "nowhere"}, "there is no case"),
        ({"what_if": "nothing"}, "has no what-if"),
        ({"set": {"cost_ou": 1.0}}, "did you mean cost_out"),
        ({"set": {"cost_out": 50.0}}, "must lie between"),
        ({"seeds": [5, 1]}, "give a first and a last seed"),
        ({"seeds": [1, 1000]}, "at most"),
        ({"scale": 0}, "greater than 0"),
        ({"case": "../../etc"}, "pattern"),
        ({"more": 1}, "Extra inputs"),
    ],
)
def test_wrong_requests_are_told(client: TestClient, wrong: dict[str, Any], words: str) -> None:
    answer = client.post("/api/jobs", json=ask(**wrong))
    assert answer.status_code == 422
    assert words in answer.text


def test_too_many_jobs_are_refused(client: TestClient) -> None:
    made = [client.post("/api/jobs", json=ask(seeds=[100, 150], scale=1.0)) for _ in range(MOST_WAITING + 1)]
    assert [one.status_code for one in made] == [202] * MOST_WAITING + [429]
    for one in made[:-1]:
        client.delete(f"/api/jobs/{one.json()['id']}")


@pytest.mark.parametrize(
    "path", ["/api/runs/..%2f..%2fetc", "/api/runs/%2e%2e", "/../../etc/passwd", "/..%2f..%2fetc/passwd"]
)
def test_no_path_leaves_the_known_folders(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 422)


def test_other_pages_get_nothing(client: TestClient) -> None:
    assert client.get("/api/health", headers={"host": "rebound.example:8956"}).status_code == 421
    for headers in ({"origin": "http://other.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert client.get("/api/runs", headers=headers).status_code == 403
        assert client.post("/api/jobs", json=ask(), headers=headers).status_code == 403
        assert client.delete("/api/jobs/job-1", headers=headers).status_code == 403
    assert client.post("/api/jobs", content=b"x" * (MOST_BYTES + 1)).status_code == 413


def test_every_answer_carries_the_policy(client: TestClient) -> None:
    for path in ("/api/health", "/api/nothing", "/"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


# ---- a real process -----------------------------------------------------------------------------------


@pytest.fixture
def served(run_folder: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    source = str(Path(uprising.__file__).resolve().parents[1])
    process = subprocess.Popen(
        [sys.executable, "-c", "from uprising.cli import main; main()", "serve", str(run_folder.parent), "--port", "0",
         "--jobs-dir", str(tmp_path / "jobs")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": source},
    )  # fmt: skip
    assert process.stdout is not None
    address = process.stdout.readline().split()[0]
    yield process, address
    process.kill()
    process.wait()


def test_many_readers_and_one_who_stops_reading(served: tuple[subprocess.Popen[str], str]) -> None:
    _, address = served
    until(lambda: _answers(address))
    port = int(address.rstrip("/").rsplit(":", 1)[1])
    stuck = socket.create_connection(("127.0.0.1", port))
    stuck.sendall(b"GET /api/runs/first/frames.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")  # and never reads
    with httpx.Client(base_url=address, timeout=HANGS_SECONDS, limits=httpx.Limits(max_connections=200)) as many:
        with ThreadPoolExecutor(200) as readers:
            codes = list(readers.map(lambda _: many.get("api/runs/first/frames").status_code, range(200)))
        assert codes == [200] * 200
    stuck.close()


def test_ctrl_c_ends_the_server_and_its_processes(served: tuple[subprocess.Popen[str], str]) -> None:
    process, address = served
    until(lambda: _answers(address))
    job = {"case": "hungary-1956", "what_if": "no-suez", "seeds": [1, 20], "scale": 0.01}
    key = httpx.post(f"{address}api/jobs", json=job, timeout=HANGS_SECONDS).json()["id"]
    listening = threading.Thread(target=lambda: _listen(f"{address}api/jobs/{key}/events"), daemon=True)
    listening.start()
    children = until(lambda: _children(process.pid))
    process.send_signal(signal.SIGINT)
    process.wait(timeout=HANGS_SECONDS)
    until(
        lambda: (
            not [pid for pid in children if Path(f"/proc/{pid}").exists()] if Path("/proc").exists() else True
        )
    )


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}api/health", timeout=HANGS_SECONDS).status_code == 200
    except httpx.TransportError:
        return False


def _listen(address: str) -> None:
    try:
        with httpx.stream("GET", address, timeout=HANGS_SECONDS) as stream:
            for _ in stream.iter_lines():
                pass
    except httpx.TransportError:
        return  # the server has gone, as the test asks


def _children(pid: int) -> list[int]:
    """Processes begun by a process (where /proc tells)."""
    tasks = list(Path(f"/proc/{pid}/task").glob("*/children"))  # workers are begun by threads
    return [int(child) for task in tasks for child in task.read_text().split()] if tasks else [0]


def test_the_page_starts_with_damaged_runs_and_lists_them(run_folder: Path, tmp_path: Path) -> None:
    """A cut chunk in the first by name, a document that is none, a pipe in place of a file; a sound run beside them."""
    runs = tmp_path / "runs"
    for name in ("a-cut", "b-text", "c-pipe", "sound"):
        shutil.copytree(run_folder, runs / name)
    chunk = runs / "a-cut" / "series.zarr" / "belief" / "0.0"
    chunk.write_bytes(chunk.read_bytes()[:-9])
    (runs / "b-text" / "summary.json").write_text("[")
    (runs / "c-pipe" / "events.parquet").unlink()
    os.mkfifo(runs / "c-pipe" / "events.parquet")
    with TestClient(create_app([runs], tmp_path / "jobs", HOSTS, workers=0)) as client:
        reasons = until(lambda: len(found := client.get("/api/damaged-runs").json()) == 3 and found)
        assert {run["title"]: run["reason"].split(": ")[1].split()[0] for run in reasons} == {
            "a-cut": "series.zarr/belief/0.0", "b-text": "summary.json", "c-pipe": "events.parquet"
        }  # fmt: skip
        assert [run["id"] for run in client.get("/api/runs").json()] == ["sound"]
        assert client.get("/api/runs/sound/frames").status_code == 200
        assert client.get("/api/runs/a-cut/frames").status_code == 422


def test_a_run_without_what_the_pictures_need_is_told(run_folder: Path, tmp_path: Path) -> None:
    """One variable after the other is gone, as in a folder of another version."""
    from uprising.server import payloads

    folder = tmp_path / "run"
    shutil.copytree(run_folder, folder)
    (folder / "SHA256SUMS").unlink()
    path = folder / "series.zarr" / ".zmetadata"
    whole = json.loads(path.read_text())
    names = [key.removesuffix("/.zarray") for key in whole["metadata"] if key.endswith("/.zarray")]
    told = set()
    for name in names:
        rest = {key: about for key, about in whole["metadata"].items() if not key.startswith(f"{name}/")}
        path.write_text(json.dumps({**whole, "metadata": rest}))
        try:
            with pytest.warns(uprising.errors.FolderWarning):
                payloads.frames(uprising.open_result(folder), None)
        except uprising.DamagedError as error:
            assert name in str(error)
            told.add(name)
    assert {"time", "crowd", "site_holder", "unit_site", "node", "workers"} <= told < set(names)
