"""Into how many parts a force is split."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from uprising.schema import constant

BATTLE_GROUP = constant("battle_group")
MOBILE_KINDS = ("mechanised", "armour", "infantry", "airborne")


def n_units_of(force: Mapping[str, Any]) -> int:
    """Parts in which a force acts: battle groups of a large mobile formation of the hegemon, else one.

    Examples
    --------
    >>> n_units_of({"side": "hegemon", "kind": "armour", "men": 5000})
    5
    >>> n_units_of({"side": "army", "kind": "armour", "men": 5000})
    1
    """
    if force["side"] != "hegemon" or force["kind"] not in MOBILE_KINDS:
        return 1
    return max(1, math.ceil(float(force["men"] or 0.0) / BATTLE_GROUP))
