"""The scorecard: how runs compare with the documented record, and with a naive guess.

`score` takes a run, several runs or the folder of either; `Row` is one line of the scorecard.
"""

from uprising.score.card import Row, score, summary_of
from uprising.score.naive import crps

__all__ = ["Row", "crps", "score", "summary_of"]
