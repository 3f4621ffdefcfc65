"""What objects show in a notebook: small tables, every text escaped, nothing from elsewhere."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import uprising
from case_folders import new_case
from uprising import models, notebook
from uprising.score.card import Scorecard

WICKED = '<img src=x onerror=alert(1)>&"'
ALLOWED = {"div", "strong", "table", "thead", "tbody", "tr", "th", "td", "p"}


class Page(HTMLParser):
    """Collects tags, attributes and text, and sees that tags are closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[Any] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page_of(shown: Any) -> Page:
    """The HTML of an object, which holds nothing but small tables."""
    text = shown._repr_html_()
    assert len(text) < 20_000
    page = Page(text)
    assert page.tags <= ALLOWED and not page.attributes
    return page


@pytest.fixture(scope="module")
def island(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = new_case(tmp_path_factory.mktemp("cases"))
    settings = folder / "case.toml"
    lines = settings.read_text(encoding="utf-8").splitlines()
    settings.write_text(
        "\n".join(f"title = '{WICKED}'" if line.startswith("title =") else line for line in lines),
        encoding="utf-8",
    )
    return folder


def test_cases_runs_ensembles_and_comparisons_are_tables(island: Path, tmp_path: Path) -> None:
    case = uprising.load_case(island)
    page = page_of(case)
    assert WICKED in page.words and "120,000" in page.words

    settings = {"scale": 0.02, "until": "1970-05-01"}
    result = uprising.run(case, seed=1956, threads=1, **settings)
    page = page_of(result)
    assert {"1956", result.summary["outcome"], result.summary["result_digest"]} <= set(page.words)

    studies = [
        uprising.ensemble(case, seeds=[1, 2], what_if=name, workers=1, **settings) for name in (None, "no-news")
    ]
    assert "2 of 2 runs of island, scale 0.02" in page_of(studies[0]).words
    page = page_of(uprising.compare(*studies))
    assert "no-news against baseline, 2 pairs of the same seed" in page.words


def test_models_and_long_tables_are_shortened() -> None:
    result = models.run("granovetter", experiment="drawn", seeds=range(30))
    page = page_of(result)
    assert "and 10 more" in page.words and page.words.count("0") <= 30
    assert page_of(models.run("granovetter", steps=5, seeds=[])).words == ["granovetter, defaults, 5 steps", "seed"]


def test_a_scorecard_is_a_list_and_a_table() -> None:
    row = {"inside": True, "target": WICKED, "on_record": "1 < 2", "simulated": "1", "text": "what"}
    card = Scorecard([row, {**row, "inside": None}])  # type: ignore[list-item]
    assert card == [row, {**row, "inside": None}] and isinstance(card, list)
    page = page_of(card)
    assert page.words[0] == "1 of 1 targets inside"
    assert {WICKED, "hit", "open", "1 < 2"} <= set(page.words)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), (True, "yes"), (1234567, "1,234,567"), (0.123456, "0.1235"), (2660.4, "2,660"), (WICKED, WICKED)],
)
def test_values_are_written_for_readers(value: Any, shown: str) -> None:
    assert notebook.text(value) == shown


def test_a_run_in_a_notebook_prints_nothing(island: Path, capsys: pytest.CaptureFixture[str]) -> None:
    uprising.run(str(island), scale=0.02, until="1970-05-01", threads=1)
    uprising.ensemble(str(island), runs=1, scale=0.02, until="1970-05-01", workers=1)
    assert capsys.readouterr() == ("", "")
