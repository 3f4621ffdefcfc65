"""The second screen: a change, its runs to the end, cancelling, links."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

TOY = "/#/what-if?case=toy"


def test_a_what_if_runs_to_its_end_and_its_link_brings_it_back(page: Page) -> None:
    page.goto(f"{TOY}&seeds=2")
    start = page.get_by_role("button", name=re.compile("Run it"))
    expect(start).to_be_disabled()
    page.locator(".overlay input").nth(1).check()
    expect(start).to_have_text("Run it (4 runs)")
    start.click()
    expect(page.get_by_role("heading", name=re.compile("Done|Stopped|This did not work"))).to_be_visible()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    expect(page.get_by_text("4 of 4 runs")).to_be_visible()
    expect(page.get_by_role("heading", name="What the change does")).to_be_visible()
    rows = page.locator(".totals tbody tr")
    assert rows.count() >= 5
    found = rows.all_inner_texts()

    page.goto("about:blank")
    page.go_back()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    assert page.locator(".totals tbody tr").all_inner_texts() == found
    expect(page.locator(".overlay input").nth(1)).to_be_checked()

    page.get_by_text("All runs (4)").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").first.click()
    assert download.value.suggested_filename.endswith(".zip")
    page.locator(".runs").get_by_role("link", name="Watch").first.click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_results_belong_to_their_question_and_to_no_other(page: Page) -> None:
    page.goto(f"{TOY}&what-if=strong-guard&seeds=1&scale=0.05")
    page.get_by_role("button", name="Run it (2 runs)").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    asked = page.locator(".progress .question").inner_text()
    chosen = page.locator(".overlay:has(:checked) b").inner_text()
    assert chosen in asked and "1 pair of runs" in asked
    expect(page.get_by_role("heading", name=f"What the change does: {chosen}")).to_be_visible()
    link = page.url
    assert "job=" in link and "what-if=strong-guard" in link

    page.get_by_label("Pairs of runs").fill("2")
    page.get_by_label("Pairs of runs").blur()
    expect(page.get_by_text("These results answer another question")).to_be_visible()
    assert "job=" not in page.url, "no link shows results under a question that they do not answer"
    page.get_by_role("button", name="Set that question again").click()
    expect(page.get_by_text("These results answer another question")).to_have_count(0)
    assert page.url == link

    page.locator(".overlay input").first.check()
    assert "job=" not in page.url
    expect(page.get_by_text("These results answer another question")).to_be_visible()
    page.get_by_role("button", name="Put these results away").click()
    expect(page.locator(".results")).to_have_count(0)

    page.goto("about:blank")
    page.goto(link.replace("what-if=strong-guard", "set=cost_out:1.2"))
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    expect(page.locator(".overlay:has(:checked) b")).to_have_text(chosen)
    assert "what-if=strong-guard" in page.url and "set=" not in page.url


def test_columns_have_the_difference_that_stands_beside_them(page: Page) -> None:
    page.goto(f"{TOY}&what-if=strong-guard&seeds=3&scale=0.05")
    page.get_by_role("button", name="Run it (6 runs)").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()

    def number(cell: str) -> float:
        return float(re.sub(r"[^0-9.−]", "", cell).replace("−", "-"))

    rows = [row.locator("td.number").all_inner_texts() for row in page.locator(".totals tbody tr").all()]
    assert len(rows) >= 5
    for *_, before, after, difference in rows:
        assert number(after) - number(before) == pytest.approx(number(difference))
    ends = [row.locator("td").all_inner_texts() for row in page.locator(".outcomes tbody tr").all()]
    for world in (0, 1):
        counts = [re.search(r"in (\d+) of 3 runs", cells[world]) for cells in ends]
        assert sum(int(found[1]) for found in counts if found) == 3
    expect(page.get_by_role("columnheader", name="simulated, nothing changed").first).to_be_visible()


def test_a_job_can_be_stopped(page: Page) -> None:
    page.goto("/#/what-if?case=hungary-1956&what-if=no-suez&seeds=10")
    page.get_by_role("button", name="Run it (20 runs)").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="Stopped")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Run it"))).to_be_enabled()


def test_sliders_are_searched_moved_kept_in_the_link_and_reset(page: Page) -> None:
    page.goto(TOY)
    page.get_by_label("Search the sliders").fill("fatigue")
    slider = page.locator("#slider-fatigue")
    expect(slider).to_be_visible()
    expect(page.locator(".slider")).to_have_count(1)
    slider.focus()
    page.keyboard.press("End")
    assert "set=fatigue:0.1" in page.url
    page.reload()
    expect(page.locator("#slider-fatigue")).to_have_value("200")
    page.get_by_role("button", name=re.compile("All sliders back to usual")).click()
    assert "set=" not in page.url


@pytest.mark.says("404")
def test_a_job_of_another_day_says_that_it_is_gone_and_can_be_run_anew(page: Page) -> None:
    page.goto(f"{TOY}&what-if=strong-guard&seeds=3&job=job-of-last-week")
    expect(page.get_by_role("alert")).to_contain_text("no longer on this computer")
    expect(page.get_by_role("button", name="Run it (6 runs)")).to_be_enabled()
    page.get_by_role("button", name="Understood").click()
    assert "job=" not in page.url


@pytest.mark.says("429")
def test_a_refusal_is_told_in_the_server_s_words(page: Page) -> None:
    words = "four jobs are waiting"
    page.route("**/api/jobs", lambda route: route.fulfill(status=429, json={"detail": words}))
    page.goto(f"{TOY}&what-if=strong-guard&seeds=1")
    page.get_by_role("button", name="Run it (2 runs)").click()
    expect(page.get_by_role("alert")).to_have_text(words)
    expect(page.get_by_role("button", name="Run it (2 runs)")).to_be_enabled()
