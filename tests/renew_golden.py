"""Write tests/golden.json anew, when numbers have changed on purpose: python tests/renew_golden.py

Say so in CHANGELOG.md with the mark [results change].
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).resolve().parent / "golden.json"
SEEDS = (0, 1956)
SCALE = 0.0125
"""1,500 people of the template's 120,000"""


def measured() -> dict[str, Any]:
    """Digest and a few numbers of the template at each seed."""
    import uprising
    from uprising.case import write_template

    folder = write_template(Path(tempfile.mkdtemp(prefix="uprising-golden-")) / "golden")
    found = {}
    for seed in SEEDS:
        summary = uprising.run(folder, seed=seed, scale=SCALE).summary
        found[str(seed)] = {key: summary[key] for key in ("result_digest", "case_digest", "outcome", "totals")}
    return found


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(measured(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{GOLDEN} is written; tell of the change in CHANGELOG.md as [results change]")
