"""Creates the tables of both endpoint peers. It has no URLs."""

urlpatterns: list[None] = []
