"""The crisis clock: half-hour steps from the eve to the end, stage by stage; `order` holds the order of a step."""
