"""What a member of a group comes to think: a rule about one person, or about arrays of people alike."""

from __future__ import annotations

from typing import Any


def revise(heard: Any, start: Any, stubbornness: Any) -> Any:
    """The new opinion of somebody who hears the weighted mean `heard` and began with the opinion `start`."""
    return (1.0 - stubbornness) * heard + stubbornness * start
