"""Where people go: attraction of sites, travel."""
