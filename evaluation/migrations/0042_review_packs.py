import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0041_exports"),
        ("labeling", "0009_refuse_changes_to_applied_taxonomy_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReviewPack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("month", models.DateField()),
                ("report", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
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
                    "firing",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="evaluation.firing"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="review_packs", to="labeling.project"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["project", "-month", "-id"], name="reviewpack_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("project", "month", "digest"), name="reviewpack_content_once"),
                    models.CheckConstraint(condition=models.Q(("month__day", 1)), name="reviewpack_month_is_a_month"),
                ],
            },
        ),
    ]
