"""Wrong arguments of a run: a message that says what was given, what is expected and how to mend it."""

from __future__ import annotations

import json
import math
import os
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import uprising
from small_worlds import SCALE, template
from uprising.arguments import DEFAULT_SEED

SETTINGS = {"scale": SCALE, "until": "1970-05-01", "threads": 1}


def message(**changes: Any) -> str:
    """What the user reads."""
    with pytest.raises(uprising.UserError) as caught:
        uprising.run(template(), **{**SETTINGS, **changes})
    text = str(caught.value)
    assert text and "Traceback" not in text
    return text


@pytest.mark.parametrize("scale", [0, 0.0, 2, -0.5, math.nan, math.inf])
def test_scale(scale: float) -> None:
    assert message(scale=scale) == f"the scale is {scale!r}; it must be above 0 and at most 1"


def test_scale_at_which_nobody_is_left() -> None:
    text = message(scale=1e-9)
    assert "nobody of 120000 people is left" in text
    assert "use at least" in text


@pytest.mark.parametrize("seed", [-1, 1.5, 2**63, True, "7"])
def test_seed(seed: Any) -> None:
    assert message(seed=seed) == f"the seed is {seed!r}; it must be a whole number from 0 to 2^63 - 1"


def test_settings_left_out_and_none_are_the_documented_defaults() -> None:
    left_out = uprising.run(template(), **SETTINGS).summary
    given = uprising.run(template(), seed=DEFAULT_SEED, clocks="crisis", **SETTINGS).summary
    none = uprising.run(template(), seed=None, clocks=None, keep_people=None, **SETTINGS).summary
    assert left_out["seed"] == none["seed"] == DEFAULT_SEED
    assert left_out["result_digest"] == given["result_digest"] == none["result_digest"]


def test_all_faults_are_told_at_once() -> None:
    text = message(seed=-1, scale=2, threads=0, clocks="sundial", snapshot_minutes=-1)
    for name in ("the seed", "the scale", "threads", "clocks", "snapshot_minutes"):
        assert name in text


def test_seed_zero_is_a_seed() -> None:
    assert uprising.run(template(), seed=0, **SETTINGS).summary["seed"] == 0


def test_seed_may_be_a_whole_number_of_numpy() -> None:
    uprising.run(template(), seed=np.arange(3)[1], **SETTINGS)


@pytest.mark.parametrize("threads", [0, -2])
def test_threads(threads: int) -> None:
    assert message(threads=threads) == f"threads is {threads}; it must be at least 1, or -1 for all cores"


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"until": "1970-04-20"}, "1970-05-01T00:00 to 1970-04-21T00:00"),
        ({"start": "1970-05-03", "until": "1970-05-01"}, "1970-05-03T00:00 to 1970-05-02T00:00"),
        ({"start": "1970-04-30"}, "1970-04-30T00:00"),
        ({"until": "1970-05-16"}, "1970-05-17T00:00"),
        ({"until": "1956-10-16"}, "1956-10-17T00:00"),
    ],
)
def test_days_outside_the_calendar(changes: dict[str, str], shown: str) -> None:
    text = message(**changes)
    assert "the crisis clock of island runs from 1970-05-01T00:00 to 1970-05-16T00:00" in text
    assert shown in text


@pytest.mark.parametrize("name", ["start", "until"])
@pytest.mark.parametrize("value", ["tomorrow", "", "1970-13-01", "1970-05-40"])
def test_days_that_are_none(name: str, value: str) -> None:
    text = message(**{name: value})
    assert f"{value!r} is not a date like 1970-05-01" in text


def test_the_wrong_one_of_two_days_is_named() -> None:
    assert "'tomorrow'" in message(start="1970-05-01", until="tomorrow")


def test_times_between_steps() -> None:
    text = message(until="1970-05-02T10:10")
    assert "30 minutes" in text
    assert "10:10" in text


def test_parameter_of_another_name() -> None:
    text = message(parameters={"weight_socal": 0.7})
    assert "there is no parameter 'weight_socal'; did you mean weight_social?" in text
    assert "uprising parameters" in text


@pytest.mark.parametrize("value", [99, -1, math.nan, math.inf])
def test_parameter_out_of_range(value: float) -> None:
    assert f"weight_social is {value}; it must lie between 0.3 and 1.2" in message(
        parameters={"weight_social": value}
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": {"weight_social": "much"}},
        {"parameters": {"weight_social": None}},
        {"scale": "all"},
        {"threads": 1.5},
    ],
    ids=["text", "nothing", "scale", "threads"],
)
def test_values_of_another_type(changes: dict[str, Any]) -> None:
    text = message(**changes)
    assert next(iter(changes)).rstrip("s") in text


def test_what_if_of_another_name() -> None:
    text = message(what_if="no-new")
    assert "'no-new'" in text
    assert "no-news" in text


@pytest.mark.parametrize("clocks", ["all", "crises", ""])
def test_clocks(clocks: str) -> None:
    assert message(clocks=clocks) == f"clocks {clocks!r} is unknown; this version has: crisis"


def test_case_of_another_name() -> None:
    with pytest.raises(uprising.UserError, match="hungary-1956"):
        uprising.run("hungray-1956", scale=SCALE)


def test_output_folder_that_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    text = message(out=tmp_path)
    assert str(tmp_path) in text
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "mine"


def test_output_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("", encoding="utf-8")
    assert str(tmp_path / "run") in message(out=tmp_path / "run")


def test_wrong_arguments_leave_no_folder(tmp_path: Path) -> None:
    for changes in (
        {"seed": -1},
        {"parameters": {"no_such": 1.0}},
        {"until": "1960-01-01"},
        {"what_if": "no"},
    ):
        message(out=tmp_path / "run", **changes)
        assert not (tmp_path / "run").exists(), changes


def test_numbers_of_numpy_are_numbers() -> None:
    plain = uprising.run(template(), seed=1, **SETTINGS)
    of_numpy = uprising.run(
        template(), seed=1, **{**SETTINGS, "scale": np.float64(SCALE), "threads": np.int64(1)}
    )
    assert of_numpy.summary["result_digest"] == plain.summary["result_digest"]


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": np.int64(3)},
        {"seed": np.array(3), "scale": np.array(SCALE), "threads": np.uint8(1)},
        {"seed": 3, "parameters": {"weight_social": np.float32(0.75)}},
        {"seed": 3, "parameters": pandas.Series({"weight_social": 0.75})},
        {"seed": 3, "until": date(1970, 5, 1), "keep_people": np.bool_(True)},
        {"seed": 3, "start": np.datetime64("1970-05-01"), "until": pandas.Timestamp("1970-05-02")},
        {"seed": np.int32(3), "what_if": np.str_("no-news")},
    ],
    ids=["seed", "arrays", "float32", "row", "date", "datetimes", "text"],
)
def test_a_run_of_numpy_values_leaves_a_whole_folder_like_that_of_plain_ones(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    result = uprising.run(template(), out=tmp_path / "run", **{**SETTINGS, **changes})
    opened = uprising.open_result(tmp_path / "run")
    assert opened.summary == json.loads(json.dumps(result.summary))
    assert opened.provenance == json.loads(json.dumps(result.provenance))
    assert type(opened.summary["seed"]) is int and opened.summary["seed"] == 3


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seed": np.float64(3.0)}, "the seed is"),
        ({"seed": np.bool_(True)}, "the seed is"),
        ({"seed": np.array([1, 2])}, "the seed is"),
        ({"scale": np.nan}, "the scale is"),
        ({"keep_people": "yes"}, "keep_people is 'yes'; it must be True or False"),
        ({"out": 7}, "out is 7; it must be a path"),
        ({"out": b"run"}, "out is b'run'; it must be a path"),
        ({"parameters": [0.7]}, "parameters is [0.7]; it must be a dictionary of numbers by name"),
        ({"until": 19561024}, "until is 19561024; it must be a date"),
        ({"what_if": 3}, "what_if is 3; it must be a text"),
    ],
)
def test_values_that_no_file_could_hold_are_refused_before_any_work(
    changes: dict[str, Any], told: str, tmp_path: Path
) -> None:
    assert told in message(**{"out": tmp_path / "run", **changes})
    assert not (tmp_path / "run").exists()


def test_minus_one_stands_for_all_cores_as_in_joblib() -> None:
    everywhere = uprising.run(template(), seed=1, **{**SETTINGS, "threads": -1})
    assert (
        everywhere.summary["result_digest"]
        == uprising.run(template(), seed=1, **SETTINGS).summary["result_digest"]
    )


def test_a_name_that_is_no_utf8_is_refused_before_any_work(tmp_path: Path) -> None:
    text = message(out=os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    assert "caf\\xe9: the name of this file or folder is not valid UTF-8" in text
    assert not list(tmp_path.iterdir())


def test_the_default_seed_is_the_one_that_the_report_names() -> None:
    report = (Path(__file__).parents[1] / "validation" / "typical-seed" / "report.md").read_text(encoding="utf-8")
    assert f"**Seed {DEFAULT_SEED}** is the most typical" in report
    assert uprising.run(template(), **SETTINGS).summary["seed"] == DEFAULT_SEED
