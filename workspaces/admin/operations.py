"""Admin pages whose changes are made by operations, which check rules and record events."""

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
    """A form that makes its change as the last step of validation, so that a refusal is an error of the form.

    The admin validates a form once, in a transaction.
    """

    actor: Actor

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound or self.errors:
            return
        try:
            self.instance = self.apply()
        except ValidationError as error:
            self.add_error(None, error)
        except Conflict as conflict:
            self.add_error(None, conflict.message)

    def apply(self) -> Model:
        """Make the change with an operation and return the changed row."""
        raise NotImplementedError


class ActorFormMixin:
    """Admin mixin that gives the form the operator as `actor`."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc] # of ModelAdmin
        form.actor = Actor.operator(request)  # the form class is created for each request
        return form


class OperationsAdmin(ActorFormMixin, OperatorAdmin):
    """Rows that only operations change. Their history is the event log."""

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Do nothing: the form has made the change."""

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except Conflict as conflict:
            self.message_user(request, f"Not deleted: {conflict.message}", messages.ERROR)
            change_view = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
            return HttpResponseRedirect(reverse(change_view, args=[object_id]))

    def event_filters(self, obj: Any) -> dict[str, str]:
        """Return the query of the event list that shows the events of `obj`."""
        raise NotImplementedError

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        query = urlencode(self.event_filters(obj)) if obj else ""
        return HttpResponseRedirect(f"{reverse('admin:workspaces_event_changelist')}?{query}")
