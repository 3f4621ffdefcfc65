"""Confrontation: arrests, shots, fights, bystanders and captures at sites."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from uprising import purposes
from uprising.crisis.state import Crisis
from uprising.kernel.confrontation import clash
from uprising.kernel.engine.bind import bind
from uprising.schema import constant

PARAMETERS = (
    "arrest_per_man_hour", "shots_per_hour", "pressed_ratio", "kills_per_man_hour", "wounded_per_dead",
    "ambush_per_hour", "area_fire_per_hour", "heavy_weapons", "exposure_armour", "bystanders", "capture_ratio",
    "outrage_most", "prize_symbol",
)
PURPOSES = {
    "purpose_arrest": purposes.ARREST, "purpose_shots": purposes.SHOTS, "purpose_dead": purposes.SHOTS_DEAD,
    "purpose_troops": purposes.FIGHT_TROOPS, "purpose_insurgents": purposes.FIGHT_INSURGENTS,
    "purpose_bystanders": purposes.FIGHT_BYSTANDERS, "purpose_capture": purposes.CAPTURE,
}
LIGHT_AT_NIGHT = constant("light_at_night")


class Confrontation:
    """What people and forces at sites do to each other; the losses are left in `incidents`."""

    writes: ClassVar[tuple[str, ...]] = ("incidents.outcome", "incidents.sites")

    def __init__(self, crisis: Crisis) -> None:
        self.crisis = crisis
        setting, geography, sites = crisis.setting, crisis.setting.geography, crisis.sites
        world = setting.world
        self._found = np.zeros(world.n_sites, np.int64)
        self._clash = bind(
            clash.clash, "tick", "light", "posture", "line",
            among={name: setting.parameters[name] for name in PARAMETERS} | PURPOSES,
            seed=setting.seed, step_hours=setting.step_hours, present=crisis.deployment.present,
            site_place=world.site_place, heard_outrage=crisis.places.heard_outrage, belief=crisis.perceived.belief,
            prize=geography.prize, is_voice=geography.is_voice, holder=sites.holder, crowd=sites.unarmed,
            insurgents=sites.insurgents, cover=world.cover, residents_per_hectare=world.residents_per_hectare,
            outcome=crisis.incidents.outcome, touched=self._found,
        )

    def __call__(self) -> None:
        """Fill the outcomes of this step at all sites where anybody is."""
        crisis, incidents, government = self.crisis, self.crisis.incidents, self.crisis.government
        if len(incidents.sites):
            incidents.outcome[:] = 0
            incidents.sites = self._found[:0]
        if crisis.population.n_out.any():
            n = self._clash(
                tick=crisis.now.tick, light=1.0 if crisis.now.is_light else LIGHT_AT_NIGHT,
                posture=government.posture, line=float(crisis.setting.leaders[government.leader]["line"]),
            )
            incidents.sites = self._found[:n]
