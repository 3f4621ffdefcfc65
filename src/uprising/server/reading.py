"""Routes of what can be read: cases and runs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Path as InPath
from fastapi.responses import StreamingResponse

from uprising.server import contract
from uprising.server.answers import Answers
from uprising.server.faults import faults
from uprising.server.sending import pieces, zipped

router = APIRouter(prefix="/api")
Name = Annotated[str, InPath(pattern=contract.NAME)]


async def _answers(request: Request) -> Answers:
    kept: Answers = request.app.state.answers
    return kept


Known = Annotated[Answers, Depends(_answers)]


def told(content: bytes) -> Response:
    """JSON as it was made."""
    return Response(content, media_type="application/json")


def _binary(kind: str) -> dict[str, Any]:
    return {"content": {kind: {"schema": {"type": "string", "format": "binary"}}}}


@router.get("/health", response_model=contract.Health)
def health(answers: Known) -> Response:
    return told(answers.health())


@router.get("/cases", response_model=list[contract.CaseHead])
def cases(answers: Known) -> Response:
    return told(answers.cases())


@router.get("/cases/{name}", response_model=contract.WholeCase, responses=faults(404))
def case(name: Name, answers: Known) -> Response:
    return told(answers.case(name))


@router.get("/cases/{name}/map", response_model=contract.CaseMap, responses=faults(404))
def case_map(name: Name, answers: Known) -> Response:
    return told(answers.case_map(name))


@router.get("/cases/{name}/comparisons", response_model=list[contract.Prepared], responses=faults(404))
def comparisons(name: Name, answers: Known) -> Response:
    return told(answers.comparisons(name))


@router.get("/parameters", response_model=list[contract.Parameter])
def parameters(answers: Known) -> Response:
    return told(answers.parameters())


@router.get("/runs", response_model=list[contract.RunHead])
def runs(answers: Known) -> Response:
    return told(answers.runs())


@router.get("/damaged-runs", response_model=list[contract.DamagedRun])
def damaged_runs(answers: Known) -> Response:
    return told(answers.damaged_runs())


@router.get("/runs/{name}", response_model=contract.Summary, responses=faults(404))
def run(name: Name, answers: Known) -> Response:
    return told(answers.run(name))


@router.get("/runs/{name}/story", response_model=list[contract.StoryLine], responses=faults(404))
def story(name: Name, answers: Known) -> Response:
    return told(answers.run(name, "story"))


@router.get("/runs/{name}/events", response_model=list[contract.Event], responses=faults(404))
def events(name: Name, answers: Known) -> Response:
    return told(answers.run(name, "events"))


@router.get("/runs/{name}/score", response_model=list[contract.ScoreLine], responses=faults(404))
def score(name: Name, answers: Known) -> Response:
    return told(answers.run(name, "score"))


@router.get("/runs/{name}/frames", response_model=contract.Manifest, responses=faults(404))
def frames(name: Name, answers: Known) -> Response:
    return told(answers.frames(name).manifest)


@router.get(
    "/runs/{name}/frames.bin",
    response_class=Response,
    responses={**faults(404), 200: _binary("application/octet-stream"), 304: {"description": "unchanged"}},
)
def frame_bytes(name: Name, request: Request, answers: Known) -> Response:
    packed = answers.frames(name)
    headers = {"etag": f'"{packed.tag}"', "vary": "accept-encoding"}
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    content = packed.content
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers["content-encoding"] = packed.zipped, "gzip"
    headers["content-length"] = str(len(content))
    return StreamingResponse(pieces(content), media_type="application/octet-stream", headers=headers)


@router.get(
    "/runs/{name}/download",
    response_class=Response,
    responses={**faults(404), 200: _binary("application/zip")},
)
def download(name: Name, answers: Known) -> Response:
    folder = answers.shelf.folder(name)
    headers = {"content-disposition": f'attachment; filename="{name}.zip"'}
    return StreamingResponse(zipped(folder, name), media_type="application/zip", headers=headers)
