"""The scorecard: CRPS against its definition, hits and misses, the naive guess, ensembles, folders."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scored_runs import target, view
from uprising.case import load_case, write_template
from uprising.errors import UserError
from uprising.score import crps, score, summary_of
from uprising.score.card import score_views
from uprising.score.naive import naive_ensemble, scale

numbers = st.floats(-1e6, 1e6)


@given(st.lists(numbers, min_size=1, max_size=30), numbers)
def test_crps_is_that_of_its_definition(members: list[float], value: float) -> None:
    x = np.array(members)
    brute = np.abs(x - value).mean() - 0.5 * np.abs(x[:, None] - x[None, :]).mean()
    assert crps(members, value) == pytest.approx(brute, rel=1e-9, abs=1e-6)


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=8), st.integers(-20, 20))
def test_crps_is_the_area_between_the_distribution_and_the_step(members: list[int], value: int) -> None:
    grid = np.arange(-21, 21) + 0.5
    below = (np.array(members)[:, None] <= grid[None, :]).mean(axis=0)
    assert crps(members, value) == pytest.approx(((below - (grid >= value)) ** 2).sum(), abs=1e-9)


def test_crps_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no members"):
        crps([], 1.0)


def test_a_single_run_must_lie_in_the_range() -> None:
    queries = [target("at", "crowd", start=1.0, low=low, high=high, documented=9.0) for low, high in
               [(8.0, 9.0), (9.0, 9.0), (9.5, 12.0), (1.0, 8.9)]]  # fmt: skip
    assert [score_views([query], [view()])[0]["inside"] for query in queries] == [True, True, False, False]


def test_an_ensemble_needs_only_to_overlap() -> None:
    views = [view(extra) for extra in range(0, 100, 5)]
    # students of the city at 1 o'clock: 2 + 0, 5 .. 95
    query = {"statistic": "at", "variable": "crowd", "start": 1.0, "side": ("student",), "place": ("T_CITY",)}
    (row,) = score_views([target(**query, low=90.0, high=200.0, documented=150.0)], views)
    members = 2.0 + np.arange(0, 100, 5)
    assert row["runs"] == 20
    assert row["median"] == np.median(members)
    assert (row["q05"], row["q95"]) == (np.quantile(members, 0.05), np.quantile(members, 0.95))
    assert row["inside"] is True
    assert row["crps"] == pytest.approx(crps(np.log10(1 + members), np.log10(151.0)))
    (row,) = score_views([target(**query, low=96.0, high=200.0, documented=150.0)], views)
    assert row["inside"] is False
    assert row["miss"] is not None and row["miss"] > 0.0


def test_a_bound_has_no_crps_but_is_judged() -> None:
    (low,) = score_views([target("at", "crowd", start=1.0, documented=None, low=9.5)], [view()])
    (high,) = score_views([target("at", "crowd", start=1.0, documented=None, high=9.5)], [view()])
    assert (low["inside"], high["inside"]) == (False, True)
    assert low["crps"] is low["crps_naive"] is None
    assert (low["on_record"], high["on_record"]) == ("at least 10", "at most 10")


def test_a_moment_is_known_to_the_step() -> None:
    # the shots of 6 o'clock fell between 6:00 and 6:30
    def judged(low: float, high: float) -> bool | None:
        query = target("first_day", "shots", "event", "day", documented=low, low=low, high=high)
        return score_views([query], [view()])[0]["inside"]

    assert judged(6.4 / 24, 6.45 / 24) is True
    assert judged(6.6 / 24, 7.0 / 24) is False
    assert judged(5.0 / 24, 5.9 / 24) is False


def test_worst_misses_come_first_and_what_can_not_be_told_is_reported() -> None:
    from dataclasses import replace

    targets = [
        replace(target("at", "crowd", start=1.0, documented=9.0), id="HIT"),
        replace(target("at", "wounded", start=1.0), id="OPEN"),
        replace(target("at", "crowd", start=1.0, documented=20.0), id="NEAR"),
        replace(target("at", "crowd", start=1.0, documented=4000.0), id="FAR"),
    ]
    rows = score_views(targets, [view()])
    assert [row["target"] for row in rows] == ["FAR", "NEAR", "HIT", "OPEN"]
    assert rows[-1]["inside"] is None
    assert "did not record wounded" in rows[-1]["reason"]
    assert summary_of(rows) == {"inside": 1, "all": 3}


def test_one_run_that_can_not_tell_opens_the_target() -> None:
    bare = view()
    bare.series = bare.series.drop_vars("dead")
    (row,) = score_views([target("final", "dead", end=48.0)], [view(), bare])
    assert row["inside"] is None
    assert row["reason"].startswith("1 of 2 runs: ")


def test_the_share_of_runs_in_which_it_happened_is_told() -> None:
    silent = view()
    silent.events = []
    (row,) = score_views([target("first_day", "shots", "event", "day", documented=0.25)], [view(), silent])
    assert row["happened"] == 0.5
    assert "in 50% of runs" in row["simulated"]


def test_naive_guesses_keep_to_what_can_not_be_otherwise() -> None:
    seen = view()
    moment = naive_ensemble(target("first_day", "shots", "event", "day"), seen)
    assert (moment.min(), moment.max()) == pytest.approx((0.0, 4.0), abs=0.01)
    assert moment.mean() == pytest.approx(2.0)
    lag = naive_ensemble(target("lag", "truce", "event", "day", after="ban"), seen)
    assert (lag.min(), lag.max()) == pytest.approx((1 / 48, 4.0), rel=0.01)
    crowd = naive_ensemble(target("at", "crowd", start=1.0, place=("T_CITY",)), seen)
    assert crowd.max() == pytest.approx(np.log10(4001.0), rel=0.01)
    # a site draws on its whole town
    site = naive_ensemble(target("peak", "site_fighting", place=("S_SQUARE",)), seen)
    assert site.max() == pytest.approx(np.log10(4001.0), rel=0.01)
    men = naive_ensemble(target("at", "unit_men", start=1.0, side=("hegemon",)), seen)
    assert men.max() == pytest.approx(np.log10(1001.0), rel=0.01)
    assert naive_ensemble(target("at", "conceded", unit="demand"), seen).max() == pytest.approx(12, rel=0.01)
    assert naive_ensemble(target("at", "belief", unit="1"), seen).max() == pytest.approx(1.0, rel=0.01)
    assert scale(99.0, "person") == 2.0
    assert scale(99.0, "day") == 99.0


HEADER = "id,pattern,text,kind,variable,place,start,statistic,documented,low,high,unit,set,source\n"
ROWS = (
    "CALM,P1,nobody is out at first,series,crowd,,{start},at,0,0,200,person,training,{source}\n"
    "PROTEST,P1,crowds,event,mass_protest,,,first_day,1,0,2,day,validation,{source}\n"
)


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A template with a small record, and the folder of a day's run of it."""
    import uprising

    folder = tmp_path_factory.mktemp("case") / "island"
    write_template(folder)
    case = load_case(folder)
    start = case.settings.calendar.start
    source = case.tables["sources"].rows[0]["id"]
    (folder / "record").mkdir()
    (folder / "record" / "targets.csv").write_text(
        HEADER + ROWS.format(start=f"{start.isoformat(timespec='minutes')[:11]}02:00", source=source), "utf-8"
    )
    out = tmp_path_factory.mktemp("run") / "out"
    until = str(np.datetime64(start, "D"))
    uprising.run(case, scale=0.0125, until=until, threads=1, out=out)
    return folder, out


def test_a_run_in_memory_and_its_folder_score_alike(scored: tuple[Path, Path]) -> None:
    import uprising

    rows = score(scored[1])
    assert uprising.open_result(scored[1]).score() == rows
    by_id = {row["target"]: row for row in rows}
    assert by_id["CALM"]["inside"] is not None
    # the run ends after a day: it can't say whether crowds come within two
    assert "the run covers" in by_id["PROTEST"]["reason"]
    assert {row["target"] for row in score(scored[1], set="validation")} == {"PROTEST"}
    assert score([scored[1], scored[1]])[0]["runs"] == 2


def test_an_ensemble_folder_is_scored_run_by_run(scored: tuple[Path, Path], tmp_path: Path) -> None:
    import uprising

    case = load_case(scored[0])
    until = str(np.datetime64(case.settings.calendar.start, "D"))
    out = tmp_path / "many"
    uprising.ensemble(case, runs=2, seeds=(3, 4), scale=0.0125, until=until, out=out)
    alone = [uprising.run(case, seed=seed, scale=0.0125, until=until, threads=1) for seed in (3, 4)]
    assert score(out) == score(alone)


def test_without_a_record_the_message_is_clear_and_the_run_is_the_same(
    scored: tuple[Path, Path], tmp_path: Path
) -> None:
    import uprising

    folder = tmp_path / "island"
    shutil.copytree(scored[0], folder)
    shutil.rmtree(folder / "record")
    case = load_case(folder)
    until = str(np.datetime64(case.settings.calendar.start, "D"))
    result = uprising.run(case, scale=0.0125, until=until, threads=1)
    assert result.summary["result_digest"] == uprising.open_result(scored[1]).summary["result_digest"]
    with pytest.raises(UserError, match=r"no record/targets\.csv"):
        result.score()


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder"):
        score(tmp_path / "none")
    with pytest.raises(UserError, match="no finished run or ensemble"):
        score(tmp_path)
    with pytest.raises(UserError, match="no run to score"):
        score([])
    with pytest.raises(UserError, match="can't be scored"):
        score(7)
    with pytest.raises(UserError, match="no set of targets"):
        score(tmp_path, set="test")


def test_the_command_prints_hits_and_misses_and_json(
    scored: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    from uprising.cli import main

    with pytest.raises(SystemExit) as left:
        main(["score", str(scored[1]), "--json"])
    assert left.value.code == 0
    rows = json.loads(capsys.readouterr().out)
    wanted = {"target", "pattern", "documented", "low", "high", "median", "q05", "q95", "inside", "crps",
              "crps_naive", "source"}  # fmt: skip
    assert wanted <= set(rows[0])
    with pytest.raises(SystemExit):
        main(["score", str(scored[1])])
    text = capsys.readouterr().out
    assert "CALM" in text
    assert "could not be evaluated" in text
    with pytest.raises(SystemExit) as left:
        main(["score", str(scored[0])])
    assert left.value.code == 2
    assert "no finished run" in capsys.readouterr().err


def test_the_score_enters_the_summary_of_a_run_with_a_record(
    scored: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    from uprising.cli import main

    until = str(np.datetime64(load_case(scored[0]).settings.calendar.start, "D"))
    arguments = ["run", str(scored[0]), "--scale", "0.0125", "--until", until, "--json", "--threads", "1"]
    with pytest.raises(SystemExit):
        main([*arguments, "--out", str(tmp_path / "out")])
    summary = json.loads(capsys.readouterr().out)
    known = json.loads((scored[1] / "summary.json").read_text("utf-8"))
    assert summary["score"]["all"] == 1
    assert json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["score"] == summary["score"]
    assert summary["result_digest"] == known["result_digest"]
    assert "Scorecard" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_a_damaged_record_is_told_and_the_run_is_kept(
    scored: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from uprising.cli.score import rows_of
    from uprising.result import open_result

    folder = tmp_path / "island"
    shutil.copytree(scored[0], folder)
    targets = folder / "record" / "targets.csv"
    targets.write_text(targets.read_text("utf-8").replace("training", "training_"), "utf-8")
    result = open_result(scored[1])
    result.provenance["case_folder"] = str(folder)
    assert rows_of(result) is None
    told = capsys.readouterr().err
    assert "could not be scored" in told
    assert "did you mean training?" in told
    # what nobody documented is not scored
    result.summary["what_if"] = "another"
    assert rows_of(result) is None
    assert capsys.readouterr().err == ""
