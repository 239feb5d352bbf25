"""No addresses: this project only makes the tables of all peers."""

urlpatterns: list[None] = []
