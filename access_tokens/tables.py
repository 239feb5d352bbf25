"""The table of access tokens: its columns, how each sorts, and which a member sees at first."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.functions import Lower

from access_tokens.models import AccessToken
from workspaces.tables import ConsoleTable

TABLE = "access-tokens"
DEFAULT_SORT = "-created"

# Name to "is it shown at first?". Status is always there.
OFFERED_COLUMNS: Mapping[str, bool] = MappingProxyType(
    {
        "label": True,
        "token": True,
        "scope": True,
        "created": True,
        "expires": True,
        "actions": True,
        "token_id": False,
        "created_by": False,
        "last_used": False,
    }
)


def _cell(name: str, header: str, *, orderable: bool = True) -> tables.TemplateColumn:
    template = f"access_tokens/cells.html#{name}"
    return tables.TemplateColumn(
        template_name=template, verbose_name=header, orderable=orderable, empty_values=(), accessor="pk"
    )


class AccessTokenTable(ConsoleTable):
    label = _cell("label", "Label")
    token = _cell("token", "Token")
    scope = _cell("scope", "Scope")
    created = _cell("created", "Created")
    expires = _cell("expires", "Expires")
    token_id = _cell("token_id", "Token ID")
    created_by = _cell("created_by", "Created by")
    last_used = _cell("last_used", "Last used")
    status = _cell("status", "Status")
    actions = _cell("actions", "Actions", orderable=False)

    class Meta:
        template_name = "access_tokens/list.html#table"
        row_attrs: ClassVar[dict[str, Any]] = {
            "id": lambda record: f"token-{record.key_id}",
            "data-state": lambda record: " ".join(record.states()),
        }


def hidden_columns(chosen: set[str]) -> list[str]:
    """The columns that a table leaves out for a member who chose these."""
    return [name for name in OFFERED_COLUMNS if name not in chosen]


def column_switches(chosen: set[str]) -> list[tuple[str, str, bool]]:
    """Name, header and "is it on?" of each switch in the Columns list."""
    columns = AccessTokenTable.base_columns
    return [(name, columns[name].verbose_name, name in chosen) for name in OFFERED_COLUMNS]


def order(tokens: QuerySet[AccessToken], sort: str) -> QuerySet[AccessToken]:
    """`tokens` in the order of a sort of the URL. No end comes after all ends, unused ones before all uses."""
    name = sort.removeprefix("-")
    downwards = sort.startswith("-")
    if name == "status":
        tokens = tokens.with_status()  # type: ignore[attr-defined]
    keys: dict[str, tuple[Any, ...]] = {
        "label": (Lower("label"),),
        "token": (F("key_id"),),
        "scope": (F("scope"),),
        "created": (F("created_at"),),
        "expires": (F("expires_at"),),
        "token_id": (F("creator_email"), F("key_id")),
        "created_by": (F("creator__email"),),
        "last_used": (F("last_used_at"),),
        "status": (F("status_name"),),
    }
    none_is_greatest = name == "expires"
    nulls: dict[str, bool] = {}
    if name in {"expires", "last_used", "created_by"}:
        nulls = {"nulls_last": True} if none_is_greatest != downwards else {"nulls_first": True}
    by = [OrderBy(key, descending=downwards, **nulls) for key in keys[name]]
    return tokens.order_by(*by, OrderBy(F("pk"), descending=downwards))
