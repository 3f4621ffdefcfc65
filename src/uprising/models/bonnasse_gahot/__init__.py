"""Published model: see card.toml beside this file."""
