"""Same seed, same bits: threads, repetition, folders, records; another seed or world, other bits."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import uprising
from small_worlds import LIVELY, SCALE, begin, template
from uprising.kernel import hear
from uprising.state import ROLES

DAYS = {"until": "1970-05-08", "scale": SCALE, "parameters": LIVELY, "threads": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("case") / "island"
    shutil.copytree(template().folder, copy)
    return copy


def lively_run(case: Any, **changes: Any) -> Any:
    return uprising.run(case, **{"seed": 1, **DAYS, **changes})


@pytest.fixture(scope="module")
def first(folder: Path) -> Any:
    return lively_run(str(folder))


def digest(result: Any) -> str:
    return str(result.summary["result_digest"])


def test_the_run_is_worth_comparing(first: Any) -> None:
    totals = first.summary["totals"]
    assert totals["peak_crowd"] > 1000
    assert totals["dead_civilian"] > 0 and totals["detained"] > 0
    assert len(digest(first)) == 64


@pytest.mark.parametrize("threads", [2, 5])
def test_threads_change_nothing(folder: Path, first: Any, threads: int) -> None:
    again = lively_run(folder, threads=threads)
    assert digest(again) == digest(first)
    assert again.events.equals(first.events)
    assert again.places.equals(first.places)


def test_two_runs_in_a_row_and_a_folder_of_output_change_nothing(
    folder: Path, first: Any, tmp_path: Path
) -> None:
    written = lively_run(uprising.load_case(folder), out=tmp_path / "run")
    assert digest(written) == digest(first)
    assert digest(uprising.open_result(tmp_path / "run")) == digest(first)


def test_people_from_the_cache_are_the_people_made_anew(
    folder: Path, first: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPRISING_CACHE", str(tmp_path))
    assert digest(lively_run(folder)) == digest(first)


def test_chunks_of_people_change_nothing(monkeypatch: pytest.MonkeyPatch, folder: Path, first: Any) -> None:
    monkeypatch.setattr("uprising.clocks.crowd.CHUNK", 17)
    assert digest(lively_run(folder, threads=2)) == digest(first)


@pytest.mark.parametrize("loss", [0.0, 0.3])
def test_watching_only_those_who_may_change_changes_nothing(loss: float) -> None:
    careful, quick = begin(), begin()
    for crisis in (careful, quick):  # an anger that fades within days
        crisis.outside.loss[ROLES.index("industrial_worker"), 0] = loss
        crisis.outside.hours[0], crisis.outside.half_life_hours[0] = -100.0, 12.0
    careful.crowd.is_bounded = False
    assert quick.crowd.is_bounded
    for step in range(260):
        careful.step()
        quick.step()
        np.testing.assert_array_equal(
            careful.crowd.people.activity, quick.crowd.people.activity, err_msg=f"step {step}"
        )


def test_pulls_of_teams_that_did_not_move_need_not_be_made_anew() -> None:
    crisis = begin()
    crowd, parameters = crisis.crowd, crisis.parameters
    fresh, all_stale, seen = np.zeros_like(crowd.team_pull), np.ones_like(crowd.is_stale), 0
    most = np.zeros_like(crowd.most_team_pull)
    for step in range(260):
        crisis.step()
        hear.pull_of_teams(
            all_stale, crowd.team_share, crowd.workplace_share, crowd.groups.team_workplace, crowd.acquaintance,
            parameters["pull_team"], parameters["pull_workplace"], parameters["pull_acquaintance"], fresh,
        )  # fmt: skip
        assert crowd.team_pull.tobytes() == fresh.tobytes(), f"step {step}"
        seen += 0 < crowd.is_stale.sum() < len(all_stale)
        people, has_team = crowd.people, crowd.people.team >= 0
        bucket = people.home[has_team].astype(int) * len(ROLES) + people.role[has_team]
        most[:] = 0.0
        for act in range(2):
            np.maximum.at(most[act], bucket, crowd.team_pull[people.team[has_team], act])
        assert (crowd.most_team_pull >= most).all(), f"step {step}"
    assert seen > 50, "some moved, others did not"
    assert crowd.most_team_pull.any()
    assert len(crowd.commuters[0]), "somebody must live elsewhere, or nothing is shown"


def test_another_seed_gives_another_run(folder: Path, first: Any) -> None:
    digests = {digest(lively_run(folder, seed=seed, until="1970-05-02")) for seed in (0, 1, 2, 2**63 - 1)}
    assert len(digests) == 4
    assert digest(first) not in digests


def test_the_record_of_a_case_is_not_read(tmp_path: Path) -> None:
    shipped = uprising.load_case("hungary-1956").folder
    bare = tmp_path / "hungary-1956"
    shutil.copytree(shipped, bare)
    assert any((bare / "record").iterdir()), "without a record this test shows nothing"
    shutil.rmtree(bare / "record")
    days = {"scale": 0.001, "until": "1956-10-19", "threads": 1}
    assert digest(uprising.run(bare, **days)) == digest(uprising.run("hungary-1956", **days))


LATER = {
    "an event that never comes": """
        [[change]]
        table = "events"
        where = { id = "E_CANAL" }
        remove = true
    """,
    "an event that comes later": """
        [[change]]
        table = "events"
        where = { id = "E_HILLS" }
        set = { time = "1970-05-06T12:00" }
    """,
}
# the hours of E_CANAL and of E_HILLS in the template, in steps of half an hour
CHANGES_AT = {"an event that never comes": 8 * 48 + 12, "an event that comes later": 3 * 48 + 36}


@pytest.mark.parametrize("name", LATER)
def test_a_what_if_changes_nothing_before_it_acts(folder: Path, name: str) -> None:
    rule = folder / "whatif" / "later.toml"
    rule.write_text(f'title = "later"\n{LATER[name]}', encoding="utf-8")
    until = {"until": "1970-05-11"}
    base, other = lively_run(folder, **until), lively_run(folder, what_if="later", **until)
    before, after = (run.places["step_digest"].values for run in (base, other))
    same = before == after
    assert same[: CHANGES_AT[name]].all()
    # the digest is a chain: once different, always different
    assert not same[CHANGES_AT[name] :].any()
    assert base.summary["result_digest"] != other.summary["result_digest"]


def test_a_what_if_has_the_same_people(folder: Path) -> None:
    case = uprising.load_case(folder)
    base, other = begin(case), begin(case.what_if("no-news"))
    for column, twin in zip(base.crowd.people, other.crowd.people, strict=True):
        np.testing.assert_array_equal(column, twin)
