"""The people of a case, made from its tables: who lives where, with whom, who works beside whom.

Margins are exact up to rounding: the number of each role in each place, and of each age and sex in each
role. A smaller scale is a fair sample: households, teams, blocks and plants keep their sizes, there are fewer
of them; only the named workplaces of the case's table shrink. The people are the same for every seed of a run.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprising.case import people_cache
from uprising.case.geography import LEAVES
from uprising.case.reading import Case
from uprising.errors import UserError
from uprising.kernel.population import synthesis
from uprising.schema import constant, constants
from uprising.state import MAXIMUM_BYTES_PER_PERSON, N_STRIPES, ROLES, Groups, People

SYNTHESIS_VERSION = 3
"""part of the key under which people are kept: raise it whenever other people come out"""
HARDSHIP_CONCENTRATION = constant("hardship_concentration")
N_QUANTILES = 4096
COMPANY = constant("company_size")
PLANT_SHARE = {
    role: constant(f"plant_share_{role}")
    for role in ("student", "industrial_worker", "other_worker", "intellectual", "peasant", "official")
}
"""size of an unnamed workplace relative to the case's plant_size; people in uniform form companies"""


class Margins(NamedTuple):
    """Whole numbers of people of the table: place_role [p, r] and place_role_sex_age [p, r, 2, 111]."""

    place_role: NDArray[np.int64]
    place_role_sex_age: NDArray[np.int32]


class Workplaces(NamedTuple):
    """All workplaces, named ones first in the order of their table, and who fills them.

    Arrays [w] place, site (-1 none), role, size; arrays [k] of runs of the list of workers: place, role,
    count, workplace, position of the run's first person in the workplace.
    """

    place: NDArray[np.int64]
    site: NDArray[np.int64]
    role: NDArray[np.int64]
    size: NDArray[np.int64]
    run_place: NDArray[np.int64]
    run_role: NDArray[np.int64]
    run_count: NDArray[np.int64]
    run_workplace: NDArray[np.int64]
    run_position: NDArray[np.int64]


def synthesise(case: Case, scale: float) -> tuple[People, Groups]:
    """Make the people of a case, or load them from the cache.

    Parameters
    ----------
    case : a checked case
    scale : share of the people made one by one, above 0 and at most 1; a person then stands for 1 / scale

    Returns
    -------
    people, groups
        Read-only arrays, people sorted by (stripe, home, household).

    Raises
    ------
    UserError
        If the scale is wrong or so small that nobody is left.
    """
    if not 0.0 < scale <= 1.0:
        raise UserError(f"the scale is {scale!r}; it must be above 0 and at most 1")
    people, groups = people_cache.load_or_make(
        people_cache.key_of(case, scale, version_of_synthesis()), lambda: make_people(case, scale)
    )
    if people.bytes_per_person() > MAXIMUM_BYTES_PER_PERSON:
        raise AssertionError(f"a person takes {people.bytes_per_person()} bytes")
    return people, groups


def version_of_synthesis() -> list[float]:
    """What the people of a case follow from beside its tables: the version of the code and its constants."""
    own = [row.value for row in constants().values() if row.group == "initialisation"]
    return [SYNTHESIS_VERSION, *own]


def make_people(case: Case, scale: float) -> tuple[People, Groups]:
    """Make the people of a case; see `synthesise`, which also keeps them."""
    margins = margins_of(case, scale)
    settings = case.settings.people
    n_places = len(margins.place_role)
    in_place = margins.place_role.sum(axis=1)
    place_start = _starts(in_place)
    n = int(place_start[-1])

    from_role, from_age, from_sex = (np.empty(n, np.uint8) for _ in range(3))
    sizes = np.empty(n, np.uint8)
    household_start = np.zeros(n_places + 1, np.int64)
    local = np.empty(int(in_place.max()), np.int32)
    for p in range(n_places):
        households = 0
        if in_place[p]:
            part = slice(place_start[p], place_start[p + 1])
            households = synthesis.house(
                margins.place_role_sex_age[p], settings.household_size, place_start[p], from_role[part],
                from_age[part], from_sex[part], local[: in_place[p]], sizes[household_start[p] :],
            )  # fmt: skip
        household_start[p + 1] = household_start[p] + households
    household_size = sizes[: household_start[-1]].copy()
    del sizes, local

    blocks = np.where(in_place > 0, np.maximum(1, np.rint(in_place / settings.block_size)), 0).astype(
        np.int64
    )
    block_start = _starts(blocks)
    block_size = np.zeros(int(blocks.sum()), np.uint16)
    segment_start = np.zeros(N_STRIPES * n_places + 1, np.int64)
    home, role, age, sex = np.empty(n, np.uint16), *(np.empty(n, np.uint8) for _ in range(3))
    household, block = np.empty(n, np.int32), np.empty(n, np.int32)
    synthesis.settle(
        N_STRIPES, place_start, household_start, household_size, from_role, from_age, from_sex, block_start,
        home, role, age, sex, household, block, block_size, segment_start,
    )  # fmt: skip
    del from_role, from_age, from_sex

    workplaces = fill_workplaces(case, margins.place_role, n)
    team, team_size, team_workplace = _teams(home, role, margins.place_role, workplaces, settings.team_size)
    hardship, risk_aversion, threshold = (np.empty(n, np.float32) for _ in range(3))
    synthesis.endow(_hardship_quantiles(case.settings.eve.hardship), hardship, risk_aversion, threshold)
    people = People(
        home=home, role=role, age=age, sex=sex, household=household, team=team, block=block,
        hardship=hardship, risk_aversion=risk_aversion, threshold=threshold,
        outrage=np.zeros(n, np.float32), activity=np.zeros(n, np.uint8),
        site=np.full(n, -1, np.int16), since=np.zeros(n, np.uint16),
    )  # fmt: skip
    groups = Groups(
        household_size=household_size,
        team_size=team_size,
        team_workplace=team_workplace,
        workplace_size=workplaces.size.astype(np.int32),
        workplace_place=workplaces.place.astype(np.uint16),
        workplace_site=workplaces.site.astype(np.int16),
        workplace_role=workplaces.role.astype(np.uint8),
        block_size=block_size,
        block_place=np.repeat(np.arange(n_places, dtype=np.uint16), blocks),
        segment_start=segment_start,
    )
    return people, groups


def margins_of(case: Case, scale: float) -> Margins:
    """Numbers of people by place, role, sex and age at a scale.

    The total is round(scale x population); every place x role, every place, every role, and every age and sex
    of a role is its share of it rounded up or down (controlled rounding).
    """
    leaves = [row["id"] for row in case.tables["places"].rows if row["kind"] in LEAVES]
    index = {name: p for p, name in enumerate(leaves)}
    real = np.zeros((len(leaves), len(ROLES)), np.int64)
    for row in case.tables["roles"].rows:
        real[index[row["place"]], ROLES.index(row["role"])] = row["count"]
    total = int(real.sum())
    n = round(scale * total)
    if n < 1:
        raise UserError(f"at scale {scale!r} nobody of {total} people is left; use at least {1 / total:.2g}")
    divided = [[divmod(int(count) * n, total) for count in row] for row in real]
    whole = np.array([[quotient for quotient, _ in row] for row in divided], np.int64)
    part = np.array([[rest for _, rest in row] for row in divided], np.int64)
    asker = 0
    place_role, asker = _rounded(whole, part, total, asker)

    by_age = np.zeros((len(leaves), len(ROLES), 2 * (synthesis.OLDEST + 1)), np.int32)
    shares = _shares_by_age(case)
    for r in range(len(ROLES)):
        people = int(place_role[:, r].sum())
        if people == 0:
            continue
        pool = _largest_remainder(shares[r], people)
        used = np.flatnonzero(pool)
        product = place_role[:, r, None] * pool[None, used]
        by_age[:, r, used], asker = _rounded(product // people, product % people, people, asker)
    return Margins(place_role, by_age.reshape(len(leaves), len(ROLES), 2, synthesis.OLDEST + 1))


def _rounded(
    whole: NDArray[np.int64], part: NDArray[np.int64], unit: int, asker: int
) -> tuple[NDArray[np.int64], int]:
    """whole + part / unit in whole numbers, sums of rows, columns and all rounded up or down too."""
    rows, columns = part.shape
    # one more row and column take what the margins lack of whole units
    framed = np.zeros((rows + 1, columns + 1), np.int64)
    framed[:rows, :columns] = part
    framed[:rows, columns] = -part.sum(axis=1) % unit
    framed[rows, :columns] = -part.sum(axis=0) % unit
    framed[rows, columns] = int(part.sum()) % unit
    asker = synthesis.round_controlled(framed, unit, asker)
    rounded: NDArray[np.int64] = whole + framed[:rows, :columns] // unit
    return rounded, asker


def _shares_by_age(case: Case) -> NDArray[np.float64]:
    """[r, 2 * 111] share of each role by sex and single year of age; a band is spread evenly."""
    shares = np.zeros((len(ROLES), 2, synthesis.OLDEST + 1))
    for row in case.tables["ages"].rows:
        low, high = row["age_low"], row["age_high"]
        sex = 1 if row["sex"] == "male" else 0
        shares[ROLES.index(row["role"]), sex, low : high + 1] += row["share"] / (high - low + 1)
    return shares.reshape(len(ROLES), -1)


def _largest_remainder(weights: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Whole numbers in proportion to weights that add up to total; ties go to the first."""
    exact = weights * (total / weights.sum())
    counts: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - counts), kind="stable")
    counts[order[: total - int(counts.sum())]] += 1
    return counts


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """First index of each run of the given lengths, and the end."""
    starts: NDArray[np.int64] = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
    return starts


def _hardship_quantiles(mean: float) -> NDArray[np.float64]:
    from scipy.special import betaincinv

    alpha = HARDSHIP_CONCENTRATION * mean
    grid = np.linspace(0.0, 1.0, N_QUANTILES + 1)
    return np.asarray(betaincinv(alpha, HARDSHIP_CONCENTRATION - alpha, grid), np.float64)


def fill_workplaces(case: Case, place_role: NDArray[np.int64], n_people: int) -> Workplaces:
    """Say how many people of which place go to which workplace.

    Named workplaces (shrunk to the scale, but not below a team) take the people of their own place first,
    then those of the nearest places that have the role; the others work in unnamed ones of their place.
    """
    settings = case.settings.people
    leaves = [row for row in case.tables["places"].rows if row["kind"] in LEAVES]
    index = {row["id"]: p for p, row in enumerate(leaves)}
    site_index = {row["id"]: s for s, row in enumerate(case.tables["sites"].rows)}
    real = sum(row["count"] for row in case.tables["roles"].rows)
    scale = n_people / real
    rows = case.tables["workplaces"].rows
    left = place_role.copy()
    place = [index[row["place"]] for row in rows]
    role = [ROLES.index(row["role"]) for row in rows]
    site = [site_index.get(row["site"], -1) for row in rows]
    size = _named_sizes(rows, role, scale, settings.team_size, place_role.sum(axis=0))

    runs: list[tuple[int, int, int, int, int]] = []
    filled = [0] * len(rows)

    def take(w: int, p: int) -> None:
        count = min(size[w] - filled[w], int(left[p, role[w]]))
        if count > 0:
            runs.append((p, role[w], count, w, filled[w]))
            filled[w] += count
            left[p, role[w]] -= count

    for w in range(len(rows)):
        take(w, place[w])
    latitude = [math.radians(row["latitude"]) for row in leaves]
    longitude = [math.radians(row["longitude"]) for row in leaves]
    for w in range(len(rows)):
        if filled[w] < size[w]:
            here = place[w]
            # haversine: it only ranks, so no radius
            far = [
                math.sin((north - latitude[here]) / 2) ** 2
                + math.cos(north) * math.cos(latitude[here]) * math.sin((east - longitude[here]) / 2) ** 2
                for north, east in zip(latitude, longitude, strict=True)
            ]
            for p in np.argsort(far, kind="stable"):
                take(w, int(p))

    for p, r in zip(*np.nonzero(left[:, : len(ROLES) - 1]), strict=True):
        people = int(left[p, r])
        name = ROLES[r]
        usual = settings.plant_size * PLANT_SHARE[name] if name in PLANT_SHARE else COMPANY
        n_plants = max(1, round(people / usual))
        for k in range(n_plants):
            count = people * (k + 1) // n_plants - people * k // n_plants
            runs.append((int(p), int(r), count, len(place), 0))
            place.append(int(p))
            role.append(int(r))
            site.append(-1)
            size.append(count)
    columns = np.array(runs, np.int64).reshape(-1, 5).T
    return Workplaces(*(np.array(column, np.int64) for column in (place, site, role, size)), *columns)


def _named_sizes(
    rows: list[dict[str, int]], role: list[int], scale: float, team_size: int, available: NDArray[np.int64]
) -> list[int]:
    """Sizes of named workplaces at a scale: at least a team where one exists, never more than the people."""
    size = [max(math.floor(row["people"] * scale + 0.5), min(team_size, row["people"])) for row in rows]
    for r in set(role):
        mine = [w for w in range(len(rows)) if role[w] == r]
        if sum(size[w] for w in mine) > available[r]:
            wanted = np.array([rows[w]["people"] for w in mine], np.float64)
            for w, count in zip(mine, _largest_remainder(wanted, int(available[r])), strict=True):
                size[w] = int(count)
    return size


def _teams(
    home: NDArray[np.uint16],
    role: NDArray[np.uint8],
    place_role: NDArray[np.int64],
    workplaces: Workplaces,
    team_size: int,
) -> tuple[NDArray[np.int32], NDArray[np.uint16], NDArray[np.int32]]:
    """(team [n], size [t], workplace [t]): workplaces cut into teams of about the usual size."""
    n_roles = len(ROLES) - 1
    bucket_start = _starts(place_role[:, :n_roles].ravel())
    worker = np.empty(int(bucket_start[-1]), np.int32)
    synthesis.line_up(home, role, bucket_start, worker)
    n_teams = np.maximum(workplaces.size > 0, np.rint(workplaces.size / team_size)).astype(np.int64)
    team_first = _starts(n_teams)
    team = np.full(len(home), -1, np.int32)
    team_sizes = np.zeros(int(team_first[-1]), np.uint16)
    # runs of a bucket follow one another in its list of workers
    bucket = workplaces.run_place * n_roles + workplaces.run_role
    order = np.argsort(bucket, kind="stable")
    count = workplaces.run_count[order]
    before = np.cumsum(count) - count
    synthesis.team_up(
        worker, before, count, workplaces.run_workplace[order], workplaces.run_position[order],
        workplaces.size, team_first, n_teams, team, team_sizes,
    )  # fmt: skip
    return team, team_sizes, np.repeat(np.arange(len(n_teams), dtype=np.int32), n_teams)
