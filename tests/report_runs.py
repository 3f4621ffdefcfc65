"""A recorded run of the reference case made by hand, for looking at and testing the report.

Nothing is simulated: curves are drawn with a ruler, so that every part of the report has something to show.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from uprising.case import Case, load_case
from uprising.case.world import World, build_world
from uprising.result.recording import Recorder
from uprising.result.summary import summarise
from uprising.schema import outputs, parameters
from uprising.state import HEGEMON, ROLES, SIDES

FIRST_DAY, SHOTS_DAY, HELP_DAY, TRUCE_DAY, ASSAULT_DAY, LAST_DAY = 3.6, 3.85, 4.2, 7.5, 11.2, 16.0


def bump(day: float, start: float, peak: float, end: float) -> float:
    """0 before start, 1 at peak, 0 after end."""
    if not start < day < end:
        return 0.0
    return (day - start) / (peak - start) if day < peak else (end - day) / (end - peak)


def made_run(folder: Path | None = None, days: float = 20.0, step_minutes: int = 120, text: str = "") -> Any:
    """A whole Result over `days`, as if at 1 %; `text` goes into an event, the command and the what-if."""
    case = load_case("hungary-1956")
    world = build_world(case)
    steps = int(days * 24 * 60 / step_minutes)
    recorder = Recorder(
        folder, _coordinates(case, world), np.datetime64(case.settings.calendar.start), step_minutes, steps
    )
    tell(recorder, world, steps, step_minutes, text)
    stand_in = SimpleNamespace(id=case.id, digest=case.digest, what_if_name=text or None, folder=case.folder)
    return summarise(
        recorder, case=stand_in, outcome="crushed_by_hegemon", seed=7, scale=0.01, people=99_000,
        parameters={row.name: row.default for row in parameters()} | {"resolve": 0.5},
        person_steps=99_000 * steps, steps=steps, started="2001-01-01T00:00:00+00:00", compile_seconds=1.0,
        wall_seconds=2.0, command=["uprising", "run", text or "hungary-1956"],
    )  # fmt: skip


def _coordinates(case: Case, world: World) -> dict[str, Any]:
    return {
        "place": world.place_ids,
        "place_name": world.place_names,
        "place_group": [world.group_ids[g] for g in world.place_group],
        "population": [float(x) for x in world.population],
        "workers": ("place", [0.3 * float(x) for x in world.population]),
        "role": list(ROLES),
        "side": list(SIDES),
        "site": world.site_ids,
        "unit": world.unit_ids,
        "node": world.node_ids,
        "member": [row["id"] for row in case.tables["council"].rows],
    }


def tell(recorder: Recorder, world: World, steps: int, step_minutes: int, text: str) -> None:
    """Record all steps with their events and sessions."""
    turns = [
        (
            FIRST_DAY,
            "mass_protest",
            "T_BUDAPEST",
            "demonstrators",
            9000.0,
            "9,000 people in the streets of Budapest",
        ),
        (SHOTS_DAY, "shots", "D_VIII", "guards", 12.0, "Shots at the broadcaster: 12 dead in half an hour"),
        (
            SHOTS_DAY + 0.1,
            "arms_seized",
            "S_LAMPA",
            "insurgents",
            900.0,
            "900 weapons taken at the lamp works",
        ),
        (HELP_DAY, "intervention", "T_BUDAPEST", "hegemon", 6000.0, "Soviet Union's troops enter Budapest"),
        (HELP_DAY + 0.3, "concession", "T_BUDAPEST", "NAGY", 1.0, "Conceded: a trusted leader in office"),
        (TRUCE_DAY, "truce", "T_BUDAPEST", "NAGY", 0.8, "A cease-fire is announced"),
        (
            TRUCE_DAY + 1.5,
            "withdrawal",
            "T_BUDAPEST",
            "hegemon",
            0.0,
            "Soviet Union's troops have left Budapest",
        ),
        (TRUCE_DAY + 2.5, "reversal", "T_BUDAPEST", "hegemon", 0.0, "Soviet Union reverses its course"),
        (ASSAULT_DAY, "assault", "T_BUDAPEST", "hegemon", 50000.0, "Soviet Union's assault begins"),
        (LAST_DAY, "last_fighting", "T_BUDAPEST", "", 0.0, "The last shots are fired"),
    ]
    for name in world.county_ids[:12]:
        turns.append((5.0, "county_rises", name, "councils", 0.6, f"{name} is out of the government's hands"))
    if text:
        turns.append((6.0, "march", "T_GYOR", text, 1.0, text))
    waiting = sorted(turns)
    for step in range(steps):
        day = step * step_minutes / (24 * 60)
        while waiting and waiting[0][0] <= day:
            _, *event = waiting.pop(0)
            recorder.event(step, *event)
        if step % max(1, 720 // step_minutes) == 0 and day > 1:
            spread = np.linspace(-0.3, 0.3, len(recorder.names["member"]))
            swing = (
                0.55 + 0.25 * bump(day, 3.0, 4.5, 7.0) - 0.25 * bump(day, 6.0, 8.5, 10.0) + 0.3 * (day > 10)
            )
            recorder.session(step, np.clip(swing + spread * (1.0 if day < 10 else 0.4), 0.0, 1.0))
        recorder.append(_values(world, day))


def _values(world: World, day: float) -> dict[str, Any]:
    """All output variables on a day; persons as if counted at 1 % and scaled up."""
    p, s, u = world.n_places, world.n_sites, len(world.unit_ids)
    hour = (day % 1.0) * 24.0
    awake = max(0.05, np.sin((hour - 5.0) / 19.0 * np.pi)) if hour > 5.0 else 0.05
    capital = world.place_group == world.capital
    out = bump(day, FIRST_DAY - 0.2, FIRST_DAY + 0.2, 14.0) * awake
    share = np.where(capital, 0.1, 0.03) * out * (0.5 + 0.5 * np.cos(np.arange(p)))
    crowd = np.zeros((p, len(ROLES)))
    crowd[:, 0], crowd[:, 1], crowd[:, 2] = 0.2 * share, 0.5 * share, 0.3 * share
    crowd *= world.population[:, None]
    rising = bump(day, SHOTS_DAY, ASSAULT_DAY - 1, LAST_DAY)
    fighting = np.where(capital, 600.0, 25.0) * rising
    dead = np.zeros((p, 3))
    toll = min(max(day - SHOTS_DAY, 0.0), LAST_DAY - SHOTS_DAY)
    dead[:, 0], dead[:, 1], dead[:, 2] = (
        np.where(capital, 8.0, 0.5) * toll,
        0.2 * toll,
        np.where(capital, 2.0, 0.05) * toll,
    )
    site_capital = capital[world.site_place]
    sites = world.salience / world.salience[site_capital].sum()
    site_crowd = np.where(site_capital, crowd[capital].sum() * sites, 300 * sites * out)
    strong = (world.site_kind == 16) | (np.arange(s) % 17 == 3)
    site_fighting = np.where(site_capital & strong, 350.0 * rising, 0.0)
    holder = np.where(strong & (rising > 0.1), 2, 0) if day < ASSAULT_DAY + 2 else np.ones(s)
    node = world.unit_base.copy()
    hegemon = world.unit_side == HEGEMON
    abroad = np.array([e in ("reserve", "strategic") for e in world.echelon])
    node = np.where(hegemon & abroad & (day < ASSAULT_DAY - 1.5), -1, node)
    targets = world.n_places + np.flatnonzero(site_capital)
    inside = hegemon & ((HELP_DAY < day < TRUCE_DAY + 1.5) & ~abroad | (day > ASSAULT_DAY))
    node = np.where(inside & (node >= 0), targets[np.arange(u) * 7 % len(targets)], node)
    whole = np.rint
    return {
        "crowd": whole(crowd).astype(np.int32),
        "fighting": whole(fighting).astype(np.int32),
        "striking": whole(0.3 * world.population * min(1.0, max(day - 4.0, 0.0)) * 0.8).astype(np.int32),
        "detained": whole(np.full(p, 120.0 * max(day - ASSAULT_DAY, 0.0))).astype(np.int32),
        "wounded": whole(dead.sum(axis=1) * 5).astype(np.int32),
        "dead": whole(dead).astype(np.int32),
        "fled": whole(world.population * 0.002 * max(day - ASSAULT_DAY, 0.0)).astype(np.int32),
        "private_discontent": np.full(p, 0.6, np.float32),
        "belief": np.full(p, 0.1 + 0.7 * rising, np.float32),
        "outrage": np.zeros(p, np.float32),
        "fear": np.full(p, 0.5, np.float32),
        "site_crowd": whole(site_crowd + site_fighting).astype(np.int32),
        "site_fighting": whole(site_fighting).astype(np.int32),
        "site_holder": holder.astype(np.uint8),
        "unit_site": node.astype(np.int16),
        "unit_men": whole(world.unit_men).astype(np.int32),
        "unit_stance": np.zeros(u, np.uint8),
        "unit_loyalty": np.ones(u, np.float32),
        "legitimacy": np.float32(0.35 - 0.2 * rising),
        "government_line": np.float32(0.2 + 0.5 * rising),
        "conceded": np.int16(min(9, max(0, int((day - HELP_DAY) * 1.5)))),
        "control": np.float32(1.0 - 0.8 * rising),
        "hegemon_mean": np.float32(0.5),
        "attention": np.float32(0.6 - 0.4 * (day > 13)),
    }


def unknown_outputs() -> set[str]:
    """Output variables of the schema that the hand-made run lacks."""
    return {row.name for row in outputs()} - set(_values(build_world(load_case("hungary-1956")), 1.0))


def without(result: Any, *names: str) -> Any:
    """The same run without some variables."""
    kept = result.places.drop_vars([name for name in names if name in result.places])
    return SimpleNamespace(
        recorded=kept,
        series=kept,
        events=result.events,
        summary=result.summary,
        provenance=result.provenance,
        folder=None,
    )
