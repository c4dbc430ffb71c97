import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reviewapp.common.tables import CreateModels


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0002_refusals"),
        ("labeling", "0002_refusals"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Rubric",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("name", models.CharField(max_length=120)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rubrics",
                                to="labeling.project",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("project", "name"), name="rubric_name_once")],
                    },
                ),
                migrations.CreateModel(
                    name="RubricVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("number", models.PositiveIntegerField()),
                        ("note", models.CharField(blank=True, max_length=500)),
                        ("digest", models.CharField(max_length=64)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
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
                            "rubric",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="evaluation.rubric",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("rubric", "number"), name="rubricversion_number_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Panel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("name", models.CharField(max_length=120)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("scores", "Scores by a rubric"), ("pairs", "Which of two is better")],
                                default="scores",
                                max_length=8,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("closed", "Closed")], default="open", max_length=8
                            ),
                        ),
                        (
                            "settling",
                            models.CharField(
                                choices=[
                                    ("majority", "The score most raters gave"),
                                    ("median", "The median, where ratings are within one point"),
                                ],
                                default="median",
                                max_length=10,
                            ),
                        ),
                        ("seed", models.BigIntegerField(default=0)),
                        ("sampling", models.JSONField(blank=True, default=dict)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("closed_at", models.DateTimeField(null=True)),
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="panels",
                                to="labeling.project",
                            ),
                        ),
                        (
                            "rubric_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="panels",
                                to="evaluation.rubricversion",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["project", "-created_at"], name="panel_recent")],
                        "constraints": [
                            models.UniqueConstraint(fields=("project", "name"), name="panel_name_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at__isnull", True), ("state", "open")),
                                    models.Q(("closed_at__isnull", False), ("state", "closed")),
                                    _connector="OR",
                                ),
                                name="panel_closed_iff_closed_at",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PanelRater",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[("rater", "Rater"), ("reserve", "Reserve"), ("judge", "Model as judge")],
                                default="rater",
                                max_length=8,
                            ),
                        ),
                        (
                            "judge",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="judged_panels",
                                to="evaluation.promptversion",
                            ),
                        ),
                        (
                            "panel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="raters",
                                to="evaluation.panel",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="panels",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("user__isnull", False)),
                                fields=("panel", "user"),
                                name="panelrater_person_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("judge__isnull", False)),
                                fields=("panel", "judge"),
                                name="panelrater_judge_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("judge__isnull", False), ("role", "judge"), ("user__isnull", True)),
                                    models.Q(
                                        models.Q(("role", "judge"), _negated=True),
                                        ("judge__isnull", True),
                                        ("user__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="panelrater_person_or_judge",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PanelReport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("input_digest", models.CharField(max_length=64, unique=True)),
                        ("report", models.JSONField()),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "panel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="evaluation.panel",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="PanelRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("letter", models.CharField(max_length=2)),
                        (
                            "panel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="evaluation.panel"
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="panels", to="evaluation.run"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("panel", "run"), name="panelrun_once"),
                            models.UniqueConstraint(fields=("panel", "letter"), name="panelrun_letter_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PanelOutput",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("item_revision", models.PositiveIntegerField()),
                        ("labels", models.JSONField()),
                        ("stratum", models.CharField(blank=True, max_length=300)),
                        ("weight", models.FloatField(default=1.0)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Being rated"),
                                    ("escalated", "Waits for an adjudicator"),
                                    ("settled", "Settled"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.item"
                            ),
                        ),
                        (
                            "panel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="outputs",
                                to="evaluation.panel",
                            ),
                        ),
                        (
                            "panel_run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="outputs",
                                to="evaluation.panelrun",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["panel", "state", "id"], name="paneloutput_by_state")],
                        "constraints": [
                            models.UniqueConstraint(fields=("panel_run", "item"), name="paneloutput_once"),
                            models.CheckConstraint(
                                condition=models.Q(("weight__gt", 0)), name="paneloutput_weight_positive"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PanelPair",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "a",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.paneloutput",
                            ),
                        ),
                        (
                            "b",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.paneloutput",
                            ),
                        ),
                        (
                            "panel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="pairs", to="evaluation.panel"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("a", "b"), name="panelpair_once"),
                            models.CheckConstraint(
                                condition=models.Q(("a", models.F("b")), _negated=True), name="panelpair_of_two"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PanelSeat",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("shows_b_first", models.BooleanField(default=False)),
                        ("place", models.PositiveIntegerField()),
                        ("is_done", models.BooleanField(default=False)),
                        (
                            "output",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="seats",
                                to="evaluation.paneloutput",
                            ),
                        ),
                        (
                            "pair",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="seats",
                                to="evaluation.panelpair",
                            ),
                        ),
                        (
                            "rater",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="seats",
                                to="evaluation.panelrater",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("is_done", False)), fields=["rater", "place"], name="panelseat_next"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("rater", "output"), name="panelseat_output_once"),
                            models.UniqueConstraint(fields=("rater", "pair"), name="panelseat_pair_once"),
                            models.UniqueConstraint(fields=("rater", "place"), name="panelseat_place_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("output__isnull", False), ("pair__isnull", True)),
                                    models.Q(("output__isnull", True), ("pair__isnull", False)),
                                    _connector="OR",
                                ),
                                name="panelseat_output_or_pair",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Choice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(default=1)),
                        ("better", models.CharField(choices=[("a", "A"), ("b", "B"), ("t", "Tie")], max_length=1)),
                        ("comment", models.TextField(blank=True)),
                        ("seconds", models.FloatField(null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "seat",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="choices",
                                to="evaluation.panelseat",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("seat", "number"), name="choice_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(("better__in", ["a", "b", "t"])), name="choice_is_a_choice"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Rating",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(default=1)),
                        ("scores", models.JSONField()),
                        ("comment", models.TextField(blank=True)),
                        ("seconds", models.FloatField(null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "seat",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ratings",
                                to="evaluation.panelseat",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("seat", "number"), name="rating_number_once")],
                    },
                ),
                migrations.CreateModel(
                    name="RubricTraining",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("within_one", models.FloatField()),
                        ("passed_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="trainings",
                                to="evaluation.rubricversion",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["user", "version", "-expires_at"], name="rubrictraining_of_rater")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("within_one__gte", 0), ("within_one__lte", 1)),
                                name="rubrictraining_share",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Criterion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=60)),
                        ("name", models.CharField(max_length=80)),
                        ("question", models.CharField(blank=True, max_length=300)),
                        ("points", models.JSONField()),
                        ("order", models.PositiveSmallIntegerField()),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="criteria",
                                to="evaluation.rubricversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["order"],
                        "constraints": [
                            models.UniqueConstraint(fields=("version", "code"), name="criterion_code_once"),
                            models.UniqueConstraint(fields=("version", "order"), name="criterion_order_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Anchor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("item_revision", models.PositiveIntegerField()),
                        ("labels", models.JSONField()),
                        ("scores", models.JSONField()),
                        ("why", models.TextField(blank=True)),
                        ("order", models.PositiveSmallIntegerField()),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.item"
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="anchors",
                                to="evaluation.rubricversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["order"],
                        "constraints": [models.UniqueConstraint(fields=("version", "order"), name="anchor_order_once")],
                    },
                ),
                migrations.CreateModel(
                    name="SettledScore",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("score", models.FloatField()),
                        (
                            "how",
                            models.CharField(
                                choices=[
                                    ("majority", "Majority"),
                                    ("median", "Median within one point"),
                                    ("third", "After another rating"),
                                    ("adjudicator", "Adjudicator"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("created_at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "criterion",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="evaluation.criterion"
                            ),
                        ),
                        (
                            "output",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="settled",
                                to="evaluation.paneloutput",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("output", "criterion"), name="settledscore_once"),
                            models.CheckConstraint(
                                condition=models.Q(("score__gte", 1), ("score__lte", 5)),
                                name="settledscore_on_the_scale",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("how", "adjudicator"), _negated=True),
                                    models.Q(models.Q(("reason", ""), _negated=True), ("by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="settledscore_ruling_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AnchorRating",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("attempt", models.PositiveSmallIntegerField(default=1)),
                        ("scores", models.JSONField()),
                        ("created_at", models.DateTimeField()),
                        (
                            "anchor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ratings",
                                to="evaluation.anchor",
                            ),
                        ),
                        (
                            "rater",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("anchor", "rater", "attempt"), name="anchorrating_once_an_attempt"
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
