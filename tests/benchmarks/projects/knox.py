"""django-rest-knox: its TokenAuthentication authenticates every view."""

from tests.benchmarks.projects.drf import urlpatterns

__all__ = ["urlpatterns"]
