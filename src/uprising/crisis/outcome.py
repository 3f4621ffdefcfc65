"""How a run ended, judged from its state at the end."""

from __future__ import annotations


def outcome_of(
    *, mass_protest: bool, intervened: bool, assaulted: bool, control: float, conceded: int, leader_changed: bool,
    alliance_left: bool, troops_acting: bool,
) -> str:  # fmt: skip
    """One of crushed_by_regime, crushed_by_hegemon, negotiated, regime_fell, martial_law, no_uprising.

    control is the mean of the nation's and the capital's control in [0, 1]. Who changes a leader while the
    hegemon's troops are in action has not struck a bargain.
    """
    if not mass_protest:
        return "negotiated" if leader_changed and conceded > 0 else "no_uprising"
    if assaulted:
        return "crushed_by_hegemon"
    if control < 0.4 or alliance_left:
        return "regime_fell"
    if leader_changed and conceded > 0 and not troops_acting:
        return "negotiated"
    if intervened:
        return "crushed_by_hegemon"
    if conceded > 0:
        return "negotiated"
    return "crushed_by_regime" if control > 0.6 else "martial_law"
