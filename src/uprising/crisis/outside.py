"""Outside world: powers and neighbours respond."""

from __future__ import annotations

from typing import ClassVar

from uprising.actors import outside
from uprising.crisis.state import Crisis
from uprising.schema import constant

NEIGHBOUR_SCALE, NEIGHBOUR_REPORTED = constant("neighbour_scale"), constant("neighbour_reported")


class Outside:
    """Attention and likely answers of the powers, and unrest among neighbours."""

    writes: ClassVar[tuple[str, ...]] = (
        "country.attention", "country.answer", "country.spread", "country.seen_once", "log.events",
    )

    def __init__(self, crisis: Crisis) -> None:
        self.crisis = crisis

    def __call__(self) -> None:
        """Let the world read the news, once an hour."""
        crisis, setting, tick = self.crisis, self.crisis.setting, self.crisis.now.tick
        country, perceived = crisis.country, crisis.perceived
        if tick % setting.steps_per_hour:
            return
        hour = (tick - perceived.foreseen_from) // setting.steps_per_hour
        country.attention, country.answer = perceived.foreseen.answers[hour]
        success = 0.0 if crisis.council.assault_tick >= 0 else 1.0 - country.national_control
        hazards = outside.spread_to_neighbours(setting.neighbours, success)
        country.spread = min(1.0, NEIGHBOUR_SCALE * max(hazards, default=0.0))
        if country.spread > NEIGHBOUR_REPORTED:
            name = setting.neighbours[hazards.index(max(hazards))]["name"]
            crisis.say_once("neighbour", "neighbour_protest", "", name, country.spread, f"Unrest spreads to {name}")
