"""The people as arrays: synthesis, the record of a person, counters."""
