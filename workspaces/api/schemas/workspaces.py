from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import ConfigDict

from workspaces.api.schemas.common import Page, example, page_example

type CopyPolicyName = Literal["encrypted", "show_once"]
type DefaultExpiryName = Literal["1w", "1m", "6m", "1y", "never"]

WORKSPACE_REF_EXAMPLE = {"slug": "northwind", "name": "Northwind"}
WORKSPACE_EXAMPLE = {
    **WORKSPACE_REF_EXAMPLE,
    "created_at": "2026-01-12T08:00:00Z",
    "copy_policy": "encrypted",
    "requests_per_minute": 600,
    "max_lifetime_days": 90,
    "non_expiring_allowed": False,
    "default_expiry": "1m",
}


class WorkspaceRef(Schema):
    """The workspace that a resource belongs to."""

    slug: str
    name: str


class WorkspaceOut(WorkspaceRef):
    """A workspace.

    `requests_per_minute` is the rate limit of each token. `max_lifetime_days` limits the expiry of new tokens; null
    means no limit. `default_expiry` is preselected in the console.
    """

    model_config = ConfigDict(json_schema_extra=example(**WORKSPACE_EXAMPLE))

    created_at: datetime
    copy_policy: CopyPolicyName
    requests_per_minute: int
    max_lifetime_days: int | None
    non_expiring_allowed: bool
    default_expiry: DefaultExpiryName


class WorkspacePage(Page[WorkspaceOut]):
    model_config = ConfigDict(json_schema_extra=page_example(**WORKSPACE_EXAMPLE))
