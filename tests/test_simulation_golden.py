"""Numbers change only on purpose."""

from __future__ import annotations

import json

import pytest

from renew_golden import GOLDEN, SEEDS, measured

REMEDY = (
    "the template no longer gives the numbers of tests/golden.json. If that is meant, renew them with "
    "`python tests/renew_golden.py` and mark the change in CHANGELOG.md as [results change]"
)


@pytest.fixture(scope="module")
def now() -> dict[str, dict[str, object]]:
    return measured()


@pytest.mark.parametrize("seed", [str(seed) for seed in SEEDS])
def test_golden(seed: str, now: dict[str, dict[str, object]]) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    # the small numbers first: they say more about what has changed than a digest
    for key in ("case_digest", "totals", "outcome", "result_digest"):
        assert now[seed][key] == golden[seed][key], f"{key}: {REMEDY}"


def test_seeds_differ(now: dict[str, dict[str, object]]) -> None:
    assert len({str(found["result_digest"]) for found in now.values()}) == len(SEEDS)
