"""The WSGI application of the project that BENCHMARK_PROJECT names."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
