"""The routes of the page's server."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi import Path as InPath
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field

import uprising
from uprising.errors import UserError
from uprising.server import payloads
from uprising.server.guard import Guard
from uprising.server.jobs import BusyError, Jobs
from uprising.server.shelf import Shelf

PAGE = Path(__file__).parent / "page"
NO_PAGE = (
    "The page is not built here. Install the project with pip (which builds it), or run `npm ci && npm run build` "
    "in web/. The answers under /api work without it.\n"
)
MOST_LISTENERS = 64
LOOK_SECONDS = 0.2
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
Named = Annotated[str, InPath(pattern=NAME)]
Answer = dict[str, Any]


class JobRequest(BaseModel):
    """Runs with a change, each beside one without it on the same draws."""

    model_config = ConfigDict(extra="forbid")
    case: str = Field(pattern=NAME)
    what_if: str | None = Field(default=None, pattern=NAME)
    set: dict[str, float] = Field(default_factory=dict, max_length=100)
    seeds: tuple[int, int] = (1, 4)
    scale: float = Field(default=0.01, gt=0.0, le=1.0)
    baseline: bool = True


def create_app(
    folders: list[Path], jobs_folder: Path, hosts: Iterable[str] | None, workers: int = 2
) -> FastAPI:
    """The application.

    Parameters
    ----------
    folders : run folders to show, or folders of run folders
    jobs_folder : where runs started from the page are kept
    hosts : names under which it may be asked (see `guard`); None for any
    workers : processes for runs started from the page
    """
    from uprising import case as cases_of

    shelf = Shelf(folders)
    jobs = Jobs(jobs_folder, shelf, workers)
    listeners = asyncio.Semaphore(MOST_LISTENERS)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(jobs.close)

    app = FastAPI(title="uprising", version=uprising.__version__, lifespan=lifespan, docs_url=None, redoc_url=None,
                  openapi_url="/api/openapi.json")  # fmt: skip
    app.add_middleware(Guard, hosts=hosts)

    @app.exception_handler(UserError)
    async def wrong_input(_: Request, error: UserError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=422)

    def case(name: str) -> Any:
        known = cases_of.shipped_cases()
        if name not in known:
            raise HTTPException(404, f"there is no case {name!r}")
        return cases_of.load_case(known[name])

    def run(name: str) -> Any:
        try:
            return shelf.result(name)
        except KeyError:
            raise HTTPException(404, f"there is no run {name!r}") from None

    def job(key: str) -> Any:
        try:
            return jobs.get(key)
        except KeyError:
            raise HTTPException(404, f"there is no job {key!r}") from None

    @app.get("/api/health")
    def health() -> Answer:
        return {"version": uprising.__version__}

    @app.get("/api/cases")
    def cases() -> list[Answer]:
        return [
            payloads.case_head(cases_of.load_case(folder)) for folder in cases_of.shipped_cases().values()
        ]

    @app.get("/api/cases/{name}")
    def one_case(name: Named) -> Answer:
        return payloads.case_whole(case(name))

    @app.get("/api/cases/{name}/map")
    def map_of_case(name: Named) -> Answer:
        return payloads.case_map(case(name))

    @app.get("/api/parameters")
    def parameters() -> list[Answer]:
        return payloads.parameter_rows()

    @app.get("/api/runs")
    def runs() -> list[Answer]:
        return [shelf.head(name) for name in shelf.names()]

    @app.get("/api/runs/{name}")
    def one_run(name: Named) -> Answer:
        return dict(run(name).summary)

    @app.get("/api/runs/{name}/story")
    def story(name: Named) -> list[Answer]:
        result = run(name)
        return payloads.story(result, shelf.case_of(result))

    @app.get("/api/runs/{name}/events")
    def events(name: Named) -> list[Answer]:
        return payloads.events(run(name))

    @app.get("/api/runs/{name}/score")
    def score(name: Named) -> list[Answer]:
        return payloads.score(run(name))

    @app.get("/api/runs/{name}/frames")
    def frames(name: Named) -> Answer:
        run(name)
        return shelf.frames(name).manifest

    @app.get("/api/runs/{name}/frames.bin", response_class=Response)
    def frame_bytes(name: Named, request: Request) -> Response:
        run(name)
        packed = shelf.frames(name)
        headers = {"etag": f'"{packed.tag}"', "vary": "accept-encoding", "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        is_zipped = "gzip" in request.headers.get("accept-encoding", "")
        if is_zipped:
            headers["content-encoding"] = "gzip"
        content = packed.zipped if is_zipped else packed.content
        return Response(content, media_type="application/octet-stream", headers=headers)

    @app.get("/api/runs/{name}/download", response_class=StreamingResponse)
    def download(name: Named) -> StreamingResponse:
        run(name)
        headers = {"content-disposition": f'attachment; filename="{name}.zip"'}
        return StreamingResponse(_zipped(shelf.folder(name)), media_type="application/zip", headers=headers)

    @app.get("/api/jobs")
    def all_jobs() -> list[Answer]:
        return [one.told() for one in jobs.all()]

    @app.post("/api/jobs", status_code=202)
    def start_job(request: JobRequest) -> Answer:
        try:
            return {"id": jobs.start(request.model_dump()).key}
        except BusyError as error:
            raise HTTPException(429, str(error)) from None

    @app.get("/api/jobs/{key}")
    def one_job(key: Named) -> Answer:
        return dict(job(key).told())

    @app.delete("/api/jobs/{key}")
    def cancel_job(key: Named) -> Answer:
        job(key)
        return dict(jobs.cancel(key).told())

    @app.get("/api/jobs/{key}/events", response_class=StreamingResponse)
    async def follow_job(key: Named) -> StreamingResponse:
        followed = job(key)
        if listeners.locked():
            raise HTTPException(429, f"{MOST_LISTENERS} pages listen already")

        async def told() -> AsyncIterator[str]:
            async with listeners:
                seen, n_runs = -1, 0
                while True:
                    version, is_over = followed.version, followed.is_over
                    if version != seen:
                        seen = version
                        yield _event("progress", followed.progress())
                        runs_now = list(followed.runs)
                        for one in runs_now[n_runs:]:
                            yield _event("run", one)
                        if len(runs_now) > n_runs and followed.comparison is not None:
                            yield _event("comparison", followed.comparison)
                        n_runs = len(runs_now)
                    if is_over:
                        yield _event("end", {"state": followed.state, "error": followed.error})
                        return
                    await asyncio.sleep(LOOK_SECONDS)

        return StreamingResponse(
            told(), media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    @app.get("/api/{rest:path}", include_in_schema=False)
    def nothing(rest: str) -> Answer:
        raise HTTPException(404, f"there is no /api/{rest}")

    if (PAGE / "index.html").is_file():
        app.mount("/", StaticFiles(directory=PAGE, html=True))
    else:

        @app.get("/", include_in_schema=False)
        def no_page() -> PlainTextResponse:
            return PlainTextResponse(NO_PAGE, status_code=503)

    app.state.jobs = jobs
    return app


def _event(name: str, value: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(value)}\n\n"


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


def _zipped(folder: Path) -> Iterator[bytes]:
    """A run folder as a zip, a file at a time."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                archive.write(path, f"{folder.name}/{path.relative_to(folder)}")
                yield pipe.take()
    yield pipe.take()
