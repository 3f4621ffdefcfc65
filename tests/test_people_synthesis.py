"""The people: margins within rounding, groups of real sizes, the same people every time."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, truncnorm

from case_folders import new_case
from uprising.case import Case, load_case
from uprising.case import people as making
from uprising.case.geography import LEAVES
from uprising.errors import UserError
from uprising.kernel.population import synthesis
from uprising.state import N_STRIPES, ROLES, Groups, People, digest_of

DEPENDENT = ROLES.index("dependent")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return load_case(new_case(tmp_path_factory.mktemp("people")))


@pytest.fixture(scope="module")
def everybody(case: Case) -> tuple[People, Groups]:
    return making.make_people(case, 1.0)


def real_counts(case: Case) -> np.ndarray:
    """[p, r] people of the tables."""
    leaves = [row["id"] for row in case.tables["places"].rows if row["kind"] in LEAVES]
    counts = np.zeros((len(leaves), len(ROLES)))
    for row in case.tables["roles"].rows:
        counts[leaves.index(row["place"]), ROLES.index(row["role"])] += row["count"]
    return counts


def check(case: Case, scale: float, people: People, groups: Groups) -> None:
    """Everything that must hold for every population."""
    real = real_counts(case)
    n = round(scale * real.sum())
    assert people.n_rows == n
    assert all(len(column) == n for column in people)
    made = np.zeros(real.shape)
    np.add.at(made, (people.home, people.role), 1)
    # the total is rounded first, so a margin may move by its share of half a person more
    slack = 1.0 + 0.5 * real / real.sum() + 1e-9
    assert (np.abs(made - scale * real) < slack).all()
    assert (np.abs(made.sum(axis=0) - scale * real.sum(axis=0)) < 1.5 + 1e-9).all()
    assert (np.abs(made.sum(axis=1) - scale * real.sum(axis=1)) < 1.5 + 1e-9).all()

    for member, size in ((people.household, groups.household_size), (people.block, groups.block_size)):
        assert (np.bincount(member, minlength=len(size)) == size).all()
        assert (size > 0).all()
    at_work = people.team >= 0
    assert (at_work == (people.role != DEPENDENT)).all()
    assert (np.bincount(people.team[at_work], minlength=len(groups.team_size)) == groups.team_size).all()
    assert (groups.team_size > 0).all()
    by_workplace = np.bincount(groups.team_workplace, groups.team_size, len(groups.workplace_size))
    assert (by_workplace == groups.workplace_size).all()
    workplace = groups.team_workplace[people.team[at_work]]
    assert (groups.workplace_role[workplace] == people.role[at_work]).all()
    assert (np.diff(groups.team_workplace) >= 0).all()

    assert (groups.block_place[people.block] == people.home).all()
    for whole in (people.block, people.home):
        of_household = np.zeros(len(groups.household_size), np.int64)
        of_household[people.household] = whole
        assert (of_household[people.household] == whole).all()
    stripe = people.household % N_STRIPES
    assert (np.lexsort((people.household, people.home, stripe)) == np.arange(n)).all()
    segment = stripe.astype(np.int64) * len(real) + people.home
    edges = np.searchsorted(segment, np.arange(N_STRIPES * len(real) + 1))
    assert (edges == groups.segment_start).all()

    assert people.bytes_per_person() < 40
    assert (people.activity == 0).all()
    assert (people.site == -1).all()
    assert ((people.hardship >= 0) & (people.hardship <= 1)).all()


@pytest.mark.parametrize("scale", [1.0, 0.3, 0.1, 0.0137, 0.001])
def test_margins_and_groups_hold_at_every_scale(case: Case, scale: float) -> None:
    check(case, scale, *making.make_people(case, scale))


def test_full_scale_is_exact(case: Case, everybody: tuple[People, Groups]) -> None:
    people, _ = everybody
    made = np.zeros((9, len(ROLES)))
    np.add.at(made, (people.home, people.role), 1)
    assert (made == real_counts(case)).all()


def test_ages_and_sexes_are_those_of_the_tables(case: Case, everybody: tuple[People, Groups]) -> None:
    people, _ = everybody
    for row in case.tables["ages"].rows:
        role = people.role == ROLES.index(row["role"])
        band = (people.age >= row["age_low"]) & (people.age <= row["age_high"])
        band &= people.sex == (row["sex"] == "male")
        # each single year is rounded
        most = row["age_high"] - row["age_low"] + 1
        assert abs((role & band).sum() - row["share"] * role.sum()) <= most
    # within a place too: women among the industrial workers of the docks are a quarter
    docks = (people.home == 2) & (people.role == ROLES.index("industrial_worker"))
    assert abs((people.sex[docks] == 0).mean() - 0.25) < 0.01


def test_margins_of_places_follow_ages_within_rounding(case: Case) -> None:
    margins = making.margins_of(case, 0.1)
    by_role = margins.place_role_sex_age.sum(axis=(2, 3))
    assert (by_role == margins.place_role).all()
    pool = margins.place_role_sex_age.sum(axis=0)
    for r in range(len(ROLES)):
        people = pool[r].sum()
        expected = margins.place_role[:, r, None, None] * pool[None, r] / max(1, people)
        assert (np.abs(margins.place_role_sex_age[:, r] - expected) < 1.0).all()


def test_rounding_is_fair() -> None:
    """A cell of 0.3 becomes 1 in about three of ten cases, and margins never move."""
    rng = np.random.default_rng(3)
    part = rng.integers(1, 10, (40, 40))
    part[:, -1] = (part[:, -1] - part.sum(axis=1)) % 10
    part[-1] = (part[-1] - part.sum(axis=0)) % 10
    assert not (part.sum(axis=0) % 10).any()
    assert not (part.sum(axis=1) % 10).any()
    total = np.zeros(part.shape)
    asker = 0
    for _ in range(200):
        rounded = part.astype(np.int64)
        asker = synthesis.round_controlled(rounded, 10, asker)
        assert set(np.unique(rounded)) <= {0, 10}
        assert (rounded.sum(axis=0) == part.sum(axis=0)).all()
        assert (rounded.sum(axis=1) == part.sum(axis=1)).all()
        total += rounded
    assert np.abs(total / 200 - part).max() < 2.0
    assert np.abs(total / 200 - part).mean() < 0.3


def test_households_look_like_families(everybody: tuple[People, Groups]) -> None:
    people, groups = everybody
    n = len(groups.household_size)
    assert abs(groups.household_size.mean() - 3.0) < 0.1
    assert groups.household_size.max() <= 12
    adults = np.bincount(people.household[people.age >= 18], minlength=n)
    children = np.bincount(people.household[people.age < 18], minlength=n)
    assert (adults[children > 0] > 0).all()
    oldest = np.zeros(n, np.int64)
    np.maximum.at(oldest, people.household, people.age)
    child = people.age < 15
    gap = oldest[people.household[child]] - people.age[child]
    assert np.quantile(gap, 0.02) >= 16
    young_soldiers = (people.role == ROLES.index("soldier")) & (people.age < 25)
    rooms = np.unique(people.household[young_soldiers])
    in_rooms = np.isin(people.household, rooms)
    assert (people.role[in_rooms] == ROLES.index("soldier")).all()
    assert groups.household_size[rooms].max() == 8
    assert (groups.household_size == 1).mean() > 0.05


def test_blocks_and_teams_have_real_sizes_at_small_scales(case: Case) -> None:
    for scale, low in ((1.0, 185), (0.1, 150)):
        _, groups = making.make_people(case, scale)
        assert groups.block_size.min() >= low
        assert groups.block_size.max() <= 260
        middle = np.median(groups.team_size)
        assert 25 <= middle <= 35


def test_colleagues_are_not_neighbours(everybody: tuple[People, Groups]) -> None:
    people, groups = everybody
    big = np.flatnonzero(groups.team_size >= 25)[:300]
    blocks = [len(np.unique(people.block[people.team == t])) for t in big[::10]]
    assert np.mean(blocks) > 10


def test_named_workplaces_are_filled_from_their_place_then_from_near(case: Case) -> None:
    people, groups = making.make_people(case, 1.0)
    rows = case.tables["workplaces"].rows
    leaves = [row["id"] for row in case.tables["places"].rows if row["kind"] in LEAVES]
    sites = case.tables["sites"].column("id")
    for w, row in enumerate(rows):
        assert groups.workplace_size[w] == row["people"]
        assert leaves[groups.workplace_place[w]] == row["place"]
        assert groups.workplace_site[w] == (sites.index(row["site"]) if row["site"] else -1)
        mine = np.isin(people.team, np.flatnonzero(groups.team_workplace == w))
        assert (
            people.home[mine] == leaves.index(row["place"])
        ).all()  # the template's plants find all at home
    bigger = [row | {"people": 6000} if row["id"] == "W_SHIPYARD" else row for row in rows]
    people, groups = making.make_people(case.with_table("workplaces", bigger), 1.0)
    crew = people.home[np.isin(people.team, np.flatnonzero(groups.team_workplace == 0))]
    workers = people.role == ROLES.index("industrial_worker")
    docks, university = leaves.index("D_DOCKS"), leaves.index("D_UNIVERSITY")
    assert (crew == docks).sum() == (workers & (people.home == docks)).sum() == 5440
    assert (crew == university).sum() == 560  # the nearest place
    assert len(crew) == 6000


def test_plants_shrink_with_scale_but_not_below_a_team(case: Case) -> None:
    _, groups = making.make_people(case, 0.1)
    assert groups.workplace_size[0] == 260
    _, groups = making.make_people(case, 0.01)
    assert groups.workplace_size[0] == 30


def test_traits(everybody: tuple[People, Groups]) -> None:
    people, _ = everybody
    mean = 0.65
    assert abs(people.hardship.mean() - mean) < 0.003
    assert abs(people.hardship.var() - mean * (1 - mean) / 7.5) < 0.001
    assert abs(people.threshold.mean()) < 0.01
    cut = truncnorm(-synthesis.FARTHEST, synthesis.FARTHEST)
    assert abs(people.threshold.std() - cut.std()) < 0.005
    assert np.abs(people.threshold).max() <= synthesis.FARTHEST
    assert np.quantile(people.threshold, [0.1, 0.3, 0.8]) == pytest.approx(cut.ppf([0.1, 0.3, 0.8]), abs=0.01)
    assert abs(people.risk_aversion.mean() - 0.5) < 0.005
    assert abs(np.corrcoef(people.hardship, people.risk_aversion)[0, 1]) < 0.01
    assert abs(np.corrcoef(people.hardship, people.threshold)[0, 1]) < 0.01
    levels = [0.01, 0.05, 0.5, 0.95, 0.99]
    expected = beta(6.5 * mean, 6.5 * (1 - mean)).ppf(levels)
    assert np.quantile(people.hardship, levels) == pytest.approx(expected, abs=0.01)


def test_same_people_every_time(case: Case, everybody: tuple[People, Groups]) -> None:
    again = making.make_people(case, 1.0)
    assert digest_of(*again) == digest_of(*everybody)
    other = making.make_people(case.with_settings("eve", hardship=0.5), 1.0)
    assert digest_of(other[0].household) == digest_of(everybody[0].household)
    assert digest_of(other[0].hardship) != digest_of(everybody[0].hardship)


def test_compiled_and_plain_python_make_the_same_people(case: Case) -> None:
    program = (
        "import sys; from uprising.case import load_case; from uprising.case.people import make_people;"
        "from uprising.state import digest_of; print(digest_of(*make_people(load_case(sys.argv[1]), 0.003)))"
    )
    source = str(Path(making.__file__).parents[2])
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": source}
    plain = subprocess.run(
        [sys.executable, "-c", program, str(case.folder)], capture_output=True, text=True, env=environment
    )
    assert plain.stdout.strip() == digest_of(*making.make_people(case, 0.003)), plain.stderr


@pytest.mark.parametrize("scale", [0.0, -1.0, 1.5, float("nan")])
def test_wrong_scales(case: Case, scale: float) -> None:
    with pytest.raises(UserError, match="it must be above 0 and at most 1"):
        making.synthesise(case, scale)


def test_scale_without_people(case: Case) -> None:
    with pytest.raises(UserError, match="nobody of 120000 people is left; use at least"):
        making.make_people(case, 1e-6)
    people, groups = making.make_people(case, 1e-5)
    check(case, 1e-5, people, groups)


counts = st.integers(0, 60) | st.sampled_from([0, 0, 0, 1, 500])
tables = st.lists(st.lists(counts, min_size=len(ROLES), max_size=len(ROLES)), min_size=1, max_size=6).filter(
    lambda rows: sum(map(sum, rows)) > 0
)


def tiny(case: Case, table: list[list[int]], plants: list[dict[str, Any]], **sizes: Any) -> Case:
    """The template's institutions with other places and people; it need not be a sound case."""
    places = [
        {"id": f"P{p}", "kind": "town", "latitude": 46.0 + 0.1 * p, "longitude": 19.0}
        for p in range(len(table))
    ]
    roles = [
        {"place": f"P{p}", "role": ROLES[r], "count": count}
        for p, row in enumerate(table)
        for r, count in enumerate(row)
    ]
    own = {"places": places, "roles": roles, "workplaces": plants}
    tables = case.tables | {name: case.tables[name].with_rows(rows) for name, rows in own.items()}
    return replace(case.with_settings("people", **sizes), tables=tables)


@settings(max_examples=60, deadline=None)
@given(
    table=tables,
    scale=st.floats(0.02, 1.0),
    household=st.floats(1.0, 6.0),
    team=st.integers(2, 40),
    plant=st.integers(0, 200),
)
def test_generated_tables(
    case: Case, table: list[list[int]], scale: float, household: float, team: int, plant: int
) -> None:
    available = sum(row[1] for row in table)
    plants = [{"place": "P0", "site": None, "role": "industrial_worker", "people": min(plant, available)}]
    small = tiny(case, table, plants if plants[0]["people"] else [], household_size=household, team_size=team)
    if round(scale * sum(map(sum, table))) == 0:
        with pytest.raises(UserError):
            making.make_people(small, scale)
        return
    check(small, scale, *making.make_people(small, scale))


def test_children_without_enough_adults_live_together(case: Case) -> None:
    only_children = tiny(case, [[0] * 9 + [5000]], [])
    rows = [{"role": "dependent", "sex": "male", "age_low": 0, "age_high": 9, "share": 1.0}]
    only_children = replace(
        only_children, tables=only_children.tables | {"ages": case.tables["ages"].with_rows(rows)}
    )
    people, groups = making.make_people(only_children, 1.0)
    check(only_children, 1.0, people, groups)
    assert groups.household_size.max() == 8
