"""Influence of others: what team, workplace, acquaintances and block do pulls a person along.

Pulls follow from the counters alone, so a snapshot needs none of them. Only those are recomputed whose counts have
changed since (kernel.perception.influence). Axes: t teams, w workplaces, b blocks, p places, r roles.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprising import purposes
from uprising.case.world import World
from uprising.crisis.population import Population
from uprising.crisis.setting import Setting
from uprising.kernel.engine.bind import bind
from uprising.kernel.perception import influence
from uprising.state import ROLES, Groups, People

FIXED_KEY = 1956
"""in place of a seed: who knows whom is the same in every run"""
WORTH_LOOKING = 16_000
"""with fewer teams whose pull has changed in a step one thread recomputes them"""


class FeltTeams(NamedTuple):
    """Where teams are felt: each at its workplace first, in their order, then those whose members live elsewhere."""

    team: NDArray[np.int32]
    bucket: NDArray[np.int32]
    """place x roles + role"""


class Influence:
    """Pulls of teams and blocks, and the largest that anybody of a place and role can feel."""

    def __init__(self, setting: Setting, population: Population, felt_teams: FeltTeams) -> None:
        world, parameters = setting.world, setting.parameters
        groups, counters, n_places = population.groups, population.counters, world.n_places
        self._population, self.n_places = population, n_places
        n_teams, n_workplaces, n_blocks = (
            len(size) for size in (groups.team_size, groups.workplace_size, groups.block_size)
        )
        n_buckets = n_places * len(ROLES)
        team, bucket = felt_teams
        per_member, per_workmate, per_neighbour = (
            (pull / np.maximum(size, least)).astype(np.float32)
            for pull, size, least in (
                (1.0, groups.team_size, influence.SMALLEST_TEAM),
                (1.0, groups.workplace_size, 1),
                (parameters["pull_block"], groups.block_size, 1),
            )
        )
        self.acquaintance = self._acquaint()
        first_knower, knower = _members_of(self.acquaintance.ravel(), n_teams)
        knower //= influence.N_ACQUAINTANCES
        first_felt, felt = _members_of(bucket, n_buckets)
        # those without a team, number -1, read the first pair, which stays 0
        self.team_pulls = np.zeros(2 * (n_teams + 1), np.float32)
        self.team_pull = self.team_pulls[2:].reshape(n_teams, 2)
        self.most_team_pull = np.zeros((2, n_buckets), np.float32)
        self.block_pull = np.zeros(n_blocks, np.float32)
        self.most_block_pull = np.zeros(n_places)
        self.n_stale = 0
        """teams whose pull was recomputed in the last step"""
        self._is_by_workplace = bool((np.diff(groups.team_workplace) >= 0).all())
        first_of_place, block_of_place = _members_of(groups.block_place, n_places)
        self._look_at_blocks = bind(
            influence.look_at_blocks,
            n_out=counters.block_out, block_moved=population.block_moved, per_neighbour=per_neighbour,
            place_of_block=groups.block_place, first_of_place=first_of_place, block_of_place=block_of_place,
            moved=np.zeros(n_blocks, np.int32), has_shrunk=np.zeros(n_places, np.bool_),
            pull=self.block_pull, most=self.most_block_pull,
        )
        workers = population.threads
        # each worker notes on its own which teams' pulls are stale, and which pulls grow or shrink
        workplace_moved = np.zeros((workers, n_workplaces), np.bool_)
        stale_bits = np.zeros((workers, n_teams // 64 + 1), np.uint64)
        largest = np.zeros((workers, 2, n_buckets), np.float32)
        has_shrunk = np.zeros((workers, 2, n_buckets), np.bool_)
        first_of_workplace, team_of_workplace = _members_of(groups.team_workplace, n_workplaces)
        shares: dict[str, Any] = {
            "team_moved": population.team_moved, "workplace_of_team": groups.team_workplace,
            "share": np.zeros((n_teams, 2), np.float32), "workplace_share": np.zeros((n_workplaces, 2), np.float32),
        }
        noting: dict[str, Any] = {
            "team_out": counters.team_out, "team_stopped": counters.team_stopped, "per_member": per_member,
            "workplace_out": counters.workplace_out, "workplace_stopped": counters.workplace_stopped,
            "per_workmate": per_workmate, "first_of_workplace": first_of_workplace,
            "team_of_workplace": team_of_workplace, "first_knower": first_knower, "knower": knower,
            "moved": np.zeros(n_teams, np.int32),
        }
        renewing: dict[str, Any] = {
            "acquaintance": self.acquaintance, "bucket_of_team": bucket[:n_teams],
            **{f"pull_{group}": parameters[f"pull_{group}"] for group in ("team", "workplace", "acquaintance")},
            "stale": np.zeros(64 * stale_bits.shape[1], np.int32),
        }
        felt_by: dict[str, Any] = {
            "commuting_bucket": bucket[n_teams:], "first_felt": first_felt, "felt_team": team[felt],
        }
        pulls: dict[str, Any] = {"most": self.most_team_pull, "pull": self.team_pull}
        self._look_at_teams = bind(
            influence.look_at_teams, among={**shares, **noting, **renewing, **felt_by, **pulls},
            workplace_moved=workplace_moved, stale_bits=stale_bits, largest=largest, has_shrunk=has_shrunk,
        )
        self._note_stale = [
            bind(
                influence.note_stale, "first", "last", among={**shares, **noting},
                workplace_moved=workplace_moved[worker], stale_bits=stale_bits[worker],
            )
            for worker in range(workers)
        ]
        self._renew_pulls = [
            bind(
                influence.renew_pulls, "first_word", "last_word", among={**shares, **renewing, **pulls},
                stale_bits=stale_bits, largest=largest[worker], has_shrunk=has_shrunk[worker],
            )
            for worker in range(workers)
        ]
        self._renew_most = bind(
            influence.renew_most, "n_stale", among=felt_by | pulls, largest=largest, has_shrunk=has_shrunk
        )
        self._pieces = self._pieces_of(2 * workers, n_teams, stale_bits.shape[1])

    def _pieces_of(self, n_pieces: int, n_teams: int, n_words: int) -> tuple[list[int], list[int]]:
        """Edges of pieces of teams and of words of bits; no two pieces share a workplace or a word."""
        workplace = self._population.groups.team_workplace
        teams = [k * n_teams // n_pieces for k in range(n_pieces + 1)]
        teams = [0, *(int(np.searchsorted(workplace, workplace[t])) for t in teams[1:-1]), n_teams]
        return teams, [k * n_words // n_pieces for k in range(n_pieces + 1)]

    def look_around(self) -> None:
        """Recompute pulls of teams, workplaces and blocks whose counters have changed since the last time."""
        if not (self._population.team_moved.any() or self._population.block_moved.any()):
            return
        if self._population.executor is None or self.n_stale < WORTH_LOOKING or not self._is_by_workplace:
            self._look_at_blocks()
            self.n_stale = self._look_at_teams()
        else:
            self._look_together()

    def _look_together(self) -> None:
        """Do what look_around does on several threads. Whoever recomputes a pull, it follows from the same counts."""
        teams, words = self._pieces
        n_pieces = len(teams) - 1
        n_stale = np.zeros(n_pieces, np.int64)

        def note(worker: int, begin: int, end: int) -> None:
            for k in range(begin, end):
                if k == n_pieces:
                    self._look_at_blocks()
                else:
                    self._note_stale[worker](first=teams[k], last=teams[k + 1])

        def renew(worker: int, begin: int, end: int) -> None:
            for k in range(begin, end):
                n_stale[k] = self._renew_pulls[worker](first_word=words[k], last_word=words[k + 1])

        self._population.spread((note, n_pieces + 1), (renew, n_pieces))
        self.n_stale = int(n_stale.sum())
        self._renew_most(n_stale=self.n_stale)

    def _acquaint(self) -> NDArray[np.int32]:
        """[t, 3] teams that each team knows."""
        groups = self._population.groups
        workplace_place = groups.workplace_place[groups.team_workplace].astype(np.int64)
        order = np.argsort(workplace_place, kind="stable")
        # teams are built place by place; a table in place order keeps that true for any synthesis
        first = np.searchsorted(workplace_place[order], np.arange(self.n_places + 1))
        drawn = np.zeros((len(order), influence.N_ACQUAINTANCES), np.int32)
        if len(order):
            influence.acquaint(
                key=FIXED_KEY, purpose=purposes.ACQUAINTANCE, place_of_team=workplace_place,
                first_team_of_place=first.astype(np.int64), acquaintance=drawn,
            )
            drawn = order[drawn].astype(np.int32)
        return drawn


def find_felt_teams(world: World, people: People, groups: Groups) -> FeltTeams:
    """Find the (place, role) buckets in which each team is felt: where it works, then where members live."""
    n_roles = len(ROLES)
    place, role = groups.workplace_place.astype(np.int32), groups.workplace_role.astype(np.int32)
    own_bucket = (place * n_roles + role)[groups.team_workplace]
    find = bind(
        influence.find_commuters, "found", team=people.team, home=people.home, role=people.role,
        bucket_of_team=own_bucket, n_roles=n_roles,
    )
    rows = np.empty(people.n_rows // 64, np.int32)
    n = find(found=rows)
    if n > len(rows):
        rows = np.empty(n, np.int32)
        find(found=rows)
    rows = rows[:n]
    n_buckets = np.int64(world.n_places * n_roles)
    commuting = np.unique(people.team[rows] * n_buckets + people.home[rows] * np.int64(n_roles) + people.role[rows])
    team, bucket = (column.astype(np.int32) for column in divmod(commuting, n_buckets))
    every = np.arange(len(own_bucket), dtype=np.int32)
    return FeltTeams(np.concatenate([every, team]), np.concatenate([own_bucket, bucket]))


def _members_of(group_of: NDArray[Any], n_groups: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(first, member): member[first[g] ... first[g + 1]] are the i with group_of[i] = g."""
    first, member = np.empty(n_groups + 1, np.int32), np.empty(len(group_of), np.int32)
    influence.members_of(group_of.astype(np.int32), first, member)  # compiled for one type
    return first, member
