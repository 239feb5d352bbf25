"""The current OpenAPI document and the committed one, docs/openapi.json.

`uv run python -m tests.contract.document` updates docs/openapi.json, unless the change breaks clients. `--breaking`
updates it anyway, which is only allowed before the first release.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

COPY = Path(__file__).resolve().parents[2] / "docs/openapi.json"


def committed() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(COPY.read_text(encoding="utf-8"))
    return document


def present() -> dict[str, Any]:
    """Return the document as the API serves it."""
    from tokens_site.api import api

    document: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema()))
    return document


def written(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.contract.compatibility import breaking_changes

    broken = breaking_changes(committed(), present())
    if broken and "--breaking" not in sys.argv:
        print("This breaks clients, so /v1 can't change like that (docs/guide/versioning.md):", *broken, sep="\n- ")
        return 1
    COPY.write_text(written(present()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
