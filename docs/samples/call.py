"""Prints the projects of the workspace. LATCHKEY_TOKEN holds the token."""

import json
import os
import sys
import time
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

API = "https://latchkey.example/api/v1"
HEADERS = {"Authorization": "Bearer " + os.environ["LATCHKEY_TOKEN"]}
TRIES = 3


def get(path, parameters, tries=TRIES):
    """The answer. Waits when the API says so; ends the program when it refuses."""
    request = Request(f"{API}{path}?{urlencode(parameters)}", headers=HEADERS)
    try:
        with urlopen(request, timeout=20) as answer:
            return json.load(answer)
    except HTTPError as error:
        if error.code in (429, 503) and tries > 1:
            time.sleep(int(error.headers.get("Retry-After", 5)))
            return get(path, parameters, tries - 1)
        sys.exit("{status}: {detail} {type}".format_map(json.load(error)))


def every(path):
    """All rows of a list, page by page."""
    page = get(path, {"limit": 100})
    yield from page["items"]
    while page["next"]:
        page = get(path, {"limit": 100, "cursor": page["next"]})
        yield from page["items"]


for project in every("/workspaces/your-workspace/projects"):
    print(project["id"], project["name"])
