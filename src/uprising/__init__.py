"""uprising: simulate how an uprising against a one-party state begins, spreads and ends.

Nothing heavy is imported until a name below is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uprising.case import Case, load_case
    from uprising.errors import DamagedError, Interrupted, UserError
    from uprising.experiment import (
        Comparison,
        Ensemble,
        Verification,
        compare,
        ensemble,
        join,
        open_ensemble,
        verify,
    )
    from uprising.result import Result, open_result
    from uprising.simulation import run

__version__ = "0.1.0"

_PUBLIC = {
    "Case": "uprising.case",
    "Comparison": "uprising.experiment",
    "DamagedError": "uprising.errors",
    "Ensemble": "uprising.experiment",
    "Interrupted": "uprising.errors",
    "Result": "uprising.result",
    "UserError": "uprising.errors",
    "Verification": "uprising.experiment",
    "compare": "uprising.experiment",
    "ensemble": "uprising.experiment",
    "join": "uprising.experiment",
    "load_case": "uprising.case",
    "open_ensemble": "uprising.experiment",
    "open_result": "uprising.result",
    "run": "uprising.simulation",
    "verify": "uprising.experiment",
}

__all__ = [
    "Case",
    "Comparison",
    "DamagedError",
    "Ensemble",
    "Interrupted",
    "Result",
    "UserError",
    "Verification",
    "__version__",
    "compare",
    "ensemble",
    "join",
    "load_case",
    "open_ensemble",
    "open_result",
    "run",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'uprising' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
