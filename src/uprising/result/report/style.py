"""The report's style sheet, from style.css beside this module."""

from __future__ import annotations

from importlib import resources


def style() -> str:
    """The sheet as it goes into the page."""
    return resources.files(__package__).joinpath("style.css").read_text(encoding="utf-8")
