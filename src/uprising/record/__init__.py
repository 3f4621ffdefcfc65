"""The documented record of a case: what is known to have happened. Nothing that simulates reads it."""
