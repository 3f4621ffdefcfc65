"""Same seed, same bits: threads, repetition, folders, records; another seed or world, other bits."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import uprising
from small_worlds import LIVELY, SCALE, begin, template
from uprising.kernel.perception import influence
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
    monkeypatch.setattr("uprising.crisis.population.CHUNK", 17)
    assert digest(lively_run(folder, threads=2)) == digest(first)


@pytest.mark.parametrize("loss", [0.0, 0.3])
def test_watching_only_those_who_may_change_changes_nothing(loss: float) -> None:
    careful, quick = begin(), begin()
    for clock in (careful, quick):  # an anger that fades within days
        events = clock.crisis.setting.outside
        events.loss[ROLES.index("industrial_worker"), 0] = loss
        events.hours[0], events.half_life_hours[0] = -100.0, 12.0
    careful.stages["people reconsider"].is_bounded = False
    assert quick.stages["people reconsider"].is_bounded
    for step in range(260):
        careful.step()
        quick.step()
        np.testing.assert_array_equal(
            careful.crisis.population.people.activity, quick.crisis.population.people.activity, err_msg=f"step {step}"
        )


def test_pulls_of_teams_that_did_not_move_need_not_be_made_anew() -> None:
    clock = begin()
    crisis, seen = clock.crisis, 0
    population, crowd = crisis.population, crisis.influence
    groups, people, counters = population.groups, population.people, population.counters
    parameters = crisis.setting.parameters
    has_team = people.team >= 0
    bucket = people.home[has_team].astype(int) * len(ROLES) + people.role[has_team]
    felt = {(team, b) for team, b in zip(people.team[has_team].tolist(), bucket.tolist(), strict=True)}
    own = groups.workplace_place.astype(int) * len(ROLES) + groups.workplace_role
    felt |= set(enumerate(own[groups.team_workplace].tolist()))
    by_team, by_bucket = np.array(sorted(felt)).T
    weights = [np.float32(parameters[f"pull_{name}"]) for name in ("team", "workplace")]
    weights.append(np.float32(parameters["pull_acquaintance"] / influence.N_ACQUAINTANCES))
    smallest = np.maximum(groups.team_size, influence.SMALLEST_TEAM)
    one_of = [(1.0 / size).astype(np.float32) for size in (smallest, np.maximum(groups.workplace_size, 1))]
    per_neighbour = (parameters["pull_block"] / np.maximum(groups.block_size, 1)).astype(np.float32)
    for step in range(260):
        before = [column.copy() for column in counters]
        clock.step()
        # what the counts were when people looked around: those of the last step
        _, out, stopped, workplace_out, workplace_stopped, block_out, _ = before
        for act, (team, workplace) in enumerate(((out, workplace_out), (stopped, workplace_stopped))):
            share = team.astype(np.float32) * one_of[0]
            of_workplace = (workplace.astype(np.float32) * one_of[1])[groups.team_workplace]
            first, second, third = share[crowd.acquaintance].T
            pull = weights[0] * share + weights[1] * of_workplace + weights[2] * (first + second + third)
            assert crowd.team_pull[:, act].tobytes() == pull.tobytes(), f"step {step}"
            most = np.zeros(crowd.most_team_pull.shape[1])
            np.maximum.at(most, by_bucket, pull[by_team])
            np.testing.assert_array_equal(crowd.most_team_pull[act], most, err_msg=f"step {step}")
        pull = block_out.astype(np.float32) * per_neighbour
        assert crowd.block_pull.tobytes() == pull.tobytes(), f"step {step}"
        most = np.zeros(len(crowd.most_block_pull))
        np.maximum.at(most, groups.block_place, pull)
        np.testing.assert_array_equal(crowd.most_block_pull, most, err_msg=f"step {step}")
        seen += 0 < crowd.n_stale < len(groups.team_size)
    assert seen > 50, "some moved, others did not"
    assert crowd.most_team_pull.any()
    assert len(felt) > len(groups.team_size), "somebody must live elsewhere, or nothing is shown"


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
    for column, twin in zip(base.crisis.population.people, other.crisis.population.people, strict=True):
        np.testing.assert_array_equal(column, twin)
