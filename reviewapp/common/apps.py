from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "reviewapp.common"
    label = "common"

    def ready(self) -> None:
        from reviewapp.common import policy  # noqa: F401, PLC0415 -- registers the system check
