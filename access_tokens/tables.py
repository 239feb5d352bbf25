"""The table of access tokens. Its columns have the names of the API's fields."""

from typing import Any, ClassVar

from django.db.models import QuerySet

from access_tokens.models import SORT_KEYS
from workspaces.console.tables import Cell, ConsoleTable, cells

cell = cells("access_tokens/token_cells.html")


def sortable(name: str, header: str, **options: Any) -> Cell:
    """Return a column that is sorted by the same expression as in the API."""
    return cell(name, header, by=[SORT_KEYS[name]], **options)


class AccessTokenTable(ConsoleTable):
    """Columns that can be empty sort by the plain field, which has an index, not by the API's expression."""

    key = "access-tokens"
    default_sort = "-created_at"

    label = sortable("label", "Label", place="head")
    key_id = sortable("key_id", "Token")
    scope = sortable("scope", "Scope")
    created_at = sortable("created_at", "Created")
    expires_at = cell("expires_at", "Expires", by=["expires_at"], none="greatest")
    id = sortable("id", "Token ID", at_first=False)
    created_by = sortable("created_by", "Created by", at_first=False)
    last_used_at = cell("last_used_at", "Last used", by=["last_used_at"], none="least", at_first=False)
    status = sortable("status", "Status", optional=False, place="st")
    actions = cell("actions", "Actions", place="act")

    class Meta:
        row_attrs: ClassVar[dict[str, Any]] = {
            "id": lambda record: f"token-{record.key_id}",
            "data-state": lambda record: " ".join(record.statuses()),
        }

    @classmethod
    def order(cls, rows: QuerySet[Any], sort: str) -> QuerySet[Any]:
        by_status = sort.removeprefix("-") == "status"
        return super().order(rows.annotate_status() if by_status else rows, sort)  # type: ignore[attr-defined] # rows of tokens
