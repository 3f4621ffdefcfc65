"""Kernels equal their plain-Python selves bit for bit: a whole run without compilation, and call by call.

The second form knows no signatures: it stands between the crisis and its kernels and does each call twice.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import subprocess
import sys
from collections import Counter
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from numba.core.registry import CPUDispatcher

import uprising
from small_worlds import LIVELY, begin, follow, losses_by_state, template, with_fewer
from uprising import actors, crisis
from uprising.crisis.confrontation import PURPOSES
from uprising.kernel import flight
from uprising.kernel.confrontation import casualties, clash
from uprising.kernel.decision import sweep
from uprising.kernel.engine.bind import parameters_of
from uprising.kernel.forces import loyalty
from uprising.kernel.movement import travel
from uprising.kernel.perception import influence, news
from uprising.kernel.perception.news import spread_news, spread_outrage

HERE = Path(__file__).resolve().parent
SOURCE = Path(uprising.__file__).resolve().parents[1]
PLAIN = """
import json, sys
import numba
assert numba.config.DISABLE_JIT
from small_worlds import follow
json.dump(follow(), sys.stdout)
"""
seeds = st.integers(0, 2**32)


@pytest.fixture(scope="module")
def plain_run() -> dict[str, Any]:
    """The lively world run by plain Python in another process."""
    path = os.pathsep.join([str(HERE), str(SOURCE), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", PLAIN],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_whole_runs_are_equal_bit_for_bit(plain_run: dict[str, Any]) -> None:
    compiled = json.loads(json.dumps(follow()))
    assert len(compiled["marks"]) > 10
    for here, there in zip(compiled["marks"], plain_run["marks"], strict=True):
        assert here == there
    assert compiled == plain_run


def test_the_compared_runs_see_everything(plain_run: dict[str, Any]) -> None:
    """Or kernels that nobody called would have been compared."""
    for state in ("on_strike", "demonstrating", "detained", "wounded", "dead", "fled"):
        assert plain_run["rows"][state] > 0, state
    assert min(plain_run["dead"]) > 0, "civilians, security, hegemon"
    assert plain_run["most_fighting"] > 0


class Doubled:
    """Stands for a module of kernels: each call is done compiled, and on copies in plain Python."""

    def __init__(self, module: ModuleType, calls: Counter[str]) -> None:
        self.module, self.calls, self.made = module, calls, dict[str, Any]()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.module, name)
        if not isinstance(found, CPUDispatcher):
            return found
        if name not in self.made:
            self.made[name] = doubled(found, self.calls)
        return self.made[name]


def doubled(kernel: Any, calls: Counter[str]) -> Any:
    """The kernel, compared with its plain self at every call."""
    name, names = kernel.py_func.__name__.lstrip("_"), parameters_of(kernel)

    @wraps(kernel.py_func)
    def call(*given: Any, **named: Any) -> Any:
        arguments = (*given, *(named[parameter] for parameter in names[len(given) :]))
        assert len(arguments) == len(given) + len(named) == len(names)
        copies: dict[int, Any] = {}
        places: dict[tuple[int, int], Any] = {}
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                # the same memory given twice, as numbers of two kinds, is the same memory for the plain kernel too
                place = argument.ctypes.data, argument.nbytes
                copy = places.setdefault(place, argument.copy())
                is_same = copy.shape == argument.shape
                copies.setdefault(id(argument), copy.view(argument.dtype) if is_same else argument.copy())
        expected = kernel.py_func(*(copies.get(id(argument), argument) for argument in arguments))
        answer = kernel(*arguments)
        assert answer == expected, name
        for position, argument in enumerate(arguments):
            if isinstance(argument, np.ndarray) and argument.tobytes() != copies[id(argument)].tobytes():
                np.testing.assert_array_equal(argument, copies[id(argument)], err_msg=f"{name}, {position}")
                raise AssertionError(f"{name}: argument {position} differs in its bits")
        calls[name] += 1
        return answer

    call.py_func = kernel.py_func  # type: ignore[attr-defined]
    return call


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Doubles every kernel that the crisis clock calls; how often each was compared."""
    counted: Counter[str] = Counter()
    callers = [
        importlib.import_module(f"{package.__name__}.{found.name}")
        for package in (actors, crisis)
        for found in pkgutil.iter_modules(package.__path__)
    ]
    for module in callers:
        for name, value in list(vars(module).items()):
            if isinstance(value, ModuleType) and value.__name__.startswith("uprising.kernel."):
                monkeypatch.setattr(module, name, Doubled(value, counted))
            elif isinstance(value, CPUDispatcher) and not value.__module__.endswith(".draws"):
                monkeypatch.setattr(module, name, doubled(value, counted))
    return counted


ALWAYS = {
    "look_at_blocks", "look_at_teams", "count_states", "members_of", "find_commuters", "acquaint", "list_households",
    "look_ahead", "sweep", "act_and_count", "walk_on",
    "look", "spread_word", "clash", "weigh_sites", "count_present", "move",
    "muster_towns", "share_above", "find_active",
}  # fmt: skip
WITH_LOSSES = {
    "bear_losses",
    "want_to_flee",
    "leave",
    "choose_posts",
    "stand",
    "write_row",
}


def test_every_call_of_a_lively_crisis(calls: Counter[str]) -> None:
    clock = begin()
    for _ in range(150):
        clock.step()
    # the assault and the fights, without the days between
    clock.crisis.country.tick = 6 * 48
    for _ in range(100):
        clock.step()
        clock.series()
    assert calls.keys() >= ALWAYS | WITH_LOSSES, (ALWAYS | WITH_LOSSES) - calls.keys()
    assert losses_by_state(clock.crisis)["dead"] > 0


@settings(
    max_examples=4,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=seeds, share=st.sampled_from([0.01, 0.02]), legitimacy=st.floats(0.0, 0.3))
def test_every_call_of_generated_crises(
    calls: Counter[str], seed: int, share: float, legitimacy: float
) -> None:
    case = with_fewer(template(), share).with_settings("eve", legitimacy=legitimacy, belief=0.4)
    clock = begin(case, seed, 1.0, LIVELY | {"outrage_half_dead": 5.0})
    for _ in range(60):
        clock.step()
    assert calls.keys() >= ALWAYS, ALWAYS - calls.keys()


@settings(max_examples=100)
@given(seeds, st.integers(1, 12))
def test_confrontation_of_generated_sites(seed: int, n_sites: int) -> None:
    """Losses never exceed those present, whatever the parameters."""

    rng = np.random.default_rng(seed)

    def men(most: float) -> Any:
        return np.floor(rng.random(n_sites) * most) * rng.integers(0, 2, n_sites)

    def share() -> Any:
        return rng.random(n_sites)

    most = {
        "arrest_per_man_hour": 0.2, "shots_per_hour": 2.0, "pressed_ratio": 50.0, "kills_per_man_hour": 0.5,
        "wounded_per_dead": 8.0, "ambush_per_hour": 0.01, "area_fire_per_hour": 0.02, "heavy_weapons": 6.0,
        "exposure_armour": 5.0, "bystanders": 2.0, "capture_ratio": 3.0,
    }  # fmt: skip
    guards = men(500)
    arguments = {
        "seed": np.int64(seed), "tick": np.int64(rng.integers(2000)), "step_hours": 0.5,
        "light": float(rng.choice([0.4, 1.0])), "crowd": men(rng.choice([30, 20000])),
        "fighters": men(rng.choice([30, 3000])), "guards": guards, "guards_political": np.floor(guards * share()),
        "troops": men(2000), "troops_infantry": share(), "posture": rng.integers(0, 4, n_sites),
        "troops_posture": rng.integers(0, 4, n_sites), "prize": share(), "outraged": share(), "mood": share(),
        "cover": share(), "residents_per_hectare": share() * 400, "is_held_by_insurgents": share() < 0.3,
        **{name: float(rng.random() * largest + 0.001) for name, largest in most.items()},
        **PURPOSES, "outcome": np.zeros((n_sites, clash.N_OUTCOMES), np.int64),
    }  # fmt: skip
    doubled(clash.confront, Counter())(**arguments)
    crowd, fighters, outcome = (arguments[name] for name in ("crowd", "fighters", "outcome"))
    assert (outcome >= 0).all()
    unarmed = outcome[:, [clash.DEAD_CROWD, clash.WOUNDED_CROWD, clash.ARRESTED]]
    assert (unarmed.sum(axis=1) <= crowd).all()
    assert (outcome[:, clash.DEAD_FIGHTERS] + outcome[:, clash.WOUNDED_FIGHTERS] <= fighters).all()
    assert (outcome[:, clash.DEAD_GUARDS] <= arguments["guards"]).all()
    assert (outcome[:, clash.DEAD_TROOPS] <= arguments["troops"]).all()
    empty = crowd + fighters == 0.0
    assert not outcome[empty].any()


@settings(max_examples=60)
@given(seeds, st.integers(1, 30), st.floats(0.0, 1.0, exclude_max=True))
def test_choose_follows_the_weights(seed: int, n: int, u: float) -> None:
    rng = np.random.default_rng(seed)
    draw = rng.random((3, n)) * rng.integers(0, 2, (3, n))
    nearness = rng.random((2, n))
    # what an earlier step left in the table must not matter
    table, is_filled = rng.random((3, 2, n)), np.zeros((3, 2), bool)
    for aim, origin in np.ndindex(3, 2):
        given: dict[str, Any] = {
            "aim": aim, "nearness": nearness, "cumulative": table, "is_filled": is_filled, "origin": origin, "u": u,
        }  # fmt: skip
        chosen = doubled(travel.choose, Counter())(**given, draw=draw)
        assert is_filled[aim, origin]
        row = table[aim, origin]
        np.testing.assert_allclose(row, np.cumsum(draw[aim] * nearness[origin]))
        if draw[aim].any():
            assert draw[aim, chosen] > 0.0
            assert row[chosen] > u * row[-1]
            assert chosen == 0 or row[chosen - 1] <= u * row[-1]
        else:
            assert chosen == -1
        assert travel.choose(**given, draw=np.zeros((3, n))) == chosen, (
            "a filled row stands"
        )


@settings(max_examples=40)
@given(seeds, st.integers(1, 20))
def test_news_and_outrage_stay_in_their_bounds(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    closeness = rng.random((n, n))
    closeness /= closeness.sum(axis=1, keepdims=True)
    share, news, outrage = rng.random(n), rng.random(n), rng.random(n) * 0.3
    doubled(spread_news, Counter())(share_out=share, closeness=closeness, news=news, fade=0.9)
    assert ((news >= 0.0) & (news <= 1.0 + 1e-12)).all()
    killed = rng.integers(0, 50, n) * 1.0
    fading = outrage * 0.99
    doubled(spread_outrage, Counter())(
        killed=killed, closeness=closeness, half_dead=25.0, most=0.3, fade=0.99, outrage=outrage
    )
    assert ((outrage >= fading - 1e-15) & (outrage <= 0.3)).all()


def test_every_kernel_of_the_crisis_is_compiled() -> None:
    """What the comparisons above take for granted."""
    assert isinstance(sweep.sweep, CPUDispatcher)
    for module in (casualties, clash, flight, influence, loyalty, news, travel):
        own = [
            value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__
        ]
        assert own
        assert all(isinstance(value, CPUDispatcher) for value in own), module.__name__
