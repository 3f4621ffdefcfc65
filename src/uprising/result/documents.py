"""The forms of the JSON documents of a run's folder, checked when they are read.

Only what the program itself uses is stated. A document may say more, so that other versions can be read.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import AfterValidator, AllowInfNan, BaseModel, ConfigDict, Field, ValidationError

from uprising.result.checksums import Checksums


def _is_moment(text: str) -> str:
    import numpy as np

    if not "1678" <= text[:4] <= "2261" or np.isnat(np.datetime64(text, "m")):
        raise ValueError("expected a date and time like 1956-10-16T21:30")
    return text


Number = Annotated[float, AllowInfNan(False)]
Count = Annotated[int, Field(ge=0, lt=1 << 63)]
Text = Annotated[str, Field(max_length=10_000)]
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$"), AfterValidator(_is_moment)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Identifier = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f/\\]{1,200}$")]


class Document(BaseModel):
    """What is stated has these types; the rest is free."""

    model_config = ConfigDict(strict=True, extra="allow")


class Totals(Document):
    """The totals of a summary."""

    dead_civilian: Number
    dead_security: Number
    dead_hegemon: Number
    wounded: Number
    detained: Number
    fled: Number
    peak_crowd: Number
    peak_crowd_place: Text | None
    peak_crowd_time: Moment | None
    peak_strike_share: Number | None


class Summary(Document):
    """summary.json."""

    case: Identifier
    what_if: Text | None
    version: Text
    case_digest: Text
    result_digest: Digest
    seed: Count
    scale: Annotated[Number, Field(gt=0.0, le=1.0)]
    people: Count
    started: Text
    finished: Text
    steps: Count
    wall_seconds: Number
    compile_seconds: Number
    peak_bytes: Count | None
    person_steps: Count
    outcome: Identifier
    totals: Totals
    dates: dict[str, Moment | None]
    score: dict[str, Any] | None


class Provenance(Document):
    """provenance.json."""

    version: Text
    case: Identifier
    case_digest: Text
    case_folder: Text
    what_if: Text | None
    seed: Count
    scale: Number
    start: Moment
    steps: Count
    step_minutes: Annotated[int, Field(ge=1, le=527_040)]
    parameters: dict[str, Number]
    command: list[Text] | None
    versions: dict[str, Text]
    started: Text
    finished: Text
    result_digest: Digest


class EnsemblePlan(Document):
    """plan.json of an ensemble."""

    case: Identifier
    case_digest: Text
    case_folder: Text
    what_if: Text | None
    seeds: Annotated[list[Count], Field(min_length=1)]
    scale: Annotated[Number, Field(gt=0.0, le=1.0)]
    parameters: dict[str, Number]
    start: Text | None
    until: Text | None
    n_steps: Annotated[int, Field(ge=1, lt=1 << 32)]
    version: Text
    token: Text


class RunOfEnsemble(Document):
    """A run in ensemble.json: its digest and outcome, or why it failed."""

    seed: Count
    result_digest: Text | None
    outcome: Text | None
    error: Text | None


class Findings(Document):
    """ensemble.json."""

    case: Identifier
    what_if: Text | None
    scale: Number
    n_runs: Count
    n_failed: Count
    result_digest: Text
    quantiles: dict[str, dict[str, dict[str, Any]]]
    outcomes: dict[str, dict[str, Any]]
    runs: list[RunOfEnsemble]


class Failure(Document):
    """The JSON document of a run of an ensemble that failed."""

    seed: Count
    error: Text


class Marker(Document):
    """The JSON document of one run in an ensemble."""

    seed: Count
    position: Count
    result_digest: Digest
    files: dict[str, Any]
    summary: Summary


def read_document(sums: Checksums, name: str, form: type[Document]) -> dict[str, Any]:
    """Read a JSON document of a folder.

    Parameters
    ----------
    sums
        Checksums of the folder.
    name
        Path of the document inside the folder.
    form
        What it must state.

    Returns
    -------
    dict
        The document as it was written.

    Raises
    ------
    DamagedError
        It is missing, differs from its checksum, is no JSON or has another form.
    """
    from uprising.errors import DamagedError

    content = sums.read(name)
    try:
        document = json.loads(content)
        form.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise DamagedError(sums.folder, name, f"has another form: {where}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise DamagedError(sums.folder, name, f"cannot be read: {error}") from error
    return dict(document)
