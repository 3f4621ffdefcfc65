"""How a run ended, judged from its state at the end."""

from __future__ import annotations

from uprising.crisis.state import Crisis
from uprising.kernel.forces import presence


def outcome_of(
    *, mass_protest: bool, intervened: bool, assaulted: bool, control: float, conceded: int, leader_changed: bool,
    alliance_left: bool, troops_acting: bool,
) -> str:
    """Return one of crushed_by_regime, crushed_by_hegemon, negotiated, regime_fell, martial_law, no_uprising.

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


def outcome_so_far(crisis: Crisis) -> str:
    """Return one of the outcomes of the interface, judged at the present step."""
    seen, control = crisis.country.seen_once, crisis.towns.control
    return outcome_of(
        mass_protest=any(key.startswith("mass ") for key in seen),
        intervened="intervention" in seen,
        assaulted=crisis.council.assault_tick >= 0,
        control=0.5 * (crisis.country.national_control + float(control[crisis.setting.world.capital])),
        conceded=len(crisis.government.conceded),
        leader_changed=len(crisis.government.fallen) > 0,
        alliance_left=crisis.government.has_left_alliance,
        troops_acting=bool(crisis.deployment.at_sites(presence.ACTING).sum() > 0.0),
    )
