"""The REST API: what all endpoints use, and the endpoints of this app."""
