"""What a person of the model of Monday demonstrations does, and what the public learns from it."""

from __future__ import annotations

from typing import Any


def protest(is_extremist: Any, is_moderate: Any, saw_bad: Any, cost: Any, benefit: float, influence: float) -> Any:
    """Whether somebody demonstrates: extremists always, moderates who know the regime as bad and find it worth it."""
    return is_extremist | (is_moderate & saw_bad & (benefit * influence >= cost))


def learn(
    log_odds: float, turnout: float, expected_extremists: float, moderates: float, informativeness: float
) -> float:
    """The public's log-odds that the regime is bad, after a demonstration.

    Turnout is discounted by the extremists expected; what is left, as a share of the moderates, speaks for a bad
    regime, and turnout below the expected speaks for it.
    """
    return log_odds + informativeness * (turnout - expected_extremists) / moderates
