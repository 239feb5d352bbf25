"""djangorestframework-api-key, with HasAPIKey as the permission of every view."""

from tests.benchmarks.projects.drf import urlpatterns

__all__ = ["urlpatterns"]
