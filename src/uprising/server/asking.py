"""Routes of runs started from the page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from uprising.server import contract
from uprising.server.answers import json_of
from uprising.server.faults import faults
from uprising.server.jobs import BusyError, Jobs
from uprising.server.reading import Name, told
from uprising.server.sending import Listening

router = APIRouter(prefix="/api/jobs")
EVENTS = (
    "server-sent events: `progress` (how far the Job is), `run` (JobRun), `comparison` (Comparison, the latest) "
    "and `end` (state and error of the Job)"
)


async def _jobs(request: Request) -> Jobs:
    kept: Jobs = request.app.state.jobs
    return kept


Known = Annotated[Jobs, Depends(_jobs)]


@router.get("", response_model=list[contract.Job])
def all_jobs(jobs: Known) -> Response:
    return told(json_of(list[contract.Job], [one.told() for one in jobs.all()]))


@router.post("", status_code=202, response_model=contract.JobId, responses=faults(413, 429))
def start_job(request: contract.JobRequest, jobs: Known) -> contract.JobId:
    try:
        return contract.JobId(id=jobs.start(request).key)
    except BusyError as error:
        raise HTTPException(429, str(error)) from None


@router.get("/{key}", response_model=contract.Job, responses=faults(404))
def job(key: Name, jobs: Known) -> Response:
    return told(json_of(contract.Job, jobs.get(key).told()))


@router.delete("/{key}", response_model=contract.Job, responses=faults(404))
def cancel_job(key: Name, jobs: Known) -> Response:
    return told(json_of(contract.Job, jobs.cancel(key).told()))


@router.get(
    "/{key}/events",
    response_class=Response,
    responses={
        **faults(404, 429),
        200: {"description": EVENTS, "content": {"text/event-stream": {"schema": {"type": "string"}}}},
    },
)
async def follow_job(key: Name, request: Request, jobs: Known) -> Listening:
    return Listening(jobs.get(key), request.app.state.places)
