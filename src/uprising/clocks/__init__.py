"""Clocks: each a printable list of steps, in order (build-up, crisis, aftermath on one calendar)."""
