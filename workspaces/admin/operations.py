"""What the pages share whose rows change by operations alone, as in the console."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.admin import OperatorAdmin
from workspaces.actors import Actor
from workspaces.errors import Conflict


class OperationForm(forms.ModelForm):  # type: ignore[type-arg] # takes no type at run time
    """A form whose change is made by an operation, as the last step of checking it: a refusal is an error of the form.

    The admin calls this within a transaction and looks at the form once.
    """

    actor: Actor

    def apply(self) -> Model:
        """Make the change. Returns the changed row; raises what the operation raises."""
        raise NotImplementedError

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc] # a hook of Django's that the stubs leave out
        if self.errors:
            return
        try:
            self.instance = self.apply()
        except ValidationError as error:
            self.add_error(None, error)
        except Conflict as refusal:
            self.add_error(None, refusal.message)


class OperationsAdmin(OperatorAdmin):
    """Rows that change by operations alone, which record who did it: their history is the event log."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.actor = Actor.operator(request)  # type: ignore[attr-defined] # the class is made with_current_role for each request
        return form

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Nothing: the form has made the change."""

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except Conflict as refusal:
            self.message_user(request, f"Not deleted: {refusal.message}", messages.ERROR)
            change = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
            return HttpResponseRedirect(reverse(change, args=[object_id]))

    def events_of(self, obj: Any) -> dict[str, str]:
        """The query of the event list which finds what happened to `obj`."""
        raise NotImplementedError

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        query = urlencode(self.events_of(obj)) if obj else ""
        return HttpResponseRedirect(f"{reverse('admin:workspaces_event_changelist')}?{query}")
