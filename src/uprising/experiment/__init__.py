"""Many runs and what they say together: ensembles, what-ifs compared on shared draws."""

from uprising.experiment.comparing import Comparison, compare
from uprising.experiment.driving import ensemble
from uprising.experiment.study import Ensemble, is_ensemble, open_ensemble

__all__ = ["Comparison", "Ensemble", "compare", "ensemble", "is_ensemble", "open_ensemble"]
