"""Who holds a site, as a reader understands it: a place that everybody has left is nobody's.

The model keeps the last holder of a site until somebody else takes it. That steers guards and marches. Shown to
a reader, it would leave a hundred buildings in the hands of insurgents long after the last of them is gone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uprising.state import HELD_BY_INSURGENTS, HELD_BY_NOBODY

HOURS = 24
"""so long after the last people were there a site counts as theirs: a night's sleep gives nothing up"""


def holders_shown(
    holder: NDArray[np.integer],
    crowd: NDArray[np.integer],
    fighting: NDArray[np.integer],
    step_minutes: int,
) -> NDArray[np.uint8]:
    """Replace insurgents as holders of a site where none of the people has been there for a day.

    Parameters
    ----------
    holder
        [time, site] holder as recorded (codes of `uprising.state`).
    crowd, fighting
        [time, site] people at the site, and insurgents among them.
    step_minutes
        Length of a step.

    Returns
    -------
    array of uint8
        [time, site] the same codes.
    """
    steps = max(1, HOURS * 60 // step_minutes)
    here = (crowd > 0) | (fighting > 0)
    index = np.arange(len(here))[:, None]
    last = np.maximum.accumulate(np.where(here, index, -steps), axis=0)
    # whoever takes a site is there, even where the record of that step has them already gone
    taken = np.zeros(here.shape, np.bool_)
    taken[1:] = (holder[1:] == HELD_BY_INSURGENTS) & (holder[:-1] != HELD_BY_INSURGENTS)
    last = np.maximum(last, np.maximum.accumulate(np.where(taken, index, -steps), axis=0))
    is_left = (holder == HELD_BY_INSURGENTS) & (index - last >= steps)
    return np.where(is_left, HELD_BY_NOBODY, holder).astype(np.uint8)
