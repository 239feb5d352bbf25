"""What every endpoint uses, and the endpoints of this app."""
