"""Cases: read, check, overlay what-ifs, synthesise the people."""

from __future__ import annotations

from uprising.case.faults import CaseError, Fault
from uprising.case.overlays import WhatIf
from uprising.case.reading import Case, check_case, find_case, load_case, shipped_cases
from uprising.case.tables import Table
from uprising.case.template import write_template

__all__ = [
    "Case",
    "CaseError",
    "Fault",
    "Table",
    "WhatIf",
    "check_case",
    "find_case",
    "load_case",
    "shipped_cases",
    "write_template",
]
