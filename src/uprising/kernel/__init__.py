"""Compiled functions over arrays: what takes the time of a run."""
