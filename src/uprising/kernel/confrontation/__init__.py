"""What happens between people and forces at sites, and who bears it."""
