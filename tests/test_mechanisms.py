"""Mechanisms: each what-if moves Hungary 1956 the way it should, on shared draws (seeds and people are the same).

Sums over seeds at half a percent of the people; what each means over many seeds is in validation/what-ifs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import uprising
from small_worlds import begin
from uprising.actors import government as governing
from uprising.crisis import government
from uprising.crisis.confrontation import PURPOSES
from uprising.crisis.state import Crisis
from uprising.kernel.confrontation import clash
from uprising.kernel.engine.bind import bind
from uprising.schema import parameters

SEEDS = (1, 2, 3, 4)
SCALE = 0.005
DAY = 48
"""steps"""
INTACT = """
title = "Police intact"
[[change]]
table = "forces"
where = { side = ["police", "political_police"] }
set = { cohesion = 1.0, affinity = 0.0 }
[[change]]
table = "forces"
where = { side = ["police", "political_police"] }
scale = { men = 2.0, men_high = 2.0 }
"""
UNARMED = """
title = "No arms"
[[change]]
table = "sites"
where = { kind = ["armoury", "arms_works", "barracks", "police_station", "prison", "party_house", "government_house"] }
scale = { arms = 0.0 }
[[change]]
table = "forces"
where = { side = ["police", "political_police", "army"] }
set = { affinity = 0.0, cohesion = 1.0 }
"""


@functools.cache
def total(quantity: str, until: str, what_if: str | None = None) -> float:
    """A quantity summed over SEEDS: a total of the summary, or the largest of a series over all places."""
    found = 0.0
    for seed in SEEDS:
        run = uprising.run("hungary-1956", seed=seed, scale=SCALE, until=until, what_if=what_if)
        if quantity in run.summary["totals"]:
            found += float(run.summary["totals"][quantity])
        else:
            people = run.series[quantity]
            found += float(people.sum([name for name in people.dims if name != "time"]).max())
    return found


def written(folder: Path, text: str) -> str:
    file = folder / "what-if.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_police_intact_and_loyal_makes_crowds_smaller(tmp_path: Path) -> None:
    """Hours that people spend in the streets until the first shots in either country, over many seeds.

    What comes after the shots hangs on who died and which troops came. On shared draws the mean logarithm of the
    ratio lies below 0 by more than 1.645 standard errors (one-sided, 5 %).
    """
    ratios = []
    for seed in range(1, 25):
        runs = [
            uprising.run("hungary-1956", seed=seed, scale=SCALE, until="1956-10-25", what_if=what_if)
            for what_if in (None, written(tmp_path, INTACT))
        ]
        shots = [event["time"] for run in runs for event in run.events.to_pylist() if event["kind"] == "shots"]
        until = min(shots, default=runs[0].series["time"].values[-1])
        before, after = (float(run.series["crowd"].sel(time=slice(None, until)).sum()) for run in runs)
        ratios.append(after / before)
    ratio = np.log(ratios)
    assert ratio.mean() < np.log(0.95)
    assert ratio.mean() < -1.645 * ratio.std(ddof=1) / np.sqrt(len(ratio))


def test_without_arms_nobody_fights(tmp_path: Path) -> None:
    fighters = total("fighting", "1956-10-28")
    assert fighters > 2_000.0, "without a fight this test says nothing"
    assert total("fighting", "1956-10-28", written(tmp_path, UNARMED)) < 0.2 * fighters


def test_a_ban_upheld_keeps_crowds_smaller() -> None:
    assert total("crowd", "1956-10-24", "ban-upheld") < total("crowd", "1956-10-24")


def test_a_closed_border_keeps_people_in() -> None:
    assert total("fled", "1956-11-10", "border-closed") < 0.7 * total("fled", "1956-11-10")


def test_a_trusted_leader_before_the_shots_calms() -> None:
    assert total("dead_civilian", "1956-10-28", "trusted-leader") < total("dead_civilian", "1956-10-28")


def people_out(seed: int, tick: int, grant: Callable[[Crisis], None] | None) -> float:
    """Mean crowd of the country in the day after a tick in which a demand is granted or nothing is.

    Else the government does not meet on that day, so that the two countries differ in the one act.
    """
    clock = begin(uprising.load_case("hungary-1956"), seed, SCALE, {})
    while clock.tick < tick:
        clock.step()
    clock.crisis.government.last_meeting = tick + DAY
    if grant is not None:
        clock.begin_step()
        grant(clock.crisis)
    out = 0.0
    while clock.tick < tick + DAY:
        clock.step()
        out += float(clock.crisis.perceived.town_out.sum())
    return out / DAY


def grant_rung(crisis: Crisis, rung: int) -> None:
    governing.concede(crisis.government, crisis.setting.demands, rung, government.mean_outrage(crisis))
    government.carry_out(crisis, "concession", rung)


def bring_the_trusted_leader(crisis: Crisis) -> None:
    leaders = crisis.setting.leaders
    crisis.government.leader = max(range(len(leaders)), key=lambda i: float(leaders[i]["credibility"]))
    kinds = [demand["kind"] for demand in crisis.setting.demands]
    grant_rung(crisis, kinds.index("leadership"))


def grant_the_next_rung(crisis: Crisis) -> None:
    granted = crisis.government.conceded
    grant_rung(crisis, next(rung for rung in range(len(crisis.setting.demands)) if rung not in granted))


def test_a_concession_calms_before_the_shots_and_emboldens_after_them() -> None:
    """Over the countries in which shots fall; sums, since one country's next day can hang on other things."""
    out: list[tuple[float, float, float, float]] = []
    for seed in range(1, 9):
        clock = begin(uprising.load_case("hungary-1956"), seed, SCALE, {})
        first: dict[str, int] = {}
        while "shots" not in first and clock.tick < 12 * DAY:
            clock.step()
            for event in clock.crisis.take_events():
                first.setdefault(event.kind, event.step)
        if "shots" not in first:
            continue
        eve, later = first["mass_protest"] - DAY // 2, first["shots"] + 3 * DAY // 2
        out.append(
            (
                people_out(seed, eve, bring_the_trusted_leader),
                people_out(seed, eve, None),
                people_out(seed, later, grant_the_next_rung),
                people_out(seed, later, None),
            )
        )
    assert len(out) >= 5
    granted_before, nothing_before, granted_after, nothing_after = np.array(out).sum(axis=0)
    assert granted_before < nothing_before
    assert granted_after > nothing_after


def test_infantry_makes_a_fight_cheaper_for_the_hegemon() -> None:
    """The same fights on the same draws, armour with a tenth of its men on foot against armour with half."""
    lost = []
    for infantry in (0.1, 0.5):
        n = 2_000
        same = np.ones(n)
        outcome = np.zeros((n, clash.N_OUTCOMES), np.int64)
        given = {row.name: row.default for row in parameters()}
        fight: dict[str, Any] = {
            "seed": np.int64(1), "tick": np.int64(1), "step_hours": 0.5, "light": 1.0, "crowd": 0.0 * same,
            "fighters": 200.0 * same, "guards": 0.0 * same, "guards_political": 0.0 * same, "troops": 500.0 * same,
            "troops_infantry": infantry * same, "posture": np.zeros(n, np.int64),
            "troops_posture": np.full(n, clash.FIRE_IF_THREATENED), "prize": 0.0 * same, "outraged": same,
            "mood": 0.0 * same, "cover": 0.7 * same, "residents_per_hectare": 300.0 * same,
            "is_held_by_insurgents": np.zeros(n, np.bool_), "outcome": outcome,
        }  # fmt: skip
        bind(clash.confront, among=given | PURPOSES, **fight)()
        lost.append(int(outcome[:, clash.DEAD_TROOPS].sum()))
    assert lost[1] < 0.8 * lost[0]
