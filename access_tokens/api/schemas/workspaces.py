from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from access_tokens.expiry_policy import ExpiryPolicyChange
from workspaces.api.schemas.common import UNSET, WHOLE_NUMBER, Name, RequestBody, example
from workspaces.api.schemas.workspaces import CopyPolicyName, DefaultExpiryName
from workspaces.models.workspace import MAX_LIFETIME_DAYS, MAX_REQUESTS_PER_MINUTE


class WorkspacePatch(RequestBody):
    """Changes to a workspace. Omitted fields stay as they are.

    `requests_per_minute: null` restores the operator's default. `max_lifetime_days: null` removes the limit; a limit
    sets `non_expiring_allowed` to false. `existing_tokens` says what happens to tokens that expire later than the new
    policy allows: `keep` leaves them as they are, `cap` shortens their expiry.
    """

    model_config = ConfigDict(json_schema_extra=example(name="Northwind Traders", requests_per_minute=1200))

    name: Name = UNSET
    copy_policy: CopyPolicyName = UNSET
    requests_per_minute: Annotated[int, Field(ge=1, le=MAX_REQUESTS_PER_MINUTE), WHOLE_NUMBER] | None = UNSET
    max_lifetime_days: Annotated[int, Field(ge=1, le=MAX_LIFETIME_DAYS), WHOLE_NUMBER] | None = UNSET
    non_expiring_allowed: bool = UNSET
    default_expiry: DefaultExpiryName = UNSET
    existing_tokens: Literal["keep", "cap"] = "keep"

    def expiry_policy_arguments(self) -> dict[str, Any]:
        """Return the arguments of `operations.set_expiry_policy`, empty if the body has none of its fields."""
        sent = self.model_fields_set
        change = {field: getattr(self, field) for field in ExpiryPolicyChange.__annotations__ if field in sent}
        if not change and "existing_tokens" not in sent:
            return {}
        return {**change, "cap_existing_tokens": self.existing_tokens == "cap"}
