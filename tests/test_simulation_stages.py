"""The printed order of a step is the one that runs, and whoever measures time hears of each stage."""

from __future__ import annotations

import uprising
from small_worlds import SCALE, template
from uprising.crisis.order import explain

DAY = {"scale": SCALE, "until": "1970-05-01", "threads": 1}


def test_laps_are_the_stages_in_their_order() -> None:
    heard: list[str] = []
    timed = uprising.run(template(), **DAY, lap=heard.append)
    order = [name for name, *_ in explain()]
    assert heard[:3] == ["case", "people", "preparation"]
    assert heard[3:-1] == order * timed.summary["steps"]
    assert heard[-1] == "end"
    untimed = uprising.run(template(), **DAY)
    assert timed.summary["result_digest"] == untimed.summary["result_digest"]
