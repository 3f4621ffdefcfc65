"""The field's published models: faithful, fast, and each with its table of agreement with its paper.

>>> from uprising import models
>>> result = models.run("granovetter", experiment="ladder")
>>> result.runs[0].summary["final"]
100.0

One folder a model: `model.py` (the rules), `card.toml` (citation, equations, parameters with published values,
switches for what papers leave open, deviations) and `expected.csv` (what the paper, or exact arithmetic, says).
Nothing is imported until a model is asked for.
"""

from __future__ import annotations

from uprising.models.cards import Card, ModelError, card, names
from uprising.models.checks import check, uncovered
from uprising.models.running import Run, Study, StudyResult, rules_of, run

__all__ = [
    "Card",
    "ModelError",
    "Run",
    "Study",
    "StudyResult",
    "card",
    "check",
    "names",
    "rules_of",
    "run",
    "uncovered",
]
