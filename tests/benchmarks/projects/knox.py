"""django-rest-knox, with its TokenAuthentication for every view."""

from tests.benchmarks.projects.drf import urlpatterns

__all__ = ["urlpatterns"]
