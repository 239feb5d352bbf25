app_name = "access_tokens"
urlpatterns: list[object] = []
