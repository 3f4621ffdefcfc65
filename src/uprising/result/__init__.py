"""What a run leaves: time series, events, summary, provenance, and the folder that holds them."""

from uprising.result.result import Result, open_result

__all__ = ["Result", "open_result"]
