"""Find changes of the OpenAPI document that break clients of an older one. Only additions are compatible."""

from collections.abc import Iterator
from functools import reduce
from itertools import chain
from operator import getitem
from typing import Any

from workspaces.permissions import Role

type Json = dict[str, Any]
UPPER_BOUNDS = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
LOWER_BOUNDS = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
SHAPES = ("pattern", "format", "multipleOf", "uniqueItems", "const")
METHODS = ("get", "post", "put", "patch", "delete")


def breaking_changes(old: Json, new: Json) -> list[str]:
    """Describe each change of `new` that breaks clients of `old`."""
    return list(chain.from_iterable(_path(path, old, new) for path in old["paths"]))


def _path(path: str, old: Json, new: Json) -> Iterator[str]:
    for method in METHODS:
        before, after = old["paths"][path].get(method), new["paths"].get(path, {}).get(method)
        if before and not after:
            yield f"{method.upper()} {path} is gone"
        elif before:
            for change in _operation(before, after, old, new):
                yield f"{method.upper()} {path}: {change}"


def _operation(before: Json, after: Json, old: Json, new: Json) -> Iterator[str]:
    if before["operationId"] != after["operationId"]:
        yield f"the operation id is now {after['operationId']}"
    if Role.from_api_name(after["x-required-scope"]) > Role.from_api_name(before["x-required-scope"]):
        yield f"it needs the scope {after['x-required-scope']}"
    if before.get("security", old.get("security")) != after.get("security", new.get("security")):
        yield "it asks for other security"
    yield from _parameters(before["parameters"], after["parameters"], old, new)
    yield from _bodies(before.get("requestBody"), after.get("requestBody"), old, new)
    for status, response in before["responses"].items():
        yield from _responses(status, response, after["responses"].get(status), old, new)


def _parameters(before: list[Json], after: list[Json], old: Json, new: Json) -> Iterator[str]:
    was, now = ({(one["in"], one["name"]): one for one in some} for some in (before, after))
    for key, parameter in was.items():
        if key not in now:
            yield f"the parameter {key[1]} is gone"
            continue
        after_schema = now[key]["schema"]
        if parameter["schema"].get("default") != after_schema.get("default"):
            yield f"the parameter {key[1]} has another default"
        yield from _sent(f"the parameter {key[1]}", parameter["schema"], after_schema, old, new)
    for (_, name), parameter in now.items():
        if parameter["required"] and not was.get((parameter["in"], name), {}).get("required"):
            yield f"the parameter {name} is required"


def _bodies(before: Json | None, after: Json | None, old: Json, new: Json) -> Iterator[str]:
    if after and after.get("required") and not (before or {}).get("required"):
        yield "the body is required"
    for kind, content in (before or {}).get("content", {}).items():
        now = (after or {}).get("content", {}).get(kind)
        if now is None:
            yield f"it takes no {kind}"
        else:
            yield from _sent("the body", content["schema"], now["schema"], old, new)


def _responses(status: str, before: Json, after: Json | None, old: Json, new: Json) -> Iterator[str]:
    if after is None:
        yield f"it answers no {status}"
        return
    before, after = _at(before, old), _at(after, new)
    for header in before.get("headers", {}).keys() - after.get("headers", {}).keys():
        yield f"the header {header} is gone"
    for kind, content in before.get("content", {}).items():
        if kind not in after.get("content", {}):
            yield f"it answers no {kind}"
        else:
            yield from _got(f"the answer {status}", content["schema"], after["content"][kind]["schema"], old, new)


def _sent(where: str, before: Json, after: Json, old: Json, new: Json) -> Iterator[str]:
    """Yield what clients send and the new version rejects."""
    before, after = _resolved(before, old), _resolved(after, new)
    if gone := _types(before) - _types(after):
        yield f"{where} takes no {', '.join(sorted(gone))}"
    if "enum" in after:
        if "enum" not in before:
            yield f"{where} takes only some values"
        elif gone := _values(before) - _values(after):
            yield f"{where} takes no {', '.join(sorted(gone))}"
    for bound in UPPER_BOUNDS:
        if bound in after and after[bound] < before.get(bound, float("inf")):
            yield f"{where} takes less: {bound} {after[bound]}"
    for bound in LOWER_BOUNDS:
        if bound in after and after[bound] > before.get(bound, float("-inf")):
            yield f"{where} takes less: {bound} {after[bound]}"
    for shape in SHAPES:
        if shape in after and after[shape] != before.get(shape):
            yield f"{where} has another {shape}"
    if before.get("additionalProperties", True) and not after.get("additionalProperties", True):
        yield f"{where} takes no further fields"
    for name in set(after.get("required", ())) - set(before.get("required", ())):
        yield f"{where}/{name} is required"
    for name, schema in before.get("properties", {}).items():
        if name not in after.get("properties", {}):
            yield f"{where}/{name} is gone"
        else:
            yield from _sent(f"{where}/{name}", schema, after["properties"][name], old, new)
    if "items" in after:
        yield from _sent(f"{where}/…", before.get("items", {}), after["items"], old, new)


def _got(where: str, before: Json, after: Json, old: Json, new: Json) -> Iterator[str]:
    """Yield what clients read and the new version omits or returns with another type."""
    before, after = _resolved(before, old), _resolved(after, new)
    if more := _types(after) - _types(before):
        yield f"{where} may be {', '.join(sorted(more))}"
    for shape in ("format", "const"):
        if shape in before and before[shape] != after.get(shape):
            yield f"{where} has another {shape}"
    for name in set(before.get("required", ())) - set(after.get("required", ())):
        yield f"{where}/{name} may be left out"
    for name, schema in before.get("properties", {}).items():
        if name not in after.get("properties", {}):
            yield f"{where}/{name} is gone"
        else:
            yield from _got(f"{where}/{name}", schema, after["properties"][name], old, new)
    if "items" in before and "items" in after:
        yield from _got(f"{where}/…", before["items"], after["items"], old, new)


def _resolved(schema: Json, document: Json) -> Json:
    """Resolve references. Turn a choice between a schema and null into that schema with null among its types."""
    schema = _at(schema, document)
    choices = [_resolved(one, document) for one in schema.get("anyOf", ())]
    others = [one for one in choices if one != {"type": "null"}]
    if len(others) != 1:
        return schema
    null = {"null"} if len(choices) > 1 else set()
    return {**schema, **others[0], "type": sorted(_types(others[0]) | null)}


def _at(thing: Json, document: Json) -> Json:
    """Follow references within the document (RFC 6901)."""
    while "$ref" in thing:
        place = thing["$ref"].removeprefix("#/").split("/")
        thing = reduce(getitem, place, document)
    return thing


def _types(schema: Json) -> set[str]:
    kinds = schema.get("type", [])
    return {kinds} if isinstance(kinds, str) else set(kinds)


def _values(schema: Json) -> set[str]:
    return set(map(str, schema.get("enum", ())))
