"""Who holds what, as a reader understands it: an empty place is nobody's, the grants of a fallen government are void.

The model keeps the last holder of a site until somebody else takes it. That steers guards and marches. Shown to
a reader, it would leave a hundred buildings in the hands of insurgents long after the last of them is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from uprising.state import HELD_BY_INSURGENTS, HELD_BY_NOBODY

if TYPE_CHECKING:
    import pyarrow

INSTALLED = "government_installed"
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


def void_since(events: pyarrow.Table) -> str | None:
    """Return when what the government granted became void: force installed another government. None if it never did.

    The model's ladder of concessions only counts what was granted.

    Parameters
    ----------
    events
        Events of the run: time, kind.

    Returns
    -------
    str or None
        The moment, to the minute.
    """
    kinds, times = events["kind"].to_pylist(), events["time"].to_pylist()
    installed = [time for kind, time in zip(kinds, times, strict=True) if kind == INSTALLED]
    return min(installed).isoformat(timespec="minutes") if installed else None
