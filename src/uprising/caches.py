"""Where what took long to make is kept, so that the next start takes no time."""

from __future__ import annotations

import os
from pathlib import Path

ENVIRONMENT = "UPRISING_CACHE"


def cache_folder(kind: str) -> Path:
    """Folder for one kind of thing: in $UPRISING_CACHE, else in the user's cache folder."""
    given = os.environ.get(ENVIRONMENT)
    if given:
        return Path(given) / kind
    import platformdirs

    return Path(platformdirs.user_cache_path("uprising")) / kind
