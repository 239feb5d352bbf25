"""The table of access tokens: its columns, named as in the API, and which of them a member sees at first."""

from typing import Any, ClassVar

from django.db.models import QuerySet

from access_tokens.models import SORT_KEYS
from workspaces.console.tables import Cell, ConsoleTable, cells

cell = cells("access_tokens/token_cells.html")


def sorting(name: str, header: str, **options: Any) -> Cell:
    """A column that lists are sorted by, here as in the API. Where it may be empty, a plain field has an index."""
    return cell(name, header, by=[SORT_KEYS[name]], **options)


class AccessTokenTable(ConsoleTable):
    key = "access-tokens"
    default_sort = "-created_at"

    label = sorting("label", "Label", place="head")
    key_id = sorting("key_id", "Token")
    scope = sorting("scope", "Scope")
    created_at = sorting("created_at", "Created")
    expires_at = cell("expires_at", "Expires", by=["expires_at"], none="greatest")
    id = sorting("id", "Token ID", at_first=False)
    created_by = sorting("created_by", "Created by", at_first=False)
    last_used_at = cell("last_used_at", "Last used", by=["last_used_at"], none="least", at_first=False)
    status = sorting("status", "Status", optional=False, place="st")
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
