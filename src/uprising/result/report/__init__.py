"""The report of a run: one HTML page that needs nothing beside itself."""

from uprising.result.report.page import write_report

__all__ = ["write_report"]
