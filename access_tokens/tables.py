"""The table of access tokens: its columns, how each sorts, and which a member sees at first."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.db.models.functions import Lower

from workspaces.tables import ConsoleTable, cells

cell = cells("access_tokens/cells.html")


class AccessTokenTable(ConsoleTable):
    """No end comes after all ends, unused tokens before all uses."""

    key = "access-tokens"
    default_sort = "-created"

    label = cell("label", "Label", by=[Lower("label")], place="head")
    token = cell("token", "Token", by=["key_id"])
    scope = cell("scope", "Scope", by=["scope"])
    created = cell("created", "Created", by=["created_at"])
    expires = cell("expires", "Expires", by=["expires_at"], none="greatest")
    token_id = cell("token_id", "Token ID", by=["creator_email", "key_id"], at_first=False)
    created_by = cell("created_by", "Created by", by=["creator__email"], none="least", at_first=False)
    last_used = cell("last_used", "Last used", by=["last_used_at"], none="least", at_first=False)
    status = cell("status", "Status", by=["status_name"], optional=False, place="st")
    actions = cell("actions", "Actions", place="act")

    class Meta:
        row_attrs: ClassVar[dict[str, Any]] = {
            "id": lambda record: f"token-{record.key_id}",
            "data-state": lambda record: " ".join(record.states()),
        }

    @classmethod
    def order(cls, rows: QuerySet[Any], sort: str) -> QuerySet[Any]:
        by_status = sort.removeprefix("-") == "status"
        return super().order(rows.with_status() if by_status else rows, sort)  # type: ignore[attr-defined]
