from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from access_tokens.problems import invalid


def known_parameters_only(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For `NinjaAPI.add_decorator`, mode `view`: refuses parameters of the query that an operation doesn't have.

    A misspelt filter would let everything through.
    """
    models = run.__self__.models  # type: ignore[attr-defined] # it is the method of an Operation
    known = {
        name for model in models if model.__ninja_param_source__ == "query" for name in model.__ninja_flatten_map__
    }

    @wraps(run)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.META["QUERY_STRING"] and (unknown := request.GET.keys() - known):
            return invalid([(name, f"There is no parameter “{name}” here. Leave it out.") for name in sorted(unknown)])
        return run(request, *args, **kwargs)

    return checked
