"""The current OpenAPI document is compatible with the committed one, and the check finds what is not."""

from copy import deepcopy

import pytest

from tests.contract.compatibility import breaking_changes
from tests.contract.document import committed, present

pytestmark = pytest.mark.same_on_each_database

TOKENS = "/api/v1/workspaces/{slug}/access-tokens"
TOKEN = f"{TOKENS}/{{key_id}}"


def test_the_api_is_compatible_with_the_committed_document():
    assert breaking_changes(committed(), present()) == []


def schema(document, name):
    return document["components"]["schemas"][name]


def parameter(document, path, name):
    [found] = [one for one in document["paths"][path]["get"]["parameters"] if one["name"] == name]
    return found


BREAKS = {
    "is gone": lambda d: d["paths"].pop(TOKEN),
    "DELETE /api/v1/me is gone": lambda d: d["paths"]["/api/v1/me"].pop("delete"),
    "operation id": lambda d: d["paths"]["/api/v1/me"]["get"].update(operationId="me"),
    "needs the scope administrator": lambda d: d["paths"][TOKENS]["post"].update({"x-required-scope": "administrator"}),
    "parameter q is gone": lambda d: d["paths"][TOKENS]["get"]["parameters"].remove(parameter(d, TOKENS, "q")),
    "parameter q is required": lambda d: parameter(d, TOKENS, "q").update(required=True),
    "parameter limit takes less": lambda d: parameter(d, TOKENS, "limit")["schema"].update(maximum=50),
    "parameter status takes no expired": lambda d: schema(d, "StatusName")["enum"].remove("expired"),
    "parameter q takes no string": lambda d: parameter(d, TOKENS, "q")["schema"].update(type="integer"),
    "takes no application/json": lambda d: d["paths"][TOKENS]["post"]["requestBody"]["content"].clear(),
    "the body is required": lambda d: d["paths"]["/api/v1/me/rotate"]["post"]["requestBody"].update(required=True),
    "the body/expires_at is required": lambda d: schema(d, "TokenIn")["required"].append("expires_at"),
    "the body/label is gone": lambda d: schema(d, "TokenPatch")["properties"].pop("label"),
    "the body/label takes less": lambda d: schema(d, "TokenIn")["properties"]["label"].update(maxLength=50),
    "the body/label has another pattern": lambda d: schema(d, "TokenIn")["properties"]["label"].update(pattern="^a"),
    "the body/expires_at takes no null": lambda d: schema(d, "TokenIn")["properties"]["expires_at"]["anyOf"].pop(),
    "the body/label takes only some values": lambda d: schema(d, "TokenIn")["properties"]["label"].update(enum=["a"]),
    "the body/label has another format": lambda d: schema(d, "TokenIn")["properties"]["label"].update(format="email"),
    "the body/available/… takes no administrator": lambda d: schema(d, "RolesIn")["properties"]["available"].update(
        items={"type": "string", "enum": ["owner"]}
    ),
    "parameter limit takes less: exclusiveMaximum": lambda d: parameter(d, TOKENS, "limit")["schema"].update(
        exclusiveMaximum=100
    ),
    "parameter limit has another default": lambda d: parameter(d, TOKENS, "limit")["schema"].update(default=5),
    "other security": lambda d: d["paths"]["/api/v1/me"]["get"].update(security=[]),
    "answers no 404": lambda d: d["paths"][TOKEN]["get"]["responses"].pop("404"),
    "the answer 404/detail is gone": lambda d: schema(d, "Problem")["properties"].pop("detail"),
    "header WWW-Authenticate is gone": lambda d: d["components"]["responses"][
        d["paths"][TOKEN]["get"]["responses"]["401"]["$ref"].rpartition("/")[2]
    ]["headers"].pop("WWW-Authenticate"),
    "the answer 200/created_at has another format": lambda d: schema(d, "TokenOut")["properties"]["created_at"].update(
        format="date"
    ),
    "answers no 201": lambda d: d["paths"][TOKENS]["post"]["responses"].pop("201"),
    "header ETag is gone": lambda d: d["paths"][TOKEN]["get"]["responses"]["200"]["headers"].pop("ETag"),
    "the answer 200/masked is gone": lambda d: schema(d, "TokenOut")["properties"].pop("masked"),
    "the answer 200/items/…/masked is gone": lambda d: schema(d, "TokenOut")["properties"].pop("masked"),
    "the answer 200/label may be left out": lambda d: schema(d, "TokenOut")["required"].remove("label"),
    "the answer 200/label may be integer": lambda d: schema(d, "TokenOut")["properties"]["label"].update(
        type="integer"
    ),
    "the answer 200/label may be null": lambda d: schema(d, "TokenOut")["properties"].update(
        label={"anyOf": [{"type": "string"}, {"type": "null"}]}
    ),
}
FINE = {
    "a new operation": lambda d: d["paths"].update({"/api/v1/new": d["paths"]["/api/v1/me"]}),
    "a new parameter": lambda d: d["paths"]["/api/v1/me"]["get"]["parameters"].append(
        {"in": "query", "name": "new", "required": False, "schema": {"type": "string"}}
    ),
    "a new field of an answer": lambda d: schema(d, "TokenOut")["properties"].update(new={"type": "string"}),
    "a new field of a body": lambda d: schema(d, "TokenIn")["properties"].update(new={"type": "string"}),
    "a new choice": lambda d: parameter(d, TOKENS, "sort")["schema"]["enum"].append("new"),
    "more at once": lambda d: parameter(d, TOKENS, "limit")["schema"].update(maximum=500),
    "a weaker scope": lambda d: d["paths"][TOKENS]["post"].update({"x-required-scope": "viewer"}),
    "other words": lambda d: d["paths"]["/api/v1/me"]["get"].update(description="Other."),
}


@pytest.mark.parametrize("words", BREAKS)
def test_breaking_changes_are_found(words):
    old, new = present(), deepcopy(present())
    BREAKS[words](new)
    assert any(words in change for change in breaking_changes(old, new))


@pytest.mark.parametrize("words", FINE)
def test_additions_are_compatible(words):
    old, new = present(), deepcopy(present())
    FINE[words](new)
    assert breaking_changes(old, new) == []
