"""What a person under authorities expresses and dares: rules about one person, or about arrays of people alike."""

from __future__ import annotations

from typing import Any


def express(
    private: Any, central: float, local: Any, seen: Any, by_centre: Any, by_place: Any, by_others: float
) -> Any:
    """What somebody expresses: the mean of what pulls, each by its weight; the own position weighs 1.

    Pulls are the private position, the central and the local authority's, and what neighbours are `seen` to express.
    """
    total = 1.0 + by_centre + by_place + by_others
    return (private + by_centre * central + by_place * local + by_others * seen) / total


def dare(dissent_seen: Any, courage: float) -> Any:
    """Whether somebody stops fearing the centre, who sees this share of dissenters in sight."""
    return dissent_seen > courage
