"""The page's server as an application: its routes, what guards them, its beginning and end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

import uprising
from uprising.errors import UserError
from uprising.server import asking, reading
from uprising.server.answers import Answers
from uprising.server.faults import answer_faults, faults
from uprising.server.guard import Guard
from uprising.server.jobs import Jobs
from uprising.server.sending import Places
from uprising.server.shelf import Shelf

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
SCORE_SECONDS = 8.0
"""after which the score of the first run is made, though nobody has asked for it yet"""


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
    app = FastAPI(
        title="uprising", version=uprising.__version__, lifespan=_lifespan, docs_url=None, redoc_url=None,
        openapi_url="/api/openapi.json", responses=faults(421, 422),
    )  # fmt: skip
    shelf = Shelf(folders, jobs_folder)
    app.state.answers, app.state.jobs = Answers(shelf), Jobs(jobs_folder, shelf, workers)
    app.state.places = Places()
    app.add_middleware(Guard, hosts=hosts, is_public=is_public)
    answer_faults(app)
    app.include_router(reading.router)
    app.include_router(asking.router)
    app.add_api_route("/api/{rest:path}", _nothing, include_in_schema=False)
    if (PAGE / "index.html").is_file():
        app.mount("/", StaticFiles(directory=PAGE, html=True))
    else:
        app.add_api_route("/", _no_page, include_in_schema=False)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    answers: Answers = app.state.answers
    await asyncio.to_thread(_make_first, answers, "frames", "", "story")
    # the third screen's takes longer, and nobody's first picture must wait for it
    later = threading.Timer(SCORE_SECONDS, _make_first, args=(answers, "score"))
    later.daemon = True
    later.start()
    threading.Thread(target=answers.shelf.check_given, daemon=True).start()
    yield
    later.cancel()
    await asyncio.to_thread(app.state.jobs.close)


def _nothing(rest: str) -> Response:
    raise HTTPException(404, "there is no such route")


def _no_page() -> HTMLResponse:
    return HTMLResponse(NO_PAGE, status_code=503)


def _make_first(answers: Answers, *parts: str) -> None:
    """Make answers about the run that the page opens with, so that its first picture is there at once.

    A run that gives none is listed as damaged, and the next one is tried.
    """
    for name in answers.shelf.names():
        try:
            for part in parts:
                if part == "frames":
                    answers.frames(name)
                else:
                    answers.run(name, part)
            break
        except Exception as error:  # noqa: BLE001 - whatever a folder does, the page starts and says so
            answers.shelf.mark_damaged(name, error)
    try:
        answers.cases()
    except UserError:
        return  # told to whoever asks for it
