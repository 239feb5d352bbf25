from django.apps import AppConfig


class AccessTokensConfig(AppConfig):
    name = "access_tokens"
    verbose_name = "Access tokens"

    def ready(self) -> None:
        from access_tokens import checks  # noqa: F401 (registers them)
