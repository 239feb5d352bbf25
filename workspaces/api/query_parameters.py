from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from workspaces.api.problems import invalid


def _is_repeated(request: HttpRequest, name: str) -> bool:
    return len(request.GET.getlist(name)) > 1


def known_parameters_only(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For `NinjaAPI.add_decorator`, mode `view`: refuses parameters that an operation doesn't have, or has once.

    A misspelt filter would let everything through.
    """
    models = run.__self__.models  # type: ignore[attr-defined] # it is the method of an Operation
    known = {
        name for model in models if model.__ninja_param_source__ == "query" for name in model.__ninja_flatten_map__
    }
    lists = {name for model in models for name in getattr(model, "__ninja_collection_fields__", ())}

    @wraps(run)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        given = request.GET if request.META["QUERY_STRING"] else {}
        unknown = [(name, f"There is no parameter “{name}” here. Leave it out.") for name in given if name not in known]
        twice = [(name, f"Send “{name}” once.") for name in given if _is_repeated(request, name) and name not in lists]
        if unknown or twice:
            return invalid([*unknown, *twice])
        return run(request, *args, **kwargs)

    return checked
