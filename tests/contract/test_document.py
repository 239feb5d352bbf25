"""The OpenAPI document is valid, complete and committed."""

import re
from typing import get_args

import jsonschema
import pytest
from openapi_spec_validator import validate

from access_tokens.api.schemas.tokens import SortName
from access_tokens.models import SORT_KEYS
from tests.contract.document import COPY, present, written
from tests.test_permission_table import API_REQUESTS
from workspaces.api.problems import CONTENT_TYPE, Problem
from workspaces.permissions import MINIMUM_ROLE, Permission, Role

pytestmark = pytest.mark.same_on_each_database

DOCUMENT = present()
OPERATIONS = {
    operation["operationId"]: operation for methods in DOCUMENT["paths"].values() for operation in methods.values()
}
EACH = pytest.mark.parametrize("name", OPERATIONS)
ALWAYS = {"400", "401", "422", "429", "500", "503"}


def resolve(schema):
    return DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def answers(operation):
    """Each answer, looked up."""
    shared = DOCUMENT["components"]["responses"]
    return {
        status: shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
        for status, answer in operation["responses"].items()
    }


def test_the_document_is_valid():
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1")


def test_the_committed_document_is_current():
    assert COPY.read_text(encoding="utf-8") == written(DOCUMENT), "Run: uv run python -m tests.contract.document"


@pytest.mark.django_db
def test_the_document_is_public(api):
    answer = api.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json() == DOCUMENT
    assert api.post("/api/v1/openapi.json").status_code == 405


@EACH
def test_each_operation_has_a_summary_a_description_and_described_parameters(name):
    operation = OPERATIONS[name]
    assert re.fullmatch(r"[A-Z][^.]+[^.]", operation["summary"])
    assert operation["summary"] != name.replace("_", " ").capitalize()
    assert operation["description"].endswith(".")
    assert [parameter["name"] for parameter in operation["parameters"] if not parameter.get("description")] == []


@EACH
def test_each_operation_has_examples_that_fit_their_schema(name):
    operation = OPERATIONS[name]
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    bodies += [answer for status, answer in answers(operation).items() if status.startswith("2")]
    for body in bodies:
        for content in body.get("content", {}).values():
            schema = resolve(content["schema"])
            if "anyOf" in schema:
                schema = resolve(schema["anyOf"][0])
            examples = schema.get("examples") or [content["example"]]
            for example in examples:
                jsonschema.validate(example, {**schema, "components": DOCUMENT["components"]})
    for parameter in operation["parameters"]:
        [example] = [parameter["example"]] if parameter["required"] else parameter["schema"]["examples"]
        jsonschema.validate(example, {**parameter["schema"], "components": DOCUMENT["components"]})


@EACH
def test_each_operation_documents_all_its_errors_as_problems(name):
    told = {status: answer for status, answer in answers(OPERATIONS[name]).items() if not status.startswith("2")}
    assert told.keys() >= ALWAYS
    for status, answer in told.items():
        assert list(answer["content"]) == [CONTENT_TYPE]
        for slug, example in answer["content"][CONTENT_TYPE]["examples"].items():
            assert example["value"]["type"].endswith(f"/help/errors#{slug}")
            assert example["value"]["status"] == int(status)
    assert "WWW-Authenticate" in told["401"]["headers"]
    assert "Retry-After" in told["429"]["headers"]


def test_every_problem_is_documented():
    told = {
        slug
        for operation in OPERATIONS.values()
        for status, answer in answers(operation).items()
        if not status.startswith("2")
        for slug in answer["content"][CONTENT_TYPE]["examples"]
    }
    assert told == {problem.slug for problem in Problem} - {Problem.METHOD_NOT_ALLOWED.slug}


@EACH
def test_each_operation_documents_the_scope_it_requires(name):
    """The least of what the permission table's test tries it for: a token may do to itself what others may not."""
    permissions = {request.permission for request in API_REQUESTS if request.operation == name}
    permissions -= {Permission.MANAGE_SELF}
    least = min((MINIMUM_ROLE[permission] for permission in permissions), default=Role.VIEWER)
    assert OPERATIONS[name]["x-required-scope"] == least.api_name
    assert ("403" in OPERATIONS[name]["responses"]) >= (least > Role.VIEWER)


def test_the_document_requires_a_bearer_token():
    assert DOCUMENT["security"] == [{"bearer": []}]
    scheme = DOCUMENT["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_the_api_sorts_by_the_same_fields_as_the_console():
    assert set(get_args(SortName.__value__)) == {f"{sign}{name}" for name in SORT_KEYS for sign in ("", "-")}


def test_a_creation_links_to_operations_on_what_it_created():
    links = OPERATIONS["create_access_token"]["responses"]["201"]["links"]
    assert links["disable_access_token"] == {
        "operationId": "disable_access_token",
        "parameters": {"slug": "$request.path.slug", "key_id": "$response.body#/key_id"},
    }
