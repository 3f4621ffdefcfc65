"""What a person of the model of revolutions does: rules about one person, or about arrays of people alike."""

from __future__ import annotations

from typing import Any

import numpy as np


def oppose(threshold: Any, opposition: float) -> Any:
    """Whether somebody opposes in public, who asks for the share `threshold` and sees the share `opposition`."""
    # a share is a whole number of persons, so it is compared as one
    return threshold <= opposition + 1e-12


def threshold(antipathy: Any, base: float, fear: float) -> Any:
    """Which share in opposition somebody asks for, by their antipathy to the government; from 0 to 1."""
    return np.minimum(np.maximum(base + fear - antipathy, 0.0), 1.0)
