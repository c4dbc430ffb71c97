"""Test splits that a manager retired, with the reason; what was said stays on record."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reviewapp.common.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0004_refusals_of_the_loop"),
    ]

    operations = [
        migrations.CreateModel(
            name="RetiredTest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(max_length=2000)),
                ("created_at", models.DateTimeField()),
                ("operator", models.CharField(blank=True, max_length=254)),
                (
                    "by_release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="retirements", to="labeling.release"
                    ),
                ),
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
                    "release",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="retirement", to="labeling.release"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="retiredtest_says_why"
                    )
                ],
            },
        ),
        refuse("labeling_retiredtest", ("UPDATE", "DELETE"), message="what was said of a test split stays on record"),
    ]
