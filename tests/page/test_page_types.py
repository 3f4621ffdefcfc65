"""What the page takes from the server is typed by the server's own contract."""

from __future__ import annotations

import pytest
import renew_types


def test_types_are_those_of_the_contract() -> None:
    if not renew_types.GENERATOR.is_file():
        pytest.fail("the page's packages are not installed; run: python hatch_build.py style")
    assert renew_types.TYPES.read_text(encoding="utf-8") == renew_types.generated(), (
        "the API has changed; run: python tests/page/renew_types.py"
    )
