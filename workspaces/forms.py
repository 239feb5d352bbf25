"""Forms of the console's dialogs. Operations check names; their messages appear next to the field."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict

from workspaces.errors import Conflict
from workspaces.names import clean_name
from workspaces.operations import propose_slug


def post_data(request: HttpRequest) -> QueryDict | None:
    """Return the data of a submitted form, or None for a form that is only shown."""
    return request.POST if request.method == "POST" else None


class NameForm(forms.Form):
    name = forms.CharField(required=False, max_length=1000)

    def run[Changed](self, change: Callable[..., Changed]) -> Changed | None:
        """Call the operation `change` with the form's fields and return its result.

        Return None if the form was not submitted, is invalid, or the operation rejects it. Its message is then an error
        of the form. A conflict is an error of the name.
        """
        if not (self.is_bound and self.is_valid()):
            return None
        try:
            return change(**self.cleaned_data)
        except ValidationError as error:
            self.add_error(None, error)
        except Conflict as conflict:
            self.add_error("name", conflict.message)
        return None


class WorkspaceForm(NameForm):
    """Name and slug of a new workspace. An empty slug becomes the one that is proposed for the name.

    So does a slug that was proposed for an earlier name (`proposed` for `proposed_for`): the form was submitted before
    the page had updated the slug.
    """

    slug = forms.CharField(required=False, max_length=1000)

    def clean_slug(self) -> str:
        slug, name = self.cleaned_data["slug"], self.cleaned_data.get("name", "")
        was_proposed = slug == self.data.get("proposed") and name != self.data.get("proposed_for", "").strip()
        return propose_slug(name) if not slug or was_proposed else slug


class ConfirmNameForm(forms.Form):
    """Asks for the name of the object to delete, as a confirmation."""

    name = forms.CharField(required=False, max_length=1000)

    def __init__(self, data: Any = None, *, name: str) -> None:
        super().__init__(data)
        self.expected = name

    def clean_name(self) -> str:
        message = f"Type the name: {self.expected}"
        try:
            typed = clean_name(self.cleaned_data["name"])
        except ValidationError as error:
            raise ValidationError(message, code="required") from error
        if typed != self.expected:
            raise ValidationError(message, code="invalid")
        return typed
