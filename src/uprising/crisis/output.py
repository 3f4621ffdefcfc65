"""Output: the values of a step for every variable of schema/outputs.csv."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprising.crisis.setting import WORKER_ROLES
from uprising.crisis.state import Crisis
from uprising.kernel.engine.bind import bind
from uprising.kernel.output import write_row
from uprising.schema import outputs
from uprising.state import ROLES, SIDES

TO_COLUMN = {
    "to_crowd": "crowd", "to_fighting": "fighting", "to_striking": "striking", "to_detained": "detained",
    "to_wounded": "wounded", "to_dead": "dead", "to_fled": "fled", "to_discontent": "private_discontent",
    "to_belief": "belief", "to_outrage": "outrage", "to_fear": "fear", "to_site_crowd": "site_crowd",
    "to_site_fighting": "site_fighting", "to_holder": "site_holder", "to_node": "unit_site", "to_men": "unit_men",
    "to_stance": "unit_stance", "to_loyalty": "unit_loyalty",
}
"""the output variable of each column that kernel.output.write_row fills"""
Columns = Mapping[str, NDArray[Any]]


class Output:
    """Writes the values of finished steps into columns."""

    def __init__(self, crisis: Crisis) -> None:
        self.crisis = crisis
        self._written_to: tuple[Columns | None, Callable[..., bool]] = None, lambda **_: True
        self._mean_of: tuple[NDArray[np.float64] | None, float] = None, 0.0

    def series(self) -> dict[str, Any]:
        """Return the values of the last step for every output variable, without the time axis."""
        world = self.crisis.setting.world
        sizes = {
            "place": world.n_places, "role": len(ROLES), "side": len(SIDES), "site": world.n_sites,
            "unit": len(world.unit_ids),
        }
        columns = {v.name: np.zeros((1, *(sizes[d] for d in v.dims[1:])), v.dtype) for v in outputs()}
        self.write_row(columns, 0)
        return {name: column[0] for name, column in columns.items()}

    def write_row(self, columns: Columns, row: int) -> None:
        """Write the values of the last step into a row of the columns, one for every output variable."""
        crisis, government, country = self.crisis, self.crisis.government, self.crisis.country
        places, perceived = crisis.places, crisis.perceived
        if country.tick % 12 == 1:  # the step just finished was at a quarter of the day
            places.private_discontent[:] = crisis.population.private_discontent(
                perceived.grievance, places.heard_outrage
            )
        if columns is not self._written_to[0]:
            self._written_to = columns, self._writer(columns)
        if not self._written_to[1](row=row):
            raise OverflowError(
                f"step {country.tick}: a count of people is negative, not a number or above 2,147,483,647, which no"
                " series holds; check the numbers of the case and the parameters"
            )
        columns["legitimacy"][row] = perceived.legitimacy
        columns["government_line"][row] = crisis.setting.leaders[government.leader]["line"]
        columns["conceded"][row] = len(government.conceded)
        columns["control"][row] = country.national_control
        columns["hegemon_mean"][row] = self._council_mean()
        columns["attention"][row] = country.attention

    def _writer(self, columns: Columns) -> Callable[..., bool]:
        crisis = self.crisis
        places, sites, units, perceived = crisis.places, crisis.sites, crisis.units, crisis.perceived
        return bind(
            write_row, "row", among={argument: columns[name] for argument, name in TO_COLUMN.items()},
            private_discontent=places.private_discontent,
            place_role=crisis.population.counters.place_role, weight=crisis.setting.weight,
            first_worker=WORKER_ROLES[0], second_worker=WORKER_ROLES[1], wounded=places.wounded, dead=places.dead,
            fled_rows=places.fled_rows, belief=perceived.belief, outrage=places.heard_outrage,
            fear=perceived.risk_out, site_crowd=sites.unarmed, site_fighters=sites.insurgents, holder=sites.holder,
            node=units.node, men=units.men, stance=units.stance, loyalty=units.loyalty,
        )

    def _council_mean(self) -> float:
        """Weighted mean position, worked out once after each session."""
        positions, weight = self.crisis.council.positions, self.crisis.setting.member_weight
        if positions is not self._mean_of[0]:
            mean = math.fsum(positions * weight) / math.fsum(weight) if len(weight) else 0.0
            self._mean_of = positions, mean
        return self._mean_of[1]
