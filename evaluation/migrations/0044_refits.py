import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0043_refuse_changes_to_review_packs"),
        ("labeling", "0009_refuse_changes_to_applied_taxonomy_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="origin",
            field=models.CharField(
                choices=[
                    ("hand", "Started by hand"),
                    ("trial", "Dry run"),
                    ("candidate", "A new candidate"),
                    ("promotion", "A look before promotion"),
                    ("model", "The provider changed the model"),
                    ("repeat", "A repeat"),
                    ("grid", "A grid"),
                    ("stress", "A stress suite"),
                    ("canary", "A canary"),
                    ("bank", "The edge-case bank"),
                    ("judge", "A model as judge"),
                    ("triage", "Categories proposed in triage"),
                    ("targeted", "A slice that fell, again"),
                    ("attack", "A red-team attempt"),
                    ("schedule", "A schedule"),
                    ("refit", "A new release"),
                ],
                default="hand",
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="Refit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
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
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="refits", to="labeling.project"
                    ),
                ),
                (
                    "release",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="refit", to="labeling.release"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RefitRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("obstacle", models.CharField(blank=True, max_length=500)),
                ("report", models.JSONField(null=True)),
                (
                    "before",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="evaluation.evaluation"
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
                    "refit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="evaluation.refit"
                    ),
                ),
                (
                    "run",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refit_row",
                        to="evaluation.run",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="evaluation.promptversion"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("refit", "version"), name="refitrun_version_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("evaluation__isnull", True), ("report__isnull", True)),
                            models.Q(("evaluation__isnull", False), ("report__isnull", False), ("run__isnull", False)),
                            _connector="OR",
                        ),
                        name="refitrun_report_iff_scored",
                    ),
                ],
            },
        ),
    ]
