"""djangorestframework-api-key: HasAPIKey is the permission of every view."""

from tests.benchmarks.projects.drf import urlpatterns

__all__ = ["urlpatterns"]
