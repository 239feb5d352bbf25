"""Print all projects of a workspace. Set LATCHKEY_TOKEN to an access token."""

import json
import os
import sys
import time
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

API_URL = "https://latchkey.example/api/v1"
HEADERS = {"Authorization": "Bearer " + os.environ["LATCHKEY_TOKEN"]}
MAX_ATTEMPTS = 3


def get(path, parameters, attempts=MAX_ATTEMPTS):
    """Return the JSON response. Retry after 429 and 503; exit on any other error."""
    request = Request(f"{API_URL}{path}?{urlencode(parameters)}", headers=HEADERS)
    try:
        with urlopen(request, timeout=20) as response:
            return json.load(response)
    except HTTPError as error:
        if error.code in (429, 503) and attempts > 1:
            time.sleep(int(error.headers.get("Retry-After", 5)))
            return get(path, parameters, attempts - 1)
        sys.exit("{status}: {detail} {type}".format_map(json.load(error)))


def get_all(path):
    """Yield every item of a list, page by page."""
    page = get(path, {"limit": 100})
    yield from page["items"]
    while page["next"]:
        page = get(path, {"limit": 100, "cursor": page["next"]})
        yield from page["items"]


for project in get_all("/workspaces/your-workspace/projects"):
    print(project["id"], project["name"])
