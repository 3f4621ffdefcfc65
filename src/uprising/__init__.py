"""uprising: simulate how an uprising against a one-party state begins, spreads and ends.

Nothing heavy is imported until a name below is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uprising.case import Case, load_case
    from uprising.errors import Interrupted, UserError
    from uprising.result import Result, open_result
    from uprising.simulation import run

__version__ = "0.1.0"

_PUBLIC = {
    "Case": "uprising.case",
    "Interrupted": "uprising.errors",
    "Result": "uprising.result",
    "UserError": "uprising.errors",
    "load_case": "uprising.case",
    "open_result": "uprising.result",
    "run": "uprising.simulation",
}

__all__ = ["Case", "Interrupted", "Result", "UserError", "__version__", "load_case", "open_result", "run"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'uprising' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
