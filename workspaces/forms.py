"""Forms for names. The operations validate names, so their error messages appear next to the fields."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict

from workspaces.errors import Conflict
from workspaces.names import clean_name
from workspaces.operations import propose_slug


def post_data(request: HttpRequest) -> QueryDict | None:
    """Return the data of a submitted form, even if it is empty, or None for an unbound form."""
    return request.POST if request.method == "POST" else None


class NameForm(forms.Form):
    name = forms.CharField(required=False, max_length=1000)

    def run[Result](self, operation: Callable[..., Result]) -> Result | None:
        """Run `operation` with the form's fields and return its result, or None if the form is unbound or invalid.

        Errors that the operation raises become errors of the form. A conflict is about the name.
        """
        if not (self.is_bound and self.is_valid()):
            return None
        try:
            return operation(**self.cleaned_data)
        except ValidationError as error:
            self.add_error(None, error)
        except Conflict as conflict:
            self.add_error("name", conflict.message)
        return None


class WorkspaceForm(NameForm):
    """The name and slug of a new workspace. An empty slug is replaced by one proposed for the name.

    So is a slug that was proposed for an earlier name (`proposed`, `proposed_for`), in case the form was submitted
    before the page had updated it.
    """

    slug = forms.CharField(required=False, max_length=1000)

    def clean_slug(self) -> str:
        slug, name = self.cleaned_data["slug"], self.cleaned_data.get("name", "")
        is_outdated = slug == self.data.get("proposed") and name != self.data.get("proposed_for", "").strip()
        return propose_slug(name) if not slug or is_outdated else slug


class ConfirmNameForm(forms.Form):
    """Asks for the name of the object to delete, as a confirmation."""

    name = forms.CharField(required=False, max_length=1000)

    def __init__(self, data: Any = None, *, name: str) -> None:
        super().__init__(data)
        self.expected = name

    def clean_name(self) -> str:
        message = f"Type the name: {self.expected}"
        try:
            name = clean_name(self.cleaned_data["name"])
        except ValidationError as error:
            raise ValidationError(message, code="required") from error
        if name != self.expected:
            raise ValidationError(message, code="invalid")
        return name
