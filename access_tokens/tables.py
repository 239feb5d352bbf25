"""The table of access tokens. Its columns have the names of the API's fields."""

from typing import Any, ClassVar

from django.db.models import QuerySet

from access_tokens.models import SORT_KEYS
from workspaces.console.tables import CellColumn, ConsoleTable, cell_factory

cell = cell_factory("access_tokens/token_cells.html")


def sortable(name: str, header: str, **options: Any) -> CellColumn:
    """Return a column that is sorted by the same expression as in the API."""
    return cell(name, header, sort_by=[SORT_KEYS[name]], **options)


class AccessTokenTable(ConsoleTable):
    """Columns that can be empty sort by the plain field, which has an index, not by the API's expression."""

    key = "access-tokens"
    default_sort = "-created_at"

    label = sortable("label", "Label", card_area="head")
    key_id = sortable("key_id", "Token")
    scope = sortable("scope", "Scope")
    created_at = sortable("created_at", "Created")
    expires_at = cell("expires_at", "Expires", sort_by=["expires_at"], none="greatest")
    id = sortable("id", "Token ID", is_default=False)
    created_by = sortable("created_by", "Created by", is_default=False)
    last_used_at = cell("last_used_at", "Last used", sort_by=["last_used_at"], none="least", is_default=False)
    status = sortable("status", "Status", can_be_hidden=False, card_area="st")
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
