"""The page as a folder of files: opened without a server, it shows the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

import uprising
from uprising.server.static_export import export_page

DAYS_END = "1956-10-25T00:00"
"""as that of the run on show"""


@pytest.fixture(scope="module")
def folder(runs: Path, origin: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a what-if of the run on show beside it."""
    changed, out = tmp_path_factory.mktemp("changed"), tmp_path_factory.mktemp("static") / "page"
    no_suez = uprising.load_case("hungary-1956").what_if("no-suez")
    uprising.run(no_suez, scale=0.005, seed=1956, until=DAYS_END, out=changed / "no-suez")
    export_page([runs, changed], out)
    return out


def test_all_three_screens_open_from_a_folder(browser: Any, folder: Path) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    at = (folder / "index.html").as_uri()

    page.goto(f"{at}#/watch?time=1956-10-24T12:00")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.locator(".story li.matched").first).to_be_visible()
    page.get_by_role("link", name="What if?").click()
    expect(page.get_by_text("can't compute")).to_be_visible()
    expect(page.get_by_role("button", name="Run it")).to_have_count(0)
    expect(page.get_by_text("Prepared beforehand: No Suez (pairs of runs: 1")).to_be_visible()
    expect(page.locator(".totals tbody tr").first).to_be_visible()
    page.get_by_role("link", name="How it works").click()
    expect(page.locator(".score .miss").first).to_be_visible()
    assert said == []
    context.close()
