"""The report of a run: whole, self-contained, escaped, and honest about what it does not have."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from report_runs import made_run, unknown_outputs, without
from uprising.result.report import write_report
from uprising.result.report.facts import Facts
from uprising.result.report.key import ONE_DRAW, tell_in_words
from uprising.result.report.method import command
from uprising.result.report.moments import choose_moments
from uprising.result.report.page import compose
from uprising.result.report.words import escape

HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=y>&amp;"
SECTIONS = ("summary", "curves", "maps", "council", "story", "parameters", "sources", "citation")
VOID = {"meta", "br", "hr", "img", "input", "link"}
LOADS = {
    "script",
    "link",
    "img",
    "iframe",
    "object",
    "embed",
    "video",
    "audio",
    "source",
    "image",
    "base",
    "form",
}


class Reader(HTMLParser):
    """Reads a page: every tag must be closed in order; keeps ids, references, tags and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        assert len({name for name, _ in attrs}) == len(attrs), f"<{tag}> has an attribute twice"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> in the wrong place at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def run() -> Any:
    return made_run()


@pytest.fixture(scope="module")
def page(run: Any) -> str:
    return compose(Facts(run))


def test_the_hand_made_run_has_every_output_variable() -> None:
    assert unknown_outputs() == set()


def test_page_is_sound_and_has_all_sections(page: str) -> None:
    reader = read(page)
    ids = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert [attrs.get("id") for tag, attrs in reader.tags if tag == "section"] == list(SECTIONS)
    for tag, attrs in reader.tags:
        reference = attrs.get("href")
        if reference and reference.startswith("#"):
            assert reference[1:] in ids, f"<{tag} href={reference}> leads nowhere"
    assert [tag for tag, _ in reader.tags].count("h1") == 1


def test_page_loads_nothing(page: str) -> None:
    for tag, attrs in read(page).tags:
        assert tag not in LOADS
        assert not {"src", "srcset", "data", "poster", "xlink:href"} & set(attrs)
        assert not any(name.startswith("on") for name in attrs)
        if "href" in attrs and tag != "a":
            assert str(attrs["href"]).startswith("#")
        if tag == "a":
            assert re.match(r"(#|https?://)", str(attrs["href"]))
    assert "@import" not in page
    assert "url(" not in page


def test_page_serves_dark_print_and_narrow_screens(page: str) -> None:
    for condition in ("prefers-color-scheme:dark", "@media print", "max-width:620px", 'name="viewport"'):
        assert condition in page
    # every colour comes from the style sheet, where dark ground replaces it
    assert not re.findall(r'(?:fill|stroke)="#', page)


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    path = write_report(made_run(days=8.0, text=HOSTILE), tmp_path / "report.html")
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "<img" not in text
    reader = read(text)
    assert sum(HOSTILE in part for part in reader.text) >= 3
    # the case still gives maps although the what-if cannot be found again
    assert "is not in the case" in "".join(reader.text)
    assert 'class="map country"' in text


def test_maps_show_crowds_insurgents_troops_and_holders(page: str) -> None:
    maps = page.split('<section id="maps">')[1].split("</section>")[0]
    for sign in (
        'class="crowd"',
        'class="fighters',
        'class="troops"',
        'class="holder rebel"',
        'class="county"',
    ):
        assert maps.count(sign) > 6, sign
    assert (
        maps.count('class="map country"')
        == maps.count('class="map centre"')
        == maps.count('class="map city"')
        == 6
    )
    assert maps.count("<article") == 6


def test_areas_are_proportional_to_people(page: str) -> None:
    country = page.split('class="map country"')[1:]
    found = [
        (float(radius), float(people.replace(",", "")))
        for part in country
        for radius, people in re.findall(r'r="([\d.]+)"><title>[^<]*: ([\d,]+) in the streets', part)
    ]
    large = [(radius, people) for radius, people in found if radius > 8]
    assert len(large) > 3
    ratios = [radius**2 / people for radius, people in large]
    assert max(ratios) < 1.03 * min(ratios)


def test_curves_show_each_variable_with_its_record(run: Any, page: str) -> None:
    curves = page.split('<section id="curves">')[1].split("</section>")[0]
    titles = "In the streets|Insurgents|Not at work|Dead so far|Held by the state|Left the country|Rule"
    for title in (*titles.split("|"), "Demands conceded", "council", "troops"):
        assert title in curves, title
    assert curves.count('class="record"') > 3
    ends = run.places["dead"].isel(time=-1).sum("place").values
    for total in ends:
        assert f">{int(total):,}</text>" in curves


def test_a_what_if_is_not_set_beside_the_record(run: Any) -> None:
    other = SimpleNamespace(**vars(without(run)))
    other.summary = run.summary | {"what_if": "no-suez"}
    facts = Facts(other)
    assert facts.documented == []
    text = compose(facts)
    assert "On record" not in text and "Also on record" not in text
    assert "what-if no-suez" in text


def test_story_sets_the_record_beside_the_run(page: str) -> None:
    story = page.split('<section id="story">')[1].split("</section>")[0]
    assert story.count('<details class="day"') >= 5
    assert "A cease-fire is announced" in story
    assert "On record, but not in this run" in story
    assert "All 22 events" in story


@pytest.mark.parametrize(
    "names",
    [
        ("unit_site",), ("hegemon_position",), ("striking",), ("site_holder", "site_crowd", "site_fighting"),
        ("crowd",), ("population", "workers", "place_group"),
        ("hegemon_mean", "control", "legitimacy", "attention"),
    ],
)  # fmt: skip
def test_what_was_not_recorded_is_left_out(run: Any, names: tuple[str, ...]) -> None:
    reader = read(compose(Facts(without(run, *names))))
    assert [attrs.get("id") for tag, attrs in reader.tags if tag == "section"] == list(SECTIONS)


def test_without_its_case_a_run_still_has_a_report(run: Any) -> None:
    other = SimpleNamespace(**vars(without(run)))
    other.summary = run.summary | {"case": "gone"}
    other.provenance = run.provenance | {"case_folder": "/nowhere/gone"}
    text = compose(Facts(other))
    read(text)
    assert "there are no maps" in text


def test_a_run_in_which_nothing_happens(run: Any) -> None:
    quiet = without(run)
    quiet.recorded = quiet.recorded.copy()
    for name, values in quiet.recorded.data_vars.items():
        if values.attrs.get("unit") == "person" and "unit" not in values.dims:
            quiet.recorded[name] = (values.dims, np.zeros(values.shape, values.dtype), values.attrs)
    quiet.events = run.events.slice(0, 0)
    quiet.summary = run.summary | {"outcome": "no_uprising", "dates": {}, "totals": {}}
    facts = Facts(quiet)
    told = tell_in_words(facts)
    assert "No protest grew to a mass." in told
    assert "did not intervene" in told
    assert "There was no uprising." in told
    read(compose(facts))


def test_paragraph_tells_dates_place_and_cost(run: Any, page: str) -> None:
    told = tell_in_words(Facts(run))
    assert escape(told) in page
    for words in ("each standing for 100", "Budapest", "Soviet Union", "withdrew", "cease-fire", "were dead"):
        assert words in told
    assert escape(ONE_DRAW) in page


def test_moments_are_few_in_order_and_apart(run: Any) -> None:
    moments = choose_moments(Facts(run))
    assert len(moments) == 6
    hours = np.diff([m.time for m in moments]) / np.timedelta64(1, "h")
    assert (hours >= 6).all()
    assert [m.letter for m in moments] == list("ABCDEF")
    assert moments[-1].step == run.places.sizes["time"] - 1
    assert any("shots" in m.title.lower() for m in moments)


def test_command_repeats_what_differs(run: Any) -> None:
    words = command(Facts(run))
    assert words.startswith("uprising run hungary-1956 --seed 7 --scale 0.01")
    assert "--set resolve=0.5" in words
    assert words.count("--set") == 1
    last = str(run.places["time"].values[-1])[:10]
    assert f"--until {last}" in words


def test_report_is_written_whole_into_its_folder(run: Any, tmp_path: Path) -> None:
    path = write_report(run, tmp_path / "report.html")
    assert path.read_text(encoding="utf-8").endswith("</html>\n")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    assert path.stat().st_size < 2_000_000


def test_a_case_without_a_map_is_drawn_from_its_coordinates(tmp_path: Path) -> None:
    from uprising import run as simulate
    from uprising.case import load_case, write_template

    case = load_case(write_template(tmp_path / "island"))
    start = case.settings.calendar.start.date().isoformat()
    text = compose(Facts(simulate(case, until=start, scale=0.1, threads=1)))
    read(text)
    maps = text.split('<section id="maps">')[1].split("</section>")[0]
    assert 'class="map country bare"' in maps
    assert 'class="map city"' in maps
    assert 'class="map centre"' not in maps
    assert "workers not at work, 0 to 100" not in maps
    # no drawing becomes a tower
    for wide, high in re.findall(r'class="map [a-z ]+" viewBox="0 0 (\d+) (\d+)"', maps):
        assert 0.5 < int(high) / int(wide) < 1.2
