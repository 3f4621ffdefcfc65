"""What a person of the network model feels and does: rules about one person, or about arrays of people alike."""

from __future__ import annotations

from typing import Any


def decide(motivation: Any, external: Any) -> Any:
    """Whether somebody takes part: with a motivation of their own and what they feel of others, from -1 to 0."""
    return motivation + external > 0.0


def feel(external: Any, rate: Any, persistence: float) -> Any:
    """What somebody feels of others after a period in which the share `rate` of their neighbours took part."""
    return persistence * external - (1.0 - persistence) * (1.0 - rate)
