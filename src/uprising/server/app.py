"""The routes of the page's server."""

from __future__ import annotations

import asyncio
import json
import threading
import zipfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles

import uprising
from uprising.errors import UserError
from uprising.server import contract
from uprising.server.answers import Answers, json_of
from uprising.server.guard import Guard
from uprising.server.jobs import BusyError, Jobs
from uprising.server.shelf import Shelf, UnknownError

PAGE = Path(__file__).parent / "page"
NO_PAGE = """<!doctype html>
<html lang="en"><title>uprising: the page is not built</title>
<h1>The page is not built here</h1>
<p>Install the project with <code>pip install .</code>, which builds it,
or run <code>python hatch_build.py</code> in a checkout; then start <code>uprising serve</code> again.</p>
<p>What the page would ask for works without it: <a href="/api/runs">the runs</a>,
<a href="/api/cases">the cases</a>, <a href="/api/openapi.json">everything there is</a>.</p>
</html>
"""
MOST_LISTENERS = 64
LOOK_SECONDS = 0.2
SCORE_SECONDS = 8.0
"""after which the score of the first run is made, though nobody has asked for it yet"""
PIECE_BYTES = 256 * 1024
Named = Annotated[str, InPath(pattern=contract.NAME)]


def _faults(*codes: int) -> dict[int | str, dict[str, Any]]:
    words = {
        404: "there is none of this name",
        413: "the request is too large",
        421: "the server does not answer for this host",
        422: "something in the request is wrong",
        429: "too much at once",
    }
    return {code: {"model": contract.Fault, "description": words[code]} for code in codes}


def create_app(
    folders: list[Path], jobs_folder: Path, hosts: Iterable[str], workers: int = 2, is_public: bool = False
) -> FastAPI:
    """The application.

    Parameters
    ----------
    folders : run folders to show, or folders of run folders
    jobs_folder : where runs started from the page are kept
    hosts : names under which it may be asked (see `guard`)
    workers : processes for runs started from the page; 0 leaves them waiting
    is_public : whether it may be asked by any address of this machine
    """
    shelf = Shelf(folders, jobs_folder)
    answers = Answers(shelf)
    jobs = Jobs(jobs_folder, shelf, workers)
    listening = 0

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(_make_first, answers, "frames", "", "story")
        # the third screen's takes longer, and nobody's first picture must wait for it
        later = threading.Timer(SCORE_SECONDS, _make_first, args=(answers, "score"))
        later.daemon = True
        later.start()
        yield
        later.cancel()
        await asyncio.to_thread(jobs.close)

    app = FastAPI(
        title="uprising", version=uprising.__version__, lifespan=lifespan, docs_url=None, redoc_url=None,
        openapi_url="/api/openapi.json", responses=_faults(421, 422),
    )  # fmt: skip
    app.state.jobs, app.state.answers = jobs, answers
    app.add_middleware(Guard, hosts=hosts, is_public=is_public)

    @app.exception_handler(UserError)
    async def wrong_input(_: Request, error: UserError) -> JSONResponse:
        return _told_off(422, str(error))

    @app.exception_handler(RequestValidationError)
    async def wrong_form(_: Request, error: RequestValidationError) -> JSONResponse:
        faults = [
            f"{'.'.join(map(str, one['loc'][1:])) or 'request'}: {one['msg']}" for one in error.errors()
        ]
        return _told_off(422, "\n".join(faults))

    @app.exception_handler(Exception)
    async def own_fault(_: Request, error: Exception) -> JSONResponse:
        return _told_off(500, f"unexpected failure: {type(error).__name__}: {error}")

    @app.exception_handler(UnknownError)
    async def unknown(_: Request, error: UnknownError) -> JSONResponse:
        return _told_off(404, str(error))

    def told(content: bytes) -> Response:
        return Response(content, media_type="application/json")

    # ---- what can be read --------------------------------------------------------------------------

    @app.get("/api/health", response_model=contract.Health)
    def health() -> Response:
        return told(answers.health())

    @app.get("/api/cases", response_model=list[contract.CaseHead])
    def cases() -> Response:
        return told(answers.cases())

    @app.get("/api/cases/{name}", response_model=contract.WholeCase, responses=_faults(404))
    def case(name: Named) -> Response:
        return told(answers.case(name))

    @app.get("/api/cases/{name}/map", response_model=contract.CaseMap, responses=_faults(404))
    def case_map(name: Named) -> Response:
        return told(answers.case_map(name))

    @app.get("/api/cases/{name}/comparisons", response_model=list[contract.Prepared], responses=_faults(404))
    def comparisons(name: Named) -> Response:
        return told(answers.comparisons(name))

    @app.get("/api/parameters", response_model=list[contract.Parameter])
    def parameters() -> Response:
        return told(answers.parameters())

    @app.get("/api/runs", response_model=list[contract.RunHead])
    def runs() -> Response:
        return told(answers.runs())

    @app.get("/api/runs/{name}", response_model=contract.Summary, responses=_faults(404))
    def run(name: Named) -> Response:
        return told(answers.run(name))

    @app.get("/api/runs/{name}/story", response_model=list[contract.StoryLine], responses=_faults(404))
    def story(name: Named) -> Response:
        return told(answers.run(name, "story"))

    @app.get("/api/runs/{name}/events", response_model=list[contract.Event], responses=_faults(404))
    def events(name: Named) -> Response:
        return told(answers.run(name, "events"))

    @app.get("/api/runs/{name}/score", response_model=list[contract.ScoreLine], responses=_faults(404))
    def score(name: Named) -> Response:
        return told(answers.run(name, "score"))

    @app.get("/api/runs/{name}/frames", response_model=contract.Manifest, responses=_faults(404))
    def frames(name: Named) -> Response:
        return told(answers.frames(name).manifest)

    @app.get(
        "/api/runs/{name}/frames.bin",
        response_class=Response,
        responses={
            **_faults(404),
            200: _binary("application/octet-stream"),
            304: {"description": "unchanged"},
        },
    )
    def frame_bytes(name: Named, request: Request) -> Response:
        packed = answers.frames(name)
        headers = {"etag": f'"{packed.tag}"', "vary": "accept-encoding"}
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        content = packed.content
        if "gzip" in request.headers.get("accept-encoding", ""):
            content, headers["content-encoding"] = packed.zipped, "gzip"
        headers["content-length"] = str(len(content))
        return StreamingResponse(_pieces(content), media_type="application/octet-stream", headers=headers)

    @app.get(
        "/api/runs/{name}/download",
        response_class=Response,
        responses={**_faults(404), 200: _binary("application/zip")},
    )
    def download(name: Named) -> Response:
        folder = shelf.folder(name)
        headers = {"content-disposition": f'attachment; filename="{name}.zip"'}
        return StreamingResponse(_zipped(folder, name), media_type="application/zip", headers=headers)

    # ---- runs started from the page ------------------------------------------------------------------

    @app.get("/api/jobs", response_model=list[contract.Job])
    def all_jobs() -> Response:
        return told(json_of(list[contract.Job], [one.told() for one in jobs.all()]))

    @app.post("/api/jobs", status_code=202, response_model=contract.JobId, responses=_faults(413, 429))
    def start_job(request: contract.JobRequest) -> contract.JobId:
        try:
            return contract.JobId(id=jobs.start(request).key)
        except BusyError as error:
            raise HTTPException(429, str(error)) from None

    @app.get("/api/jobs/{key}", response_model=contract.Job, responses=_faults(404))
    def job(key: Named) -> Response:
        return told(json_of(contract.Job, jobs.get(key).told()))

    @app.delete("/api/jobs/{key}", response_model=contract.Job, responses=_faults(404))
    def cancel_job(key: Named) -> Response:
        return told(json_of(contract.Job, jobs.cancel(key).told()))

    @app.get(
        "/api/jobs/{key}/events",
        response_class=Response,
        responses={
            **_faults(404, 429),
            200: {
                "description": "server-sent events: `progress` (how far the Job is), `run` (JobRun), `comparison` "
                "(Comparison, the latest) and `end` (state and error of the Job)",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
        },
    )
    async def follow_job(key: Named) -> StreamingResponse:
        followed = jobs.get(key)
        if listening >= MOST_LISTENERS:
            raise HTTPException(429, f"{MOST_LISTENERS} pages listen already")

        async def happened() -> AsyncIterator[str]:
            nonlocal listening
            listening += 1
            try:
                async for piece in _followed(followed):
                    yield piece
            finally:
                listening -= 1

        return StreamingResponse(
            happened(), media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    # ---- everything else -----------------------------------------------------------------------------

    @app.get("/api/{rest:path}", include_in_schema=False)
    def nothing(rest: str) -> Response:
        raise HTTPException(404, "there is no such route")

    if (PAGE / "index.html").is_file():
        app.mount("/", StaticFiles(directory=PAGE, html=True))
    else:

        @app.get("/", include_in_schema=False)
        def no_page() -> HTMLResponse:
            return HTMLResponse(NO_PAGE, status_code=503)

    return app


def _make_first(answers: Answers, *parts: str) -> None:
    """Make answers about the run that the page opens with, so that its first picture is there at once."""
    names = answers.shelf.names()
    try:
        for part in parts if names else ():
            if part == "frames":
                answers.frames(names[0])
            else:
                answers.run(names[0], part)
        answers.cases()
    except UserError:
        return  # told to whoever asks for it


def _told_off(status: int, words: str) -> JSONResponse:
    return JSONResponse({"detail": words.encode("utf-8", "backslashreplace").decode()}, status_code=status)


def _binary(kind: str) -> dict[str, Any]:
    return {"content": {kind: {"schema": {"type": "string", "format": "binary"}}}}


async def _followed(job: Any) -> AsyncIterator[str]:
    """What happens to a job, from its latest state whenever the listener is ready for more."""
    seen, n_runs = -1, 0
    while True:
        version, is_over = job.version, job.is_over
        if version != seen:
            seen = version
            yield _event("progress", job.progress())
            runs, comparison = job.runs(), job.comparison
            for one in runs[n_runs:]:
                yield _event("run", one)
            if len(runs) > n_runs and comparison is not None:
                yield _event("comparison", comparison)
            n_runs = len(runs)
        if is_over:
            yield _event("end", {"state": job.state, "error": job.error})
            return
        await asyncio.sleep(LOOK_SECONDS)


def _event(name: str, value: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(value)}\n\n"


async def _pieces(content: bytes) -> AsyncIterator[memoryview]:
    """Bytes a piece at a time, so that a slow reader holds no copy of all of them."""
    whole = memoryview(content)
    for start in range(0, len(content), PIECE_BYTES):
        yield whole[start : start + PIECE_BYTES]


class _Pipe:
    """A file for zipfile to write to whose bytes are handed on as they come."""

    def __init__(self) -> None:
        self.held = bytearray()

    def write(self, data: Any) -> int:
        self.held += data
        return len(data)

    def flush(self) -> None: ...

    def take(self) -> bytes:
        taken, self.held = bytes(self.held), bytearray()
        return taken


def _zipped(folder: Path, name: str) -> Iterator[bytes]:
    """A run folder as a zip, a piece at a time."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:  # type: ignore[call-overload]
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not path.is_file():
                continue
            entry = zipfile.ZipInfo.from_file(path, f"{name}/{path.relative_to(folder).as_posix()}")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with open(path, "rb") as source, archive.open(entry, "w") as target:
                while piece := source.read(PIECE_BYTES):
                    target.write(piece)
                    yield pipe.take()
    yield pipe.take()
