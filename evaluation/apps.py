from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "evaluation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from evaluation.queries import upkeep_actions  # noqa: F401, PLC0415 -- joins the list of open actions
        from evaluation.tracking import signals  # noqa: PLC0415

        if signals.is_on():
            signals.connect()
