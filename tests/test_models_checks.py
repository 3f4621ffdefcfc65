"""Every published claim with evidence V or C holds here within its tolerance, or names its deviation."""

from __future__ import annotations

import pytest

from uprising import models
from uprising.models.checks import expected, is_asserted
from uprising.models.running import Study, module

# rows whose statistics take most of a minute or more: `validation/models/` holds their report
LONG = {"EP07", "NL05", "NL08"}
# Model I's rows that need 20 runs of 3000 periods each share one study
NAMES = models.names()


@pytest.mark.parametrize("name", NAMES)
def test_asserted_rows_hold_or_say_why(name: str) -> None:
    chosen = tuple(
        row.check_id for row in expected(name) if is_asserted(row.evidence) and row.check_id not in LONG
    )
    rows = models.check(name, only=chosen, study=Study(name))
    assert len(rows) == len(chosen)
    wrong = [row for row in rows if row["asserted"] and not row["pass"] and not row["deviation"]]
    assert not wrong, wrong


@pytest.mark.parametrize("name", NAMES)
def test_every_row_has_a_measure_and_every_measure_a_row(name: str) -> None:
    assert {row.check_id for row in expected(name)} == set(module(name).CHECKS)


def test_rows_from_memory_have_no_verdict() -> None:
    rows = models.check("kuran", only=("KU04",)) + models.check("lohmann")
    assert {row["evidence"] for row in rows} >= {"M"}
    assert all(row["pass"] is None for row in rows if row["evidence"] == "M")


def test_a_claim_is_stated_once() -> None:
    ids = [row.check_id for name in NAMES for row in expected(name)] + [
        row["check_id"] for row in models.uncovered()
    ]
    assert len(ids) == len(set(ids))


def test_deviations_are_only_listed_where_needed_or_explained() -> None:
    for row in models.uncovered():
        assert row["deviation"], row["check_id"]


def test_a_wrong_model_fails_its_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks can fail: with P = 1 - exp(-k) always, Model I's outbursts vanish."""
    rows = models.check("granovetter", only=("GR01",))
    assert rows[0]["pass"] is True
    granovetter = module("granovetter")
    monkeypatch.setitem(granovetter.CHECKS, "GR01", lambda study: 99.0)
    assert models.check("granovetter", only=("GR01",))[0]["pass"] is False
