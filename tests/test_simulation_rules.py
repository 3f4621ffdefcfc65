"""A user's own rule in place of the model's."""

from __future__ import annotations

import importlib.util
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

import uprising
from small_worlds import LIVELY, SCALE, template
from uprising.kernel.decision import utility
from uprising.state import DEMONSTRATING, QUIET

SETTINGS = {"seed": 1, "scale": SCALE, "parameters": LIVELY, "until": "1970-05-04", "threads": 1}
EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "own_rule.py"


@pytest.fixture(scope="module")
def usual() -> Any:
    result = uprising.run(template(), **SETTINGS)
    assert result.summary["totals"]["peak_crowd"] > 1000
    return result


def stay(
    activity, can_fight, drive, pull_out, pull_strike, risk_out, risk_strike, risk_fight,
    cost_out, cost_strike, cost_fight, hysteresis, commitment, solidarity,
):  # fmt: skip
    return QUIET


def go(
    activity, can_fight, drive, pull_out, pull_strike, risk_out, risk_strike, risk_fight,
    cost_out, cost_strike, cost_fight, hysteresis, commitment, solidarity,
):  # fmt: skip
    return DEMONSTRATING


def test_the_models_own_rule_as_a_users_rule_changes_nothing(usual: Any) -> None:
    default = getattr(utility.decide, "py_func", utility.decide)
    again = uprising.run(template(), rules={"reconsider": default}, **SETTINGS)
    assert again.summary["result_digest"] == usual.summary["result_digest"]
    assert again.events.equals(usual.events)


def test_another_rule_is_obeyed(usual: Any) -> None:
    calm = uprising.run(template(), rules={"reconsider": stay}, **SETTINGS)
    assert calm.summary["totals"]["peak_crowd"] == 0
    assert calm.summary["outcome"] == "no_uprising"
    assert calm.summary["result_digest"] != usual.summary["result_digest"]
    # a rule leaves nothing behind
    again = uprising.run(template(), rules={}, **SETTINGS)
    assert again.summary["result_digest"] == usual.summary["result_digest"]


def test_a_rule_can_fill_the_streets() -> None:
    """Of a country that stays at home on its first day, since going out costs what it costs in life."""
    first_day = {**SETTINGS, "parameters": {**LIVELY, "cost_out": 1.4}, "until": "1970-05-01"}
    usual, full = (
        uprising.run(template(), rules=rules, **first_day).places["crowd"].sum(["place", "role"]).max()
        for rules in ({}, {"reconsider": go})
    )
    assert full > 2 * usual
    assert full > 0.7 * 120_000, "nearly everybody who may go goes"


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(uprising.UserError, match="no rule 'recosider'; a rule can be given for: reconsider"):
        uprising.run(template(), rules={"recosider": stay}, **SETTINGS)


@pytest.mark.parametrize("rule", [3, lambda activity: 0], ids=["no function", "other arguments"])
def test_a_rule_of_another_form_is_refused(rule: Any) -> None:
    with pytest.raises(uprising.UserError, match="reconsider"):
        uprising.run(template(), rules={"reconsider": rule}, **SETTINGS)


def test_the_example_runs_and_shows_a_difference() -> None:
    spec = importlib.util.spec_from_file_location("own_rule", EXAMPLE)
    assert spec is not None and spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    (usual, *with_rule), (alone, *without) = example.compare()
    assert (usual, alone) == ("the model's rule", "everybody alone")
    assert with_rule[0] > without[0]
    default = utility.decide.py_func.__code__
    own = example.everybody_alone.__code__
    # same arguments in the same order, or the example would be misleading
    assert own.co_varnames[: own.co_argcount] == default.co_varnames[: default.co_argcount]


def test_a_run_with_a_rule_is_resumed_with_the_same_rule_only(tmp_path: Path) -> None:
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals reach the main thread only")

    def stop(stage: str, done: int, *_: Any) -> None:
        if stage == "crisis" and done == 60:
            signal.raise_signal(signal.SIGINT)

    whole = uprising.run(template(), rules={"reconsider": go}, **SETTINGS)
    with pytest.raises(uprising.Interrupted):
        uprising.run(template(), rules={"reconsider": go}, out=tmp_path / "run", progress=stop, **SETTINGS)
    for rules in ({}, {"reconsider": stay}):
        with pytest.raises(uprising.UserError, match="the rule for reconsider is not the one"):
            uprising.run(resume=tmp_path / "run", rules=rules)
    resumed = uprising.run(resume=tmp_path / "run", rules={"reconsider": go})
    assert resumed.summary["result_digest"] == whole.summary["result_digest"]
