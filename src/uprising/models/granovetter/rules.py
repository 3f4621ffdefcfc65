"""What a person of the threshold model does: a rule about one person, or about arrays of people alike."""

from __future__ import annotations

from typing import Any


def join(threshold: Any, out: float, population: int) -> Any:
    """Whether somebody is out, who asks for `threshold` persons and sees `out` of the population."""
    return threshold <= out
