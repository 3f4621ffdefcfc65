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

from uprising.errors import OutputError, UserError
from uprising.server.answers import Answers
from uprising.server.shelf import Shelf

PAGE = Path(__file__).parent / "page"
AHEAD = '    <link rel="preload" href="./api/runs" as="fetch" crossorigin />\n'
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
    if damaged := shelf.damaged():
        raise UserError(*(run["reason"] for run in damaged))
    if not shelf.names():
        raise UserError(f"{', '.join(map(str, folders))}: no run in it (a run folder holds summary.json)")
    values = _values(shelf)
    try:
        shutil.copytree(PAGE, out, dirs_exist_ok=True)
        page = (out / "index.html").read_text(encoding="utf-8")
        if BEGIN not in page or AHEAD not in page:
            raise UserError("the built page has another form than this version writes; build it anew")
        begun = page.replace(AHEAD, "").replace(
            BEGIN, f'<script src="data/index.js"></script>\n    {BEGIN}', 1
        )
        (out / "index.html").write_text(begun, encoding="utf-8")
        written = [
            out / "index.html",
            _script(out, "index", f"window.uprisingStatic = {_json(values['health'])};"),
        ]
        for path, value in values.items():
            written.append(_script(out, path, f"uprisingProvide({_json(path)}, {_json(value)});"))
    except OSError as error:
        raise OutputError(f"could not write {out}: {error.strerror or error}") from error
    return written


def _values(shelf: Shelf) -> dict[str, Any]:
    """Everything that the page may ask for, by the path that it asks."""
    told = Answers(shelf)
    runs = shelf.heads()
    shown = {run["case"] for run in runs}
    values: dict[str, Any] = {
        "health": json.loads(told.health()),
        "parameters": json.loads(told.parameters()),
        "cases": [case for case in json.loads(told.cases()) if case["id"] in shown],
        "runs": json.loads(told.runs()),
        "damaged-runs": [],
        "jobs": [],
    }
    for case in values["cases"]:
        at = f"cases/{case['id']}"
        values[at] = json.loads(told.case(case["id"]))
        values[f"{at}/comparisons"] = json.loads(told.comparisons(case["id"]))
        values[f"{at}/map"] = json.loads(told.case_map(case["id"]))
    for name in shelf.names():
        at = f"runs/{name}"
        values[at] = json.loads(told.run(name))
        for part in ("story", "events", "score"):
            values[f"{at}/{part}"] = json.loads(told.run(name, part))
        packed = told.frames(name)
        values[f"{at}/frames"] = json.loads(packed.manifest)
        values[f"{at}/frames.bin"] = base64.b64encode(gzip.compress(packed.content, 9, mtime=0)).decode()
    return values


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _script(out: Path, path: str, words: str) -> Path:
    file = out / "data" / f"{path}.js"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(words + "\n", encoding="utf-8")
    return file
