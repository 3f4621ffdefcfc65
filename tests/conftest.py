"""What all tests share: people are kept in a folder of the test session, never in the user's cache."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# a kernel compiles at its first call, so the time of an example says nothing
settings.register_profile("uprising", deadline=None)
settings.load_profile("uprising")


@pytest.fixture(autouse=True, scope="session")
def cache_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Set for this process and for those that tests start."""
    before = os.environ.get("UPRISING_CACHE")
    os.environ["UPRISING_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["UPRISING_CACHE"]
    else:
        os.environ["UPRISING_CACHE"] = before
