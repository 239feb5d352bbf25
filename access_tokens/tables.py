"""The table of access tokens: its columns, named as in the API, and which of them a member sees at first."""

from typing import Any, ClassVar

from django.db.models import QuerySet

from access_tokens.models import SORT_KEYS
from workspaces.console.tables import CellColumn, ConsoleTable, cell_factory

cell = cell_factory("access_tokens/token_cells.html")


def sorting(name: str, header: str, **options: Any) -> CellColumn:
    """A column that lists are sorted by, here as in the API. Where it may be empty, a plain field has an index."""
    return cell(name, header, sort_by=[SORT_KEYS[name]], **options)


class AccessTokenTable(ConsoleTable):
    key = "access-tokens"
    default_sort = "-created_at"

    label = sorting("label", "Label", card_area="head")
    key_id = sorting("key_id", "Token")
    scope = sorting("scope", "Scope")
    created_at = sorting("created_at", "Created")
    expires_at = cell("expires_at", "Expires", sort_by=["expires_at"], none="greatest")
    id = sorting("id", "Token ID", is_default=False)
    created_by = sorting("created_by", "Created by", is_default=False)
    last_used_at = cell("last_used_at", "Last used", sort_by=["last_used_at"], none="least", is_default=False)
    status = sorting("status", "Status", can_be_hidden=False, card_area="st")
    actions = cell("actions", "Actions", card_area="act")

    class Meta:
        row_attrs: ClassVar[dict[str, Any]] = {
            "id": lambda record: f"token-{record.key_id}",
            "data-state": lambda record: " ".join(record.statuses()),
        }

    @classmethod
    def sort_queryset(cls, rows: QuerySet[Any], sort: str) -> QuerySet[Any]:
        by_status = sort.removeprefix("-") == "status"
        return super().sort_queryset(rows.annotate_status() if by_status else rows, sort)  # type: ignore[attr-defined] # rows of tokens
