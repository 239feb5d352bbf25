"""Request and response bodies of the endpoints about tokens."""
