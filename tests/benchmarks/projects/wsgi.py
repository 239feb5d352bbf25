"""The WSGI application of the project named by BENCHMARK_PROJECT."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
