"""The page in a real browser, served by the real server over a run of Hungary 1956 and a toy case."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api")
uvicorn = pytest.importorskip("uvicorn")

import uprising  # noqa: E402
from patience import HANGS_SECONDS  # noqa: E402
from uprising import case as cases  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = "UPRISING_CHROMIUM"
"""environment variable with the path of a browser to take"""
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CAPITAL_RISES = "1956-10-25T00:00"
playwright.expect.set_options(timeout=1000.0 * HANGS_SECONDS)


def _missing(reason: str) -> None:
    """Skip on a person's machine; fail where everything must be there."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shown")
    uprising.run("hungary-1956", scale=0.005, seed=1956, until=CAPITAL_RISES, out=folder / "hungary")
    return folder


@pytest.fixture(scope="session")
def origin(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server that knows the toy case beside Hungary."""
    from uprising.server.app import PAGE, create_app

    if not (PAGE / "index.html").is_file():
        _missing("the page is not built; run: python hatch_build.py")
    toy = cases.write_template(tmp_path_factory.mktemp("case") / "toy")
    known = {"hungary-1956": cases.shipped_cases()["hungary-1956"], "toy": toy}
    with pytest.MonkeyPatch.context() as patch, socket.create_server(("127.0.0.1", 0)) as listening:
        patch.setattr(cases, "shipped_cases", lambda: known)
        app = create_app([runs], tmp_path_factory.mktemp("jobs"), ("127.0.0.1",))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = os.environ.get(CHROMIUM) or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        _missing(f"no browser: none of {', '.join(BROWSERS)} on the PATH, and {CHROMIUM} names none")
    with playwright.sync_playwright() as drive:
        opened = drive.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, origin: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A fresh page; afterwards nothing was said on the console and nothing was asked of others.

    A test that makes the server refuse something marks which line the browser then writes: says("404").
    """
    context = browser.new_context(base_url=origin, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(1000.0 * HANGS_SECONDS)
    opened = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    yield opened
    context.close()
    expected = request.node.get_closest_marker("says")
    assert [line for line in said if expected is None or expected.args[0] not in line] == []
    assert [url for url in asked if not url.startswith((origin, "data:"))] == []
