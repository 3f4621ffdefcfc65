"""What is answered where a request can't be: the reason, in words."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from uprising.errors import UserError
from uprising.server import contract
from uprising.server.shelf import UnknownError

WORDS = {
    404: "there is none of this name",
    413: "the request is too large",
    421: "the server does not answer for this host",
    422: "something in the request is wrong",
    429: "too much at once",
}


def faults(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Refusals of a route, for its description."""
    return {code: {"model": contract.Fault, "description": WORDS[code]} for code in codes}


def answer_faults(app: FastAPI) -> None:
    """Answer every fault in words."""
    app.add_exception_handler(UserError, _wrong_input)
    app.add_exception_handler(RequestValidationError, _wrong_form)
    app.add_exception_handler(UnknownError, _unknown)
    app.add_exception_handler(Exception, _own_fault)


async def _wrong_input(_: Request, error: Exception) -> JSONResponse:
    return _told_off(422, str(error))


async def _wrong_form(_: Request, error: Exception) -> JSONResponse:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    words = [f"{'.'.join(map(str, one['loc'][1:])) or 'request'}: {one['msg']}" for one in found]
    return _told_off(422, "\n".join(words))


async def _unknown(_: Request, error: Exception) -> JSONResponse:
    return _told_off(404, str(error))


async def _own_fault(_: Request, error: Exception) -> JSONResponse:
    return _told_off(500, f"unexpected failure: {type(error).__name__}: {error}")


def _told_off(status: int, words: str) -> JSONResponse:
    return JSONResponse({"detail": words.encode("utf-8", "backslashreplace").decode()}, status_code=status)
