"""The page as a folder of files that opens without Python and without a network: `uprising export --page`.

A browser lets no page read the files beside it, but does run scripts from there. So each answer that the server
would give is a script that hands over its value under the name of its path.
"""

from __future__ import annotations

import base64
import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import uprising
from uprising.errors import OutputError, UserError
from uprising.server import payloads
from uprising.server.shelf import Shelf

PAGE = Path(__file__).parent / "page"
BEGIN = '<script defer src="./assets/page.js">'


def export_page(folders: list[Path], out: Path) -> list[Path]:
    """Write the page with the given runs; the files written.

    Parameters
    ----------
    folders : run folders, or folders of run folders
    out : folder to write to; what lies there already is kept, but for files of the same name

    Raises
    ------
    UserError
        A folder holds no run, or the page is not built.
    OutputError
        It could not be written.
    """
    if not (PAGE / "index.html").is_file():
        raise UserError(
            "the page is not built here: install with pip, or run `npm ci && npm run build` in web/"
        )
    shelf = Shelf(folders)
    if not shelf.names():
        raise UserError(f"{', '.join(map(str, folders))}: no run in it (a run folder holds summary.json)")
    answers: dict[str, Any] = {
        "parameters": payloads.parameter_rows(),
        "runs": [shelf.head(name) for name in shelf.names()],
    }
    cases: dict[str, Any] = {}
    for name in shelf.names():
        result = shelf.result(name)
        case = shelf.case_of(result)
        if case is None:
            raise UserError(f"{name}: its case {result.summary['case']!r} is no longer to be found")
        cases[case.id] = case
        packed = shelf.frames(name)
        at = f"runs/{name}"
        answers[at] = dict(result.summary)
        answers[f"{at}/story"] = payloads.story(result, case)
        answers[f"{at}/events"] = payloads.events(result)
        answers[f"{at}/score"] = payloads.score(result)
        answers[f"{at}/frames"] = packed.manifest
        answers[f"{at}/frames.bin"] = base64.b64encode(gzip.compress(packed.content, 9, mtime=0)).decode()
    answers["cases"] = [payloads.case_head(case) for case in cases.values()]
    for case in cases.values():
        answers[f"cases/{case.id}"] = payloads.case_whole(case)
        answers[f"cases/{case.id}/map"] = payloads.case_map(case)
    try:
        shutil.copytree(PAGE, out, dirs_exist_ok=True)
        page = (out / "index.html").read_text(encoding="utf-8")
        if BEGIN not in page:
            raise UserError("the built page has another form than this version writes; build it anew")
        begun = page.replace(BEGIN, f'<script src="data/index.js"></script>\n    {BEGIN}', 1)
        (out / "index.html").write_text(begun, encoding="utf-8")
        written = [out / "index.html", _script(out, "index", f"window.uprisingStatic = {_json(_about())};")]
        for path, value in answers.items():
            written.append(_script(out, path, f"uprisingProvide({_json(path)}, {_json(value)});"))
    except OSError as error:
        raise OutputError(f"could not write {out}: {error.strerror or error}") from error
    return written


def _about() -> dict[str, str]:
    return {"version": uprising.__version__}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _script(out: Path, path: str, words: str) -> Path:
    file = out / "data" / f"{path}.js"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(words + "\n", encoding="utf-8")
    return file
