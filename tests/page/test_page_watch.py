"""The first screen: maps, the clock, the story, languages, links."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

TOTAL = "In the streets"


def open_watch(page: Page, query: str = "") -> None:
    page.goto(f"/#/watch{query}")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("1956"))


def drawn(page: Page, label: str) -> int:
    """Number of colours on a map's canvas, as a sign that something is drawn on it."""
    count: int = page.get_by_label(re.compile(f"Map: {label}")).evaluate(
        """canvas => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    return count


def moment(page: Page) -> str:
    return page.locator(".clock time").get_attribute("datetime") or ""


def test_maps_are_drawn_and_the_story_told(page: Page) -> None:
    open_watch(page, "?time=1956-10-24T12:00")
    assert drawn(page, "The country") > 20
    assert drawn(page, "Budapest") > 20
    labels = page.locator("figure.country svg text").all_text_contents()
    assert {"Budapest", "Miskolc"} <= set(labels)
    lines = page.locator(".story li")
    expect(lines.first.locator("button")).to_be_visible()
    expect(page.locator(".council tbody tr")).to_have_count(16)


def test_a_map_has_its_numbers_as_a_table(page: Page) -> None:
    open_watch(page, "?time=1956-10-24T12:00")
    page.get_by_text("Budapest as a table").click()
    table = page.locator("figure.capital table")
    expect(table.get_by_role("columnheader", name="Held by")).to_be_visible()
    assert table.locator("tbody tr").count() > 1


def test_play_moves_the_clock_and_pause_keeps_it_in_the_address(page: Page) -> None:
    open_watch(page, "?time=1956-10-20T00:00")
    page.get_by_label("Speed").select_option("24")
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".clock time")).not_to_have_attribute("datetime", re.compile("1956-10-20T0[0-3]"))
    page.get_by_role("button", name="Pause").click()
    stopped = moment(page)
    assert stopped > "1956-10-20T03"
    assert f"time={stopped}" in page.url
    page.reload()
    expect(page.locator(".clock time")).to_have_attribute("datetime", stopped)


def test_scrubbing_shows_another_moment(page: Page) -> None:
    open_watch(page, "?time=1956-10-17T00:00")
    slider = page.get_by_role("slider", name="Time")
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    assert moment(page) > "1956-10-23"
    counter = page.locator(".counter", has_text=TOTAL).first.locator("b")
    assert counter.inner_text() != "0"


def test_the_next_turn_is_a_click_away(page: Page) -> None:
    open_watch(page, "?time=1956-10-16T00:00")
    before = page.locator(".story li button").count()
    page.get_by_role("button", name=re.compile("Next turn")).click()
    expect(page.locator(".story li button")).to_have_count(before + 1)
    assert moment(page) > "1956-10-16T00:00"


@pytest.mark.parametrize(
    ("language", "play", "weekday"), [("de", "Abspielen", "Mittwoch"), ("hu", "Lejátszás", "szerda")]
)
def test_languages(page: Page, language: str, play: str, weekday: str) -> None:
    open_watch(page, "?time=1956-10-24T12:00")
    page.get_by_label("Language").select_option(language)
    expect(page.get_by_role("button", name=play)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(weekday))
    assert page.locator("html").get_attribute("lang") == language
    page.reload()
    expect(page.get_by_role("button", name=play)).to_be_visible()


def test_colours_follow_the_choice(page: Page) -> None:
    open_watch(page)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_label("Colours").select_option("dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert "theme=dark" in page.url


def test_a_link_to_a_run_that_is_not_here_says_so(page: Page) -> None:
    page.goto("/#/watch?run=elsewhere")
    expect(page.get_by_role("alert")).to_contain_text("elsewhere")
    page.get_by_role("link", name="Show the first one").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 1024, 390])
@pytest.mark.parametrize("screen", ["watch", "what-if", "how"])
def test_nothing_is_wider_than_the_window(page: Page, screen: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"/#/{screen}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_pictures_come_fast_enough_to_scrub(page: Page, record_property: Any) -> None:
    """Sixty moments are drawn one after another; how fast is recorded, not judged: test machines are busy."""
    open_watch(page)
    seconds = page.evaluate(
        """async () => {
            const slider = document.querySelector(".track input");
            const start = performance.now();
            for (let step = 0; step < 60; step++) {
                slider.value = String(step * 5);
                slider.dispatchEvent(new Event("input", { bubbles: true }));
                await new Promise(requestAnimationFrame);
            }
            return (performance.now() - start) / 1000;
        }"""
    )
    record_property("pictures_per_second", 60 / seconds)
    assert moment(page) > "1956-10-20"
