"""Comparisons: pairs share their draws; effects, intervals and the parting of paths are what they say."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

import uprising
from case_folders import new_case
from experiment_runs import SCALE, study
from uprising.cli import main
from uprising.errors import UserError
from uprising.experiment.quantities import (
    mean_interval,
    paired_share_interval,
    quantiles_of_dates,
    share_interval,
)

SEEDS = range(3)
UNTIL = "1970-05-06"
PARTING = "1970-05-04T18:00"
"""when the event begins that the what-if below removes"""
NO_HILLS = """
title = "No Hills"
question = "Would Lakeland have gone as far without Hill Country's example?"
literature = "Invented."
[[change]]
table = "events"
where = { id = "E_HILLS" }
remove = true
"""


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of a baseline and of a what-if whose change can only act after a date."""
    folder = new_case(tmp_path_factory.mktemp("cases"))
    (folder / "whatif" / "no-hills.toml").write_text(NO_HILLS)
    out = tmp_path_factory.mktemp("ensembles")
    study(folder, out / "base", seeds=SEEDS, until=UNTIL)
    # one seed more: only those in common are compared
    study(folder, out / "no-hills", seeds=range(1, 5), until=UNTIL, what_if="no-hills")
    return out / "base", out / "no-hills"


def test_a_change_that_acts_after_a_date_leaves_every_bit_before_it(worlds: tuple[Path, Path]) -> None:
    base, other = (uprising.open_ensemble(folder).series for folder in worlds)
    moment = np.datetime64(PARTING)
    for seed in (1, 2):
        for name in base.data_vars:
            one, two = (s[name].sel(run=seed).values[s["time"].values < moment] for s in (base, other))
            assert one.tobytes() == two.tobytes(), (seed, name)
        assert not np.array_equal(base["belief"].sel(run=seed), other["belief"].sel(run=seed))


def test_the_same_in_a_case_with_many_events() -> None:
    case = uprising.load_case("hungary-1956")
    before, after = (
        uprising.run(world, scale=0.002, until="1956-10-25", threads=1).places["step_digest"].values
        for world in (case, case.what_if("no-suez"))
    )
    assert np.array_equal(before, after)


def test_paths_part_where_the_change_begins(worlds: tuple[Path, Path]) -> None:
    parting = uprising.compare(*worlds).parting
    assert parting["n_parted"] == 2
    assert parting["earliest"] == PARTING
    for pair in parting["pairs"]:
        assert pair["time"] == PARTING
        assert pair["baseline_event"]["kind"] == "external"
        assert pair["baseline_event"]["time"] == PARTING
        assert pair["what_if_event"] is None or pair["what_if_event"]["time"] >= PARTING
    assert parting["first_events"] == {"external": 2}


def test_effects_are_means_of_paired_differences(worlds: tuple[Path, Path]) -> None:
    comparison = uprising.compare(*worlds)
    runs = [uprising.open_ensemble(folder).runs.set_index("seed").loc[[1, 2]] for folder in worlds]
    differences = (runs[1]["peak_crowd"] - runs[0]["peak_crowd"]).to_numpy(float)
    row = comparison.totals["peak_crowd"]
    assert comparison.findings["n_pairs"] == row["n"] == 2
    assert differences.any(), "the change must change something, or this test tests nothing"
    assert row["difference"] == pytest.approx(differences.mean())
    assert row["baseline"] == pytest.approx(runs[0]["peak_crowd"].mean())
    assert row["interval"][0] <= row["difference"] <= row["interval"][1]
    assert row["standard_error"] == pytest.approx(differences.std(ddof=1) / np.sqrt(2))
    unpaired = np.sqrt(sum(run["peak_crowd"].var(ddof=1) for run in runs) / 2)
    assert row["standard_error_unpaired"] == pytest.approx(unpaired)
    assert row["error_ratio"] == pytest.approx(row["standard_error"] / unpaired)
    began = [run["first_mass_protest"].dropna() for run in runs]
    assert comparison.dates["first_mass_protest"]["n"] == len(began[0].index.intersection(began[1].index))
    assert set(comparison.outcomes) == set(runs[0]["outcome"]) | set(runs[1]["outcome"])
    assert comparison.dates["peak_crowd"]["unit"] == "hour"


def test_a_world_beside_itself_differs_in_nothing(worlds: tuple[Path, Path]) -> None:
    comparison = uprising.compare(worlds[0], uprising.open_ensemble(worlds[0]))
    assert comparison.parting["n_parted"] == 0
    assert comparison.parting["earliest"] is None
    assert {row["difference"] for row in comparison.totals.values() if row["n"]} == {0.0}
    assert {row["difference"] for row in comparison.outcomes.values()} == {0.0}


def test_command_line_and_plot(
    worlds: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(folder) for folder in worlds]
    with pytest.raises(SystemExit) as left:
        main(["compare", *words, "--json", "--plot", str(tmp_path / "effect.svg")])
    assert not left.value.code
    findings = json.loads(capsys.readouterr().out)
    assert findings["n_pairs"] == 2
    assert {"totals", "dates", "outcomes", "parting"} <= set(findings)
    drawn = ElementTree.parse(tmp_path / "effect.svg").getroot()
    text = " ".join(node.text or "" for node in drawn.iter() if node.tag.endswith("text"))
    assert "no-hills against baseline, 2 pairs" in text
    assert "peak crowd" in text
    with pytest.raises(SystemExit):
        main(["compare", *words])
    told = capsys.readouterr().out
    assert "no-hills against baseline" in told
    assert f"at the earliest {PARTING.replace('T', ' ')}" in told


def test_what_is_no_pair_is_told(worlds: tuple[Path, Path], tmp_path: Path) -> None:
    folder = new_case(tmp_path)
    other = study(folder, tmp_path / "e", seeds=[77], until="1970-05-02", scale=SCALE / 2)
    with pytest.raises(UserError) as told:
        uprising.compare(worlds[0], other)
    for words in ("the scale is", "the last day", "no seed in common"):
        assert any(words in fault for fault in told.value.faults)


def test_intervals_are_those_of_the_books() -> None:
    # Student's t with 4 degrees of freedom: 2.1318 at 95 %
    mean, interval, error = mean_interval(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert mean == 3.0
    assert error == pytest.approx(np.sqrt(2.5 / 5))
    assert interval == pytest.approx((3 - 2.13185 * error, 3 + 2.13185 * error), abs=1e-4)
    assert mean_interval(np.array([2.0])) == (2.0, None, None)
    # Wilson's interval of 8 of 10 at 90 % (z = 1.6449)
    assert share_interval(8, 10) == pytest.approx((0.5408, 0.9314), abs=2e-3)
    assert share_interval(0, 5)[0] == 0.0
    low, high = paired_share_interval(0, 0, 50)
    assert low == pytest.approx(-high)
    assert paired_share_interval(1, 30, 50)[0] > 0.4
    dates = [np.datetime64(f"2000-01-0{day}", "m") for day in (1, 2, 9)]
    assert quantiles_of_dates([*dates, None])["q50"] == "2000-01-02T00:00"
    assert quantiles_of_dates([*dates, None])["share"] == 0.75
    assert quantiles_of_dates([None])["q50"] is None


def test_coverage_of_the_mean_interval() -> None:
    """Of 90 % intervals of a known mean, nine in ten hold it."""
    draws = np.random.Generator(np.random.Philox(1)).normal(3.0, 2.0, (2000, 12))
    held = [low <= 3.0 <= high for row in draws for low, high in [mean_interval(row)[1] or (0.0, 0.0)]]
    assert np.mean(held) == pytest.approx(0.9, abs=0.02)
