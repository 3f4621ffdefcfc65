"""Units: presence, loyalty, marches, control."""
