"""Many runs and what they say together: ensembles, what-ifs compared on shared draws."""

from uprising.experiment.comparing import Comparison, compare
from uprising.experiment.driving import ensemble
from uprising.experiment.joining import join
from uprising.experiment.study import Ensemble, is_ensemble, open_ensemble
from uprising.experiment.verifying import Verification, verify

__all__ = [
    "Comparison", "Ensemble", "Verification", "compare", "ensemble", "is_ensemble", "join",
    "open_ensemble", "verify",
]  # fmt: skip
