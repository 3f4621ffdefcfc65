"""Compiled functions over arrays: what takes the time of a run.

Numba looks on its first use whether scipy could multiply matrices for it. No kernel asks for that, and to load
scipy.linalg takes a tenth of a second and 20 MB of every process: here it is told that there is none.
"""

import sys

if "scipy.linalg" not in sys.modules:
    sys.modules["scipy.linalg"] = None  # type: ignore[assignment]  # the way to say that it can't be imported
    try:
        import numba.np.arraymath  # noqa: F401
    finally:
        del sys.modules["scipy.linalg"]
