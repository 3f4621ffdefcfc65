"""How long a test waits for something that comes sooner or later, on however busy a machine."""

HANGS_SECONDS = 1800.0
"""what isn't there by then never comes; no test asks how fast anything is"""
