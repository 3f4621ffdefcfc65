"""Keyboard, screen readers, print, and the third screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["watch", "what-if", "how"])
def test_axe_finds_nothing_serious(page: Page, screen: str, theme: str) -> None:
    if not AXE.is_file():
        pytest.fail("axe-core is not installed; run: python hatch_build.py style")
    page.goto(f"/#/{screen}?theme={theme}&time=1956-10-24T12:00")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    serious = [
        (fault["id"], fault["help"], [node["target"] for node in fault["nodes"]][:3])
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_once_through_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/#/watch?time=1956-10-20T00:00")
    expect(page.get_by_role("button", name="Play")).to_be_visible()

    def to(name: str) -> None:
        """Press Tab until the element with this accessible name has the focus."""
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate(
                "name => [document.activeElement.ariaLabel, document.activeElement.innerText,"
                " document.activeElement.labels?.[0]?.innerText].some(one => one?.trim().startsWith(name))",
                name,
            ):
                return
        pytest.fail(f"Tab never reached {name!r}")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    to("Play")
    page.keyboard.press("Enter")
    expect(page.locator(".clock time")).not_to_have_attribute("datetime", "1956-10-20T00:00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Play")).to_be_focused()
    to("Time")
    page.keyboard.press("Home")
    expect(page.locator(".clock time")).to_have_attribute("datetime", "1956-10-16T00:00")
    page.keyboard.press("PageUp")
    expect(page.locator(".clock time")).to_have_attribute("datetime", "1956-10-17T00:00")

    page.reload()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    to("What if?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What if?", level=1)).to_be_visible()
    page.locator(".overlay input").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".overlay input").nth(1)).to_be_checked()
    to("Run it")

    page.evaluate("document.activeElement.blur()")
    to("How it works")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="How it works", level=1)).to_be_visible()


def test_how_it_works_shows_misses_first_and_everything_it_rests_on(page: Page) -> None:
    page.goto("/#/how")
    verdicts = page.locator("#scorecard > .scroll-x tbody td:first-child")
    expect(verdicts.first).to_contain_text("miss")
    assert page.locator(".parameters tbody tr").count() > 80
    assert page.locator(".sources > div").count() > 30
    page.get_by_role("link", name=re.compile("ODD")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("ODD"))


def test_paper_shows_the_whole_of_a_chart(page: Page) -> None:
    """Charts are drawn as wide as the window; paper is narrower, and nothing draws them again for it."""
    page.goto("/#/watch?time=1956-10-24T12:00")
    expect(page.locator(".chart canvas").first).to_be_visible()
    page.emulate_media(media="print")
    width, box = page.evaluate(
        """() => {
            const plot = document.querySelector(".chart .plot");
            plot.style.width = "300px";  // measured at once: before anything can draw it anew
            return [plot.querySelector("canvas").getBoundingClientRect().width, plot.getBoundingClientRect().width];
        }"""
    )
    assert 0 < width <= box == 300
    lines = page.evaluate(
        """() => [...document.querySelector(".when").children].map((one) => one.getClientRects()[0].top)"""
    )
    assert max(lines) - min(lines) < 20, "day and hour stand in one line"


def test_print_leaves_out_what_only_a_screen_needs(page: Page) -> None:
    page.goto("/#/watch?time=1956-10-24T12:00")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Play")).to_be_hidden()
    expect(page.get_by_role("heading", name="The story")).to_be_visible()
