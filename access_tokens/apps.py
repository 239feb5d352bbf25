from django.apps import AppConfig


class AccessTokensConfig(AppConfig):
    name = "access_tokens"
    verbose_name = "Access tokens"

    def ready(self) -> None:
        from access_tokens import keys  # noqa: F401 (registers the check of the keys)
