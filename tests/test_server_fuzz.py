"""Whatever is asked, the server answers as its OpenAPI says, and never with a fault of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

import uprising
from uprising import case as cases
from uprising.server.app import create_app


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Any:
    toy = cases.write_template(tmp_path_factory.mktemp("case") / "toy")
    folder = tmp_path_factory.mktemp("runs") / "first"
    uprising.run(toy, scale=0.1, seed=5, until="1970-05-03", out=folder)
    jobs: Path = tmp_path_factory.mktemp("jobs")
    # no workers: a job that is let in waits, so that nothing is computed here
    app = create_app([folder.parent], jobs, {"testserver", "localhost", "127.0.0.1"}, workers=0)
    return schemathesis.openapi.from_asgi("/api/openapi.json", app)


def test_every_route_keeps_its_word(api: Any) -> None:
    checked = 0
    for found in api.get_all_operations():
        operation = found.ok()

        @settings(max_examples=12, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def keeps_its_word(case: schemathesis.Case) -> None:
            # of the right form can still name a case that there is not: the answer 422 is then the right one
            case.call_and_validate(excluded_checks=[positive_data_acceptance])

        keeps_its_word()
        checked += 1
    assert checked >= 15
