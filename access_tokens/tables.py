"""The table of access tokens: its columns, and which a member sees at first. They are named as in the API."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import django_tables2 as tables

from workspaces.tables import ConsoleTable

TABLE = "access-tokens"
DEFAULT_SORT = "-created_at"

# Name to "is it shown at first?". Status is always there.
OFFERED_COLUMNS: Mapping[str, bool] = MappingProxyType(
    {
        "label": True,
        "key_id": True,
        "scope": True,
        "created_at": True,
        "expires_at": True,
        "actions": True,
        "id": False,
        "created_by": False,
        "last_used_at": False,
    }
)


def _cell(name: str, header: str, *, orderable: bool = True) -> tables.TemplateColumn:
    template = f"access_tokens/cells.html#{name}"
    return tables.TemplateColumn(
        template_name=template, verbose_name=header, orderable=orderable, empty_values=(), accessor="pk"
    )


class AccessTokenTable(ConsoleTable):
    label = _cell("label", "Label")
    key_id = _cell("key_id", "Token")
    scope = _cell("scope", "Scope")
    created_at = _cell("created_at", "Created")
    expires_at = _cell("expires_at", "Expires")
    id = _cell("id", "Token ID")
    created_by = _cell("created_by", "Created by")
    last_used_at = _cell("last_used_at", "Last used")
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
