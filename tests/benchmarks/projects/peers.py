"""Creates the tables of all token check peers. It has no URLs."""

urlpatterns: list[None] = []
