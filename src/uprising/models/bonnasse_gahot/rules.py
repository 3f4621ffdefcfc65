"""How the people of a place answer to riots elsewhere: a rule about one place."""

from __future__ import annotations

import math
from typing import Any

LINEAR, SATURATING = range(2)


def respond(heard: Any, form: int, contagion: float, ceiling: float, hearing_threshold: float) -> Any:
    """How fast those who may join do so, by the activity they hear of; form: 0 linear, 1 saturating at `ceiling`."""
    if form == LINEAR:
        return contagion * heard
    over = max(heard - hearing_threshold, 0.0)
    return ceiling * (1.0 - math.exp(-contagion / ceiling * over))
