import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reviewapp.common.triggers import refuse

KEPT = ("prompt_id", "version_id", "status", "reason", "is_override", "is_rollback", "created_at", "operator")
NULLABLE = ("evaluation_id", "objective_id", "standing", "created_by_id")
CHANGED = " or ".join(
    [f"OLD.{name} <> NEW.{name}" for name in KEPT]
    + [f"coalesce(cast(OLD.{name} as text), '') <> coalesce(cast(NEW.{name} as text), '')" for name in NULLABLE]
)
OTHER_PROMPT = "(select prompt_id from evaluation_promptversion where id = {row}.version_id) <> {row}.prompt_id"
OTHER_LOOK = (
    "{row}.evaluation_id is not null and not exists (select 1 from evaluation_evaluation one join evaluation_run run "
    "on run.id = one.run_id where one.id = {row}.evaluation_id and one.split = 'test' "
    "and run.prompt_version_id = {row}.version_id)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0011_refuse_changes_again"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Promotion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("candidate", "Candidate"),
                            ("production", "Production"),
                            ("retired", "Retired"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.TextField(blank=True, max_length=2000)),
                ("standing", models.JSONField(null=True)),
                ("is_override", models.BooleanField(default=False)),
                ("is_rollback", models.BooleanField(default=False)),
                ("is_current", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
                ("operator", models.CharField(blank=True, max_length=254)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "evaluation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evaluation.evaluation",
                    ),
                ),
                (
                    "objective",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evaluation.objective",
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="promotions", to="evaluation.prompt"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="evaluation.promptversion",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["prompt", "-created_at"], name="promotion_history")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True)), fields=("version",), name="promotion_current_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True), ("status", "production")),
                        fields=("prompt",),
                        name="promotion_production_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "production"), _negated=True),
                            ("evaluation__isnull", False),
                            _connector="OR",
                        ),
                        name="promotion_rests_on_a_look",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_override", True), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="promotion_override_says_why",
                    ),
                ],
            },
        ),
        refuse(
            "evaluation_promotion",
            ("INSERT",),
            message="a promotion is of a version of its prompt, by a look of that version at test",
            when=f"{OTHER_PROMPT} or ({OTHER_LOOK})",
        ),
        refuse(
            "evaluation_promotion",
            ("UPDATE",),
            message="a promotion never changes, another one may take its place",
            when=f"not OLD.is_current or NEW.is_current or {CHANGED}",
        ),
        refuse("evaluation_promotion", ("DELETE",), message="a promotion never changes"),
    ]
