import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reviewapp.common.tables import CreateModels


class Migration(migrations.Migration):
    replaces = [
        ("evaluation", "0017_panels"),
        ("evaluation", "0019_drift"),
        ("evaluation", "0020_triage"),
        ("evaluation", "0022_edge_cases"),
        ("evaluation", "0024_judges"),
        ("evaluation", "0025_acquisitions"),
        ("evaluation", "0026_deliveries"),
        ("evaluation", "0028_red_team_rounds"),
        ("evaluation", "0030_keep_texts_of_cases"),
        ("evaluation", "0031_schedules"),
        ("evaluation", "0033_index_recent_calls"),
        ("evaluation", "0034_incidents"),
        ("evaluation", "0036_questions_to_models"),
        ("evaluation", "0037_alerts"),
        ("evaluation", "0039_reviews"),
        ("evaluation", "0041_exports"),
        ("evaluation", "0042_review_packs"),
        ("evaluation", "0044_refits"),
        ("evaluation", "0045_rollouts"),
        ("evaluation", "0047_incident_alert"),
        ("evaluation", "0048_delivery_ended"),
        ("evaluation", "0049_default_alert_rules"),
        ("evaluation", "0050_follow_ups"),
        ("evaluation", "0051_tellings"),
        ("evaluation", "0052_index_reviewed_tasks"),
        ("evaluation", "0053_model_training"),
        ("evaluation", "0055_run_tallies"),
        ("evaluation", "0056_messages_not_sent"),
    ]

    dependencies = [
        ("evaluation", "0002_refusals"),
        ("labeling", "0003_tables_of_the_loop"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Acquisition",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="acquisitions",
                                to="labeling.project",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="acquisitions",
                                to="evaluation.run",
                            ),
                        ),
                        ("mix", models.JSONField()),
                        ("size", models.PositiveIntegerField()),
                        ("random_share", models.FloatField()),
                        ("seed", models.IntegerField(default=0)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Waiting"),
                                    ("running", "Being worked out"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                ],
                                default="queued",
                                max_length=8,
                            ),
                        ),
                        ("error", models.CharField(blank=True, max_length=500)),
                        ("lease_until", models.DateTimeField(null=True)),
                        ("chosen", models.JSONField(default=list)),
                        ("counts", models.JSONField(default=dict)),
                        (
                            "round",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.round",
                            ),
                        ),
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
                        ("committee", models.ManyToManyField(related_name="+", to="evaluation.run")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["project", "-created_at"], name="acquisition_recent")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("random_share__gte", 0), ("random_share__lte", 1)),
                                name="acquisition_share_is_a_share",
                            ),
                            models.CheckConstraint(condition=models.Q(("size__gte", 1)), name="acquisition_has_a_size"),
                            models.CheckConstraint(
                                condition=models.Q(("round__isnull", True), ("state", "done"), _connector="OR"),
                                name="acquisition_round_when_done",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AcquisitionReplay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="acquisition_replays",
                                to="labeling.project",
                            ),
                        ),
                        (
                            "release",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.release"
                            ),
                        ),
                        ("design", models.JSONField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Waiting"),
                                    ("running", "Being worked out"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                ],
                                default="queued",
                                max_length=8,
                            ),
                        ),
                        ("error", models.CharField(blank=True, max_length=500)),
                        ("lease_until", models.DateTimeField(null=True)),
                        ("done", models.PositiveIntegerField(default=0)),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("report", models.JSONField(null=True)),
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
                    ],
                    options={
                        "indexes": [models.Index(fields=["project", "-created_at"], name="acquisitionreplay_recent")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("report__isnull", False), ("state", "done")),
                                    models.Q(models.Q(("state", "done"), _negated=True), ("report__isnull", True)),
                                    _connector="OR",
                                ),
                                name="acquisitionreplay_done_iff_report",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ActionPlan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="action_plans",
                                to="labeling.project",
                            ),
                        ),
                        ("source", models.CharField(max_length=30)),
                        ("key", models.CharField(max_length=120)),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("due_on", models.DateField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("project", "source", "key"), name="actionplan_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Destination",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="destinations",
                                to="labeling.project",
                            ),
                        ),
                        ("name", models.CharField(max_length=60)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("email", "E-mail"),
                                    ("slack", "Slack-compatible"),
                                    ("pagerduty", "PagerDuty"),
                                    ("webhook", "Signed webhook"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("address", models.CharField(max_length=2000)),
                        ("events", models.JSONField(blank=True, default=list)),
                        ("generation", models.PositiveIntegerField(default=1)),
                        ("is_active", models.BooleanField(default=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("project", "name"), name="destination_name_once"),
                            models.CheckConstraint(
                                condition=models.Q(("address", ""), _negated=True), name="destination_is_somewhere"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DriftMonitor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="monitors",
                                to="labeling.project",
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        (
                            "prompt",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="monitors",
                                to="evaluation.prompt",
                            ),
                        ),
                        ("cohort", models.CharField(blank=True, max_length=120)),
                        ("reference_from", models.DateTimeField()),
                        ("reference_until", models.DateTimeField()),
                        ("days", models.PositiveSmallIntegerField(default=1)),
                        ("is_active", models.BooleanField(default=True)),
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
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("project", "name"), name="driftmonitor_name_once"),
                            models.CheckConstraint(
                                condition=models.Q(("reference_until__gt", models.F("reference_from"))),
                                name="driftmonitor_reference_has_a_length",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("days__gte", 1)), name="driftmonitor_window_has_a_length"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EdgeCase",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="edge_cases",
                                to="labeling.project",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="edge_cases",
                                to="labeling.item",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("dual", "Dual offering"),
                                    ("ambiguous", "Ambiguous site"),
                                    ("language", "Foreign language"),
                                    ("adversarial", "Adversarial"),
                                    ("regression", "Past regression"),
                                    ("other", "Another reason"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("note", models.TextField(blank=True, max_length=2000)),
                        ("is_open", models.BooleanField()),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("operator", models.CharField(blank=True, max_length=254)),
                        ("retired_at", models.DateTimeField(null=True)),
                        (
                            "retired_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("retired_why", models.TextField(blank=True, max_length=2000)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("retired_at__isnull", True)),
                                fields=("project", "item"),
                                name="edgecase_item_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("retired_at__isnull", True), ("retired_why", "")),
                                    models.Q(
                                        ("retired_at__isnull", False), models.Q(("retired_why", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="edgecase_retired_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ErrorCategory",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="error_categories",
                                to="labeling.project",
                            ),
                        ),
                        ("code", models.SlugField(max_length=60)),
                        ("name", models.CharField(max_length=80)),
                        ("definition", models.CharField(blank=True, max_length=500)),
                        ("key", models.CharField(max_length=1)),
                        ("order", models.PositiveSmallIntegerField(default=0)),
                        ("is_retired", models.BooleanField(default=False)),
                    ],
                    options={
                        "ordering": ["order", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("project", "code"), name="errorcategory_code_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("is_retired", False)),
                                fields=("project", "key"),
                                name="errorcategory_key_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Export",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exports",
                                to="labeling.project",
                            ),
                        ),
                        ("what", models.CharField(max_length=12)),
                        ("format", models.CharField(max_length=20)),
                        (
                            "release",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.release",
                            ),
                        ),
                        (
                            "round",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.round",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.run",
                            ),
                        ),
                        ("with_test", models.BooleanField(default=False)),
                        ("without_held_out", models.BooleanField(default=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("writing", "Being written"),
                                    ("done", "Ready"),
                                    ("failed", "Failed"),
                                    ("gone", "Deleted after a day"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        ("items_total", models.PositiveIntegerField()),
                        ("items_done", models.PositiveIntegerField(default=0)),
                        ("rows", models.PositiveIntegerField(null=True)),
                        ("file", models.FileField(blank=True, max_length=200, upload_to="exports/")),
                        ("size", models.PositiveBigIntegerField(null=True)),
                        ("error", models.TextField(blank=True)),
                        ("lease_until", models.DateTimeField(null=True)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("finished_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["project", "created_by", "-created_at"], name="export_recent"),
                            models.Index(
                                condition=models.Q(("state__in", ["waiting", "writing"])),
                                fields=["id"],
                                name="export_due",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "done"), _negated=True), ("rows__isnull", False), _connector="OR"
                                ),
                                name="export_done_has_rows",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FollowUp",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "run",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="follow_up",
                                to="evaluation.run",
                            ),
                        ),
                        ("begun_at", models.DateTimeField()),
                        ("done_at", models.DateTimeField(null=True)),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                    ],
                ),
                migrations.CreateModel(
                    name="ModelTraining",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "export",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="trainings",
                                to="labeling.trainingexport",
                            ),
                        ),
                        ("model", models.CharField(max_length=160)),
                        ("is_trained", models.BooleanField()),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("operator", models.CharField(blank=True, max_length=254)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["export", "model", "-id"], name="modeltraining_newest")],
                    },
                ),
                migrations.CreateModel(
                    name="QualityDrop",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="quality_drops",
                                to="labeling.project",
                            ),
                        ),
                        ("reference", models.JSONField()),
                        ("current", models.JSONField()),
                        ("report", models.JSONField(null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("operator", models.CharField(blank=True, max_length=254)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["project", "-created_at"], name="qualitydrop_recent"),
                            models.Index(
                                condition=models.Q(("report__isnull", True)), fields=["id"], name="qualitydrop_due"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RedTeamRound",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="red_team_rounds",
                                to="labeling.project",
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        ("goal", models.TextField(blank=True, max_length=2000)),
                        (
                            "prompt_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="red_team_rounds",
                                to="evaluation.promptversion",
                            ),
                        ),
                        ("opens_at", models.DateTimeField()),
                        ("closes_at", models.DateTimeField()),
                        ("budget_micro_usd", models.BigIntegerField(null=True)),
                        ("invited", models.JSONField(default=list)),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("operator", models.CharField(blank=True, max_length=254)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("project", "name"), name="redteamround_name_once"),
                            models.CheckConstraint(
                                condition=models.Q(("closes_at__gt", models.F("opens_at"))),
                                name="redteamround_ends_after_its_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("budget_micro_usd__isnull", True), ("budget_micro_usd__gte", 0), _connector="OR"
                                ),
                                name="redteamround_budget_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Refit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refits",
                                to="labeling.project",
                            ),
                        ),
                        (
                            "release",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="refit", to="labeling.release"
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("operator", models.CharField(blank=True, max_length=254)),
                    ],
                ),
                migrations.CreateModel(
                    name="Review",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reviews",
                                to="labeling.project",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        (
                            "run",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="review", to="evaluation.run"
                            ),
                        ),
                        (
                            "other_run",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.run",
                            ),
                        ),
                        (
                            "certificate",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.certificate",
                            ),
                        ),
                        (
                            "calibration",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.analysis",
                            ),
                        ),
                        ("threshold", models.FloatField(null=True)),
                        ("way", models.JSONField(null=True)),
                        ("blind_share", models.FloatField()),
                        ("audit_share", models.FloatField()),
                        ("seed", models.IntegerField(default=0)),
                        ("target_auto", models.FloatField(default=0.8)),
                        ("target_time", models.FloatField(default=0.9)),
                        ("target_cost", models.FloatField(default=0.4)),
                        ("hourly_usd", models.FloatField(null=True)),
                        ("undo_seconds", models.PositiveIntegerField(default=600)),
                        ("lease_seconds", models.PositiveIntegerField(default=900)),
                        (
                            "state",
                            models.CharField(
                                choices=[("preparing", "Being prepared"), ("open", "Open"), ("closed", "Closed")],
                                default="preparing",
                                max_length=10,
                            ),
                        ),
                        ("reached", models.BigIntegerField(default=0)),
                        ("asked", models.PositiveIntegerField(default=0)),
                        ("passed", models.PositiveIntegerField(default=0)),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("closed_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("project", "number"), name="review_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("audit_share__gte", 0),
                                    ("audit_share__lte", 1),
                                    ("blind_share__gte", 0),
                                    ("blind_share__lte", 1),
                                ),
                                name="review_shares_are_shares",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("target_auto__gt", 0),
                                    ("target_auto__lte", 1),
                                    ("target_cost__gt", 0),
                                    ("target_time__gt", 0),
                                    ("target_time__lte", 1),
                                ),
                                name="review_targets_sane",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("threshold__isnull", True),
                                    models.Q(("threshold__gte", 0), ("threshold__lte", 1)),
                                    _connector="OR",
                                ),
                                name="review_threshold_sane",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("threshold__isnull", True),
                                    ("certificate__isnull", False),
                                    ("way__isnull", False),
                                    _connector="OR",
                                ),
                                name="review_threshold_has_a_ground",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("passed__lte", models.F("asked"))), name="review_passed_were_asked"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Rollout",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rollouts",
                                to="labeling.project",
                            ),
                        ),
                        (
                            "version",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rollout",
                                to="evaluation.promptversion",
                            ),
                        ),
                        (
                            "fewshot_release",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.release",
                            ),
                        ),
                        ("strata", models.JSONField(default=list)),
                        ("pilot_items", models.PositiveIntegerField(default=100)),
                        ("batch_items", models.PositiveIntegerField(default=50000)),
                        ("min_precision", models.FloatField(default=0.95)),
                        ("max_cost", models.FloatField(default=0.5)),
                        ("min_auto", models.FloatField(default=0.8)),
                        ("hourly_usd", models.FloatField(null=True)),
                        ("seed", models.IntegerField(default=0)),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("max_cost__gt", 0),
                                    ("min_auto__gt", 0),
                                    ("min_auto__lte", 1),
                                    ("min_precision__gt", 0),
                                    ("min_precision__lt", 1),
                                ),
                                name="rollout_criteria_sane",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("batch_items__gt", 0), ("batch_items__lte", 50000), ("pilot_items__gt", 0)
                                ),
                                name="rollout_sizes_sane",
                            ),
                        ],
                    },
                ),
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
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rubrics",
                                to="labeling.project",
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("project", "name"), name="rubric_name_once")],
                    },
                ),
                migrations.CreateModel(
                    name="RunTally",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "run",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="tally", to="evaluation.run"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("days", models.JSONField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Schedule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="schedules",
                                to="labeling.project",
                            ),
                        ),
                        (
                            "job",
                            models.CharField(
                                choices=[
                                    ("drift", "Drift"),
                                    ("nightly", "Nightly evaluation"),
                                    ("leases", "Stale leases"),
                                    ("certificates", "Certificate audit"),
                                    ("expansion", "Expansion"),
                                    ("review", "Monthly review"),
                                    ("selection", "Selection"),
                                    ("relabelling", "Relabelling"),
                                    ("rotation", "Rotation"),
                                    ("bias", "Bias audit"),
                                    ("prompts", "Prompt review"),
                                    ("validation", "Blind validation"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("parameters", models.JSONField(default=dict)),
                        ("recurrence", models.CharField(blank=True, max_length=80)),
                        ("zone", models.CharField(default="UTC", max_length=64)),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("is_on", models.BooleanField(default=True)),
                        ("next_due", models.DateTimeField(null=True)),
                        ("on_since", models.DateTimeField()),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("next_due__isnull", False)),
                                fields=["next_due"],
                                name="schedule_due",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("project", "job"), name="schedule_job_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("is_on", True),
                                        ("next_due__isnull", False),
                                        models.Q(("recurrence", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("next_due__isnull", True),
                                        models.Q(("is_on", False), ("recurrence", ""), _connector="OR"),
                                    ),
                                    _connector="OR",
                                ),
                                name="schedule_due_iff_on",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Telling",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "tracker",
                            models.CharField(
                                choices=[("mlflow", "MLflow"), ("openlineage", "OpenLineage")], max_length=12
                            ),
                        ),
                        ("noun", models.CharField(max_length=12)),
                        ("thing", models.UUIDField()),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tellings",
                                to="labeling.project",
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("told_at", models.DateTimeField(null=True)),
                        ("next_try_at", models.DateTimeField(null=True)),
                        ("lease_until", models.DateTimeField(null=True)),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                        ("reason", models.CharField(blank=True, max_length=300)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("next_try_at__isnull", False)),
                                fields=["next_try_at"],
                                name="telling_due",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("tracker", "thing"), name="telling_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("told_at__isnull", False), ("next_try_at__isnull", False), _connector="OR"
                                ),
                                name="telling_told_or_due",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Triage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="triages", to="evaluation.run"
                            ),
                        ),
                        (
                            "release",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.release"
                            ),
                        ),
                        ("input_digest", models.CharField(max_length=64, unique=True)),
                        ("seed", models.IntegerField(default=0)),
                        ("blind_share", models.FloatField(default=0.3)),
                        ("items", models.PositiveIntegerField(null=True)),
                        ("left_out", models.PositiveIntegerField(default=0)),
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
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("blind_share__gte", 0), ("blind_share__lte", 1)),
                                name="triage_share_is_a_share",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alert_rules",
                                to="labeling.project",
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        ("metric", models.CharField(max_length=40)),
                        (
                            "prompt",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.prompt",
                            ),
                        ),
                        ("split", models.CharField(default="dev", max_length=8)),
                        ("attribute", models.CharField(blank=True, max_length=120)),
                        ("value", models.CharField(blank=True, max_length=200)),
                        ("days", models.PositiveSmallIntegerField(default=7)),
                        (
                            "comparison",
                            models.CharField(
                                choices=[
                                    ("below", "is below"),
                                    ("above", "is above"),
                                    ("drop", "fell by this share against the one before"),
                                    ("rise", "rose by this share against the one before"),
                                ],
                                max_length=5,
                            ),
                        ),
                        ("threshold", models.FloatField()),
                        ("hold_minutes", models.PositiveIntegerField(default=0)),
                        ("beyond_chance", models.BooleanField(default=False)),
                        (
                            "no_data",
                            models.CharField(
                                choices=[
                                    ("ok", "Count it as fine"),
                                    ("keep", "Keep the state as it is"),
                                    ("alert", "Alert as if the threshold were passed"),
                                ],
                                default="ok",
                                max_length=5,
                            ),
                        ),
                        (
                            "escalate_to",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.destination",
                            ),
                        ),
                        ("escalate_minutes", models.PositiveIntegerField(null=True)),
                        ("is_active", models.BooleanField(default=True)),
                        ("snoozed_until", models.DateTimeField(null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("ok", "OK"),
                                    ("pending", "Pending"),
                                    ("firing", "Firing"),
                                    ("no_data", "No data"),
                                ],
                                default="ok",
                                max_length=8,
                            ),
                        ),
                        ("state_since", models.DateTimeField(null=True)),
                        ("past_since", models.DateTimeField(null=True)),
                        ("reading", models.JSONField(null=True)),
                        ("checked_at", models.DateTimeField(null=True)),
                        ("created_at", models.DateTimeField()),
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
                            "destinations",
                            models.ManyToManyField(related_name="alert_rules", to="evaluation.destination"),
                        ),
                        ("silences", models.ManyToManyField(related_name="silenced_by", to="evaluation.alertrule")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("project", "name"), name="alertrule_name_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("escalate_minutes__isnull", True), ("escalate_to__isnull", True)),
                                    models.Q(("escalate_minutes__isnull", False), ("escalate_to__isnull", False)),
                                    _connector="OR",
                                ),
                                name="alertrule_escalates_to_and_after",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("days__gte", 1), ("days__lte", 90)),
                                name="alertrule_window_has_a_length",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseLabels",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="revisions",
                                to="evaluation.edgecase",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        (
                            "taxonomy_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.taxonomyversion",
                            ),
                        ),
                        ("labels", models.JSONField()),
                        (
                            "source",
                            models.CharField(
                                choices=[("gold", "Gold of a release"), ("person", "Set by a person")], max_length=10
                            ),
                        ),
                        (
                            "release",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.release",
                            ),
                        ),
                        ("why", models.TextField(blank=True, max_length=2000)),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("operator", models.CharField(blank=True, max_length=254)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("case", "number"), name="caselabels_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("release__isnull", False), ("source", "gold")),
                                    models.Q(models.Q(("source", "gold"), _negated=True), ("release__isnull", True)),
                                    _connector="OR",
                                ),
                                name="caselabels_gold_names_its_release",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseText",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "case",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="frozen",
                                to="evaluation.edgecase",
                            ),
                        ),
                        ("content", models.JSONField()),
                        ("text_digest", models.CharField(max_length=64)),
                    ],
                ),
                migrations.CreateModel(
                    name="Delivery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "destination",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deliveries",
                                to="evaluation.destination",
                            ),
                        ),
                        ("key", models.CharField(max_length=120)),
                        (
                            "event",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.auditevent",
                            ),
                        ),
                        ("kind", models.CharField(max_length=40)),
                        ("title", models.CharField(max_length=300)),
                        ("message", models.JSONField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("pending", "To be sent"),
                                    ("sending", "Being sent"),
                                    ("sent", "Delivered"),
                                    ("dead", "Given up"),
                                    ("unsent", "Not sent"),
                                ],
                                default="pending",
                                max_length=8,
                            ),
                        ),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                        ("next_try_at", models.DateTimeField(null=True)),
                        ("lease_until", models.DateTimeField(null=True)),
                        ("status", models.PositiveSmallIntegerField(null=True)),
                        ("response", models.CharField(blank=True, max_length=500)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("created_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["destination", "-id"], name="delivery_log"),
                            models.Index(
                                condition=models.Q(("state", "pending")), fields=["next_try_at"], name="delivery_due"
                            ),
                            models.Index(
                                condition=models.Q(("state", "sending")), fields=["lease_until"], name="delivery_lost"
                            ),
                            models.Index(
                                condition=models.Q(("ended_at__isnull", False)),
                                fields=["ended_at"],
                                name="delivery_ended",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("destination", "key"), name="delivery_once_a_destination"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("next_try_at__isnull", False), ("state", "pending")),
                                    models.Q(("state", "pending"), _negated=True),
                                    _connector="OR",
                                ),
                                name="delivery_pending_has_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("lease_until__isnull", False), ("state", "sending")),
                                    models.Q(
                                        models.Q(("state", "sending"), _negated=True), ("lease_until__isnull", True)
                                    ),
                                    _connector="OR",
                                ),
                                name="delivery_lease_iff_sending",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "dead"), _negated=True),
                                    models.Q(("reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="delivery_dead_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DriftCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="drift_checks",
                                to="labeling.project",
                            ),
                        ),
                        (
                            "monitor",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="checks",
                                to="evaluation.driftmonitor",
                            ),
                        ),
                        ("reference", models.JSONField()),
                        ("current", models.JSONField()),
                        ("until", models.DateTimeField(null=True)),
                        ("cohort", models.CharField(blank=True, max_length=120)),
                        ("report", models.JSONField(null=True)),
                        ("fired", models.PositiveIntegerField(null=True)),
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
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["project", "-created_at"], name="driftcheck_recent"),
                            models.Index(
                                condition=models.Q(("report__isnull", True)), fields=["id"], name="driftcheck_due"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("monitor", "until"), name="driftcheck_window_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("fired__isnull", True), ("report__isnull", True)),
                                    models.Q(("fired__isnull", False), ("report__isnull", False)),
                                    _connector="OR",
                                ),
                                name="driftcheck_fired_iff_report",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ErrorCluster",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "triage",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="clusters",
                                to="evaluation.triage",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("words", models.JSONField()),
                        ("size", models.PositiveIntegerField()),
                        ("share", models.JSONField()),
                    ],
                    options={
                        "ordering": ["number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("triage", "number"), name="errorcluster_number_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Firing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "schedule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="firings",
                                to="evaluation.schedule",
                            ),
                        ),
                        ("due_at", models.DateTimeField()),
                        ("missed", models.PositiveIntegerField(default=0)),
                        (
                            "release",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.release",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("operator", models.CharField(blank=True, max_length=254)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("started_at", models.DateTimeField(null=True)),
                        ("lease_until", models.DateTimeField(null=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("done", "Done"),
                                    ("opened", "Waits for a person"),
                                    ("skipped", "Nothing to do"),
                                    ("failed", "Failed"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("said", models.CharField(blank=True, max_length=500)),
                        ("url", models.CharField(blank=True, max_length=300)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["schedule", "-due_at"], name="firing_recent"),
                            models.Index(
                                condition=models.Q(("finished_at__isnull", True)),
                                fields=["id"],
                                name="firing_unfinished",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("schedule", "due_at"), name="firing_time_once"),
                            models.UniqueConstraint(fields=("schedule", "release"), name="firing_release_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("finished_at__isnull", True), ("outcome", "")),
                                    models.Q(
                                        ("finished_at__isnull", False),
                                        ("lease_until__isnull", True),
                                        ("started_at__isnull", False),
                                        models.Q(("outcome", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="firing_finished_iff_outcome",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RedTeamAttempt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "round",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attempts",
                                to="evaluation.redteamround",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("orders", "Gives the model orders"),
                                    ("dual", "Two offerings"),
                                    ("buried", "What matters is buried"),
                                    ("lure", "Words of another label"),
                                    ("negated", "Says what it does not do"),
                                    ("language", "Another language"),
                                    ("form", "Odd form or spelling"),
                                    ("other", "Something else"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "item",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="attack", to="labeling.item"
                            ),
                        ),
                        (
                            "altered_from",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="variants",
                                to="labeling.item",
                            ),
                        ),
                        ("altered_revision", models.PositiveIntegerField(null=True)),
                        ("is_open", models.BooleanField()),
                        (
                            "taxonomy_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.taxonomyversion",
                            ),
                        ),
                        ("labels", models.JSONField()),
                        ("why", models.TextField(max_length=2000)),
                        (
                            "run",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="attack", to="evaluation.run"
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("operator", models.CharField(blank=True, max_length=254)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("round", "number"), name="redteamattempt_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("altered_from__isnull", True), ("altered_revision__isnull", True)),
                                    models.Q(("altered_from__isnull", False), ("altered_revision__isnull", False)),
                                    _connector="OR",
                                ),
                                name="redteamattempt_altered_at_a_revision",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefitRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "refit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="evaluation.refit"
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.promptversion",
                            ),
                        ),
                        (
                            "before",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.evaluation",
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
                        ("obstacle", models.CharField(blank=True, max_length=500)),
                        (
                            "evaluation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.evaluation",
                            ),
                        ),
                        ("report", models.JSONField(null=True)),
                    ],
                    options={
                        "ordering": ["pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("refit", "version"), name="refitrun_version_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("evaluation__isnull", True), ("report__isnull", True)),
                                    models.Q(
                                        ("evaluation__isnull", False), ("report__isnull", False), ("run__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="refitrun_report_iff_scored",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReviewTask",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "review",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tasks",
                                to="evaluation.review",
                            ),
                        ),
                        (
                            "prediction",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="review_task",
                                to="evaluation.prediction",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.item"
                            ),
                        ),
                        ("item_revision", models.PositiveIntegerField()),
                        ("why", models.PositiveSmallIntegerField()),
                        ("least", models.FloatField(null=True)),
                        ("is_blind", models.BooleanField()),
                        ("place", models.BigIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("leased", "In work"), ("done", "Done")],
                                default="open",
                                max_length=6,
                            ),
                        ),
                        (
                            "reviewer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("leased_until", models.DateTimeField(null=True)),
                        ("revision", models.PositiveSmallIntegerField(default=0)),
                        ("done_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["review", "place"],
                                name="reviewtask_open",
                            ),
                            models.Index(
                                condition=models.Q(("state", "leased")),
                                fields=["review", "reviewer"],
                                name="reviewtask_leases",
                            ),
                            models.Index(
                                condition=models.Q(("state", "done")),
                                fields=["review", "done_at"],
                                name="reviewtask_done",
                            ),
                            models.Index(
                                condition=models.Q(("state", "done")),
                                fields=["review", "reviewer"],
                                name="reviewtask_done_by",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("why__gt", 0)), name="reviewtask_has_a_reason"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("done_at__isnull", True), ("leased_until__isnull", True), ("state", "open")
                                    ),
                                    models.Q(
                                        ("done_at__isnull", True),
                                        ("leased_until__isnull", False),
                                        ("reviewer__isnull", False),
                                        ("state", "leased"),
                                    ),
                                    models.Q(
                                        ("done_at__isnull", False),
                                        ("leased_until__isnull", True),
                                        ("revision__gt", 0),
                                        ("state", "done"),
                                    ),
                                    _connector="OR",
                                ),
                                name="reviewtask_state_agrees",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RolloutMove",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "rollout",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="moves",
                                to="evaluation.rollout",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("start", "Started"),
                                    ("next", "Went on"),
                                    ("again", "More items"),
                                    ("back", "Went back"),
                                ],
                                max_length=5,
                            ),
                        ),
                        (
                            "step",
                            models.CharField(
                                choices=[("pilot", "Pilot"), ("batch", "Batch"), ("production", "Production")],
                                max_length=10,
                            ),
                        ),
                        (
                            "run",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rollout_move",
                                to="evaluation.run",
                            ),
                        ),
                        ("measured", models.JSONField(default=list)),
                        ("reason", models.TextField(blank=True, max_length=2000)),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("rollout", "number"), name="rolloutmove_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "back"), _negated=True), ("run__isnull", True), _connector="OR"
                                ),
                                name="rolloutmove_back_starts_nothing",
                            ),
                        ],
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
                        (
                            "rubric",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="evaluation.rubric",
                            ),
                        ),
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
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("rubric", "number"), name="rubricversion_number_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TargetedRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "drop",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="targeted",
                                to="evaluation.qualitydrop",
                            ),
                        ),
                        (
                            "run",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="targeted",
                                to="evaluation.run",
                            ),
                        ),
                        ("attribute", models.CharField(blank=True, max_length=120)),
                        ("value", models.CharField(blank=True, max_length=500)),
                        ("created_at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="TriageAsking",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "triage",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="askings",
                                to="evaluation.triage",
                            ),
                        ),
                        (
                            "run",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="triage_asking",
                                to="evaluation.run",
                            ),
                        ),
                        ("offered", models.JSONField()),
                        ("errors", models.PositiveIntegerField()),
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
                    ],
                    options={
                        "indexes": [models.Index(fields=["triage", "-id"], name="triageasking_newest")],
                    },
                ),
                migrations.CreateModel(
                    name="Alert",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "rule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alerts",
                                to="evaluation.alertrule",
                            ),
                        ),
                        ("raised_at", models.DateTimeField()),
                        ("reading", models.JSONField()),
                        ("told_at", models.DateTimeField(null=True)),
                        ("escalated_at", models.DateTimeField(null=True)),
                        ("acknowledged_at", models.DateTimeField(null=True)),
                        (
                            "acknowledged_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("resolved_at", models.DateTimeField(null=True)),
                        ("end_told_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["rule", "-raised_at"], name="alert_history")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("resolved_at__isnull", True)),
                                fields=("rule",),
                                name="alert_open_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("acknowledged_by__isnull", True),
                                    ("acknowledged_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="alert_acknowledged_by_and_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="evaluation.alertrule",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "was",
                            models.CharField(
                                choices=[
                                    ("ok", "OK"),
                                    ("pending", "Pending"),
                                    ("firing", "Firing"),
                                    ("no_data", "No data"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "now",
                            models.CharField(
                                choices=[
                                    ("ok", "OK"),
                                    ("pending", "Pending"),
                                    ("firing", "Firing"),
                                    ("no_data", "No data"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("reading", models.JSONField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["rule", "-id"], name="alertchange_history")],
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
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="anchors",
                                to="evaluation.rubricversion",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.item"
                            ),
                        ),
                        ("item_revision", models.PositiveIntegerField()),
                        ("labels", models.JSONField()),
                        ("scores", models.JSONField()),
                        ("why", models.TextField(blank=True)),
                        ("order", models.PositiveSmallIntegerField()),
                    ],
                    options={
                        "ordering": ["order"],
                        "constraints": [models.UniqueConstraint(fields=("version", "order"), name="anchor_order_once")],
                    },
                ),
                migrations.CreateModel(
                    name="AttackCase",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "attempt",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="banked",
                                to="evaluation.redteamattempt",
                            ),
                        ),
                        (
                            "case",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attack",
                                to="evaluation.edgecase",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="CaseVerdict",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="case_verdicts",
                                to="evaluation.run",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="verdicts",
                                to="evaluation.edgecase",
                            ),
                        ),
                        (
                            "expected",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="verdicts",
                                to="evaluation.caselabels",
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[("passed", "Passed"), ("failed", "Failed"), ("unanswered", "Not answered")],
                                max_length=10,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["expected", "outcome"], name="caseverdict_passed")],
                        "constraints": [models.UniqueConstraint(fields=("run", "expected"), name="caseverdict_once")],
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
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="criteria",
                                to="evaluation.rubricversion",
                            ),
                        ),
                        ("code", models.SlugField(max_length=60)),
                        ("name", models.CharField(max_length=80)),
                        ("question", models.CharField(blank=True, max_length=300)),
                        ("points", models.JSONField()),
                        ("order", models.PositiveSmallIntegerField()),
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
                    name="DeliveryTry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "delivery",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="log",
                                to="evaluation.delivery",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("took_ms", models.PositiveIntegerField()),
                        ("status", models.PositiveSmallIntegerField(null=True)),
                        ("response", models.CharField(blank=True, max_length=500)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                    ],
                ),
                migrations.CreateModel(
                    name="OpenAction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="open_actions",
                                to="labeling.project",
                            ),
                        ),
                        ("key", models.CharField(max_length=120)),
                        ("title", models.CharField(max_length=160)),
                        ("why", models.TextField(blank=True, max_length=2000)),
                        ("url", models.CharField(blank=True, max_length=300)),
                        (
                            "firing",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="actions",
                                to="evaluation.firing",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("due_on", models.DateField(null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("done", "Done"), ("dropped", "Dropped")],
                                default="open",
                                max_length=8,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "closed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("note", models.TextField(blank=True, max_length=2000)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["project", "state", "due_on"], name="openaction_due")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")),
                                fields=("project", "key"),
                                name="openaction_open_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at__isnull", True), ("state", "open")),
                                    models.Q(models.Q(("state", "open"), _negated=True), ("closed_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="openaction_closed_iff_when",
                            ),
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
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="panels",
                                to="labeling.project",
                            ),
                        ),
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
                            "rubric_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="panels",
                                to="evaluation.rubricversion",
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
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("closed_at", models.DateTimeField(null=True)),
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
                    name="ReviewPack",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="review_packs",
                                to="labeling.project",
                            ),
                        ),
                        ("month", models.DateField()),
                        ("report", models.JSONField()),
                        ("digest", models.CharField(max_length=64)),
                        (
                            "firing",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.firing",
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("operator", models.CharField(blank=True, max_length=254)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["project", "-month", "-id"], name="reviewpack_newest")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("project", "month", "digest"), name="reviewpack_content_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("month__day", 1)), name="reviewpack_month_is_a_month"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReviewRevision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "task",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="revisions",
                                to="evaluation.reviewtask",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("labels", models.JSONField()),
                        ("predicted", models.PositiveSmallIntegerField()),
                        ("kept", models.PositiveSmallIntegerField()),
                        ("added", models.PositiveSmallIntegerField()),
                        ("was_blind", models.BooleanField()),
                        ("note", models.TextField(blank=True, max_length=5000)),
                        ("seconds", models.FloatField(null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("task", "number"), name="reviewrevision_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(("kept__lte", models.F("predicted"))),
                                name="reviewrevision_kept_were_predicted",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("seconds__isnull", True), ("seconds__gte", 0), _connector="OR"),
                                name="reviewrevision_seconds_sane",
                            ),
                        ],
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
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="trainings",
                                to="evaluation.rubricversion",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("within_one", models.FloatField()),
                        ("passed_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
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
                    name="TriageError",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "triage",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="errors",
                                to="evaluation.triage",
                            ),
                        ),
                        (
                            "cluster",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="errors",
                                to="evaluation.errorcluster",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.item"
                            ),
                        ),
                        ("place", models.PositiveIntegerField()),
                        ("kind", models.CharField(max_length=16)),
                        ("gold", models.CharField(blank=True, max_length=120)),
                        ("predicted", models.CharField(blank=True, max_length=120)),
                        ("is_blind", models.BooleanField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("triage", "place"), name="triageerror_place_once")
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
                        ("attempt", models.PositiveSmallIntegerField(default=1)),
                        ("scores", models.JSONField()),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("anchor", "rater", "attempt"), name="anchorrating_once_an_attempt"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Incident",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="incidents",
                                to="labeling.project",
                            ),
                        ),
                        ("title", models.CharField(max_length=160)),
                        (
                            "severity",
                            models.CharField(
                                choices=[("low", "Low"), ("medium", "Medium"), ("high", "High")], max_length=8
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("proposed", "Proposed"),
                                    ("open", "Open"),
                                    ("recovered", "Recovered"),
                                    ("dismissed", "Dismissed"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="incidents",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("cause", models.TextField(blank=True, max_length=2000)),
                        (
                            "drop",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="incidents",
                                to="evaluation.qualitydrop",
                            ),
                        ),
                        (
                            "before",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.evaluation",
                            ),
                        ),
                        (
                            "evaluation",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="incident",
                                to="evaluation.evaluation",
                            ),
                        ),
                        (
                            "alert",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="incidents",
                                to="evaluation.alert",
                            ),
                        ),
                        (
                            "recovered_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.evaluation",
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("opened_at", models.DateTimeField(null=True)),
                        ("recovered_at", models.DateTimeField(null=True)),
                        ("cases", models.ManyToManyField(related_name="incidents", to="evaluation.edgecase")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["project", "state", "-created_at"], name="incident_board")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state", "recovered"),
                                        ("recovered_at__isnull", False),
                                        ("recovered_by__isnull", False),
                                    ),
                                    models.Q(
                                        models.Q(("state", "recovered"), _negated=True),
                                        ("recovered_at__isnull", True),
                                        ("recovered_by__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="incident_recovered_shows_it",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ["open", "recovered"]), ("opened_at__isnull", False)),
                                    models.Q(("state__in", ["proposed", "dismissed"]), ("opened_at__isnull", True)),
                                    _connector="OR",
                                ),
                                name="incident_opened_iff_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("recovered_at__isnull", True),
                                    ("recovered_at__gte", models.F("opened_at")),
                                    _connector="OR",
                                ),
                                name="incident_recovers_after_it_opened",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="JudgeApproval",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "judge",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="judge_approvals",
                                to="evaluation.promptversion",
                            ),
                        ),
                        (
                            "rubric_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="judge_approvals",
                                to="evaluation.rubricversion",
                            ),
                        ),
                        (
                            "panel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="judge_approvals",
                                to="evaluation.panel",
                            ),
                        ),
                        ("models_returned", models.JSONField()),
                        ("figures", models.JSONField()),
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
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("judge", "panel"), name="judgeapproval_once")],
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
                            "role",
                            models.CharField(
                                choices=[("rater", "Rater"), ("reserve", "Reserve"), ("judge", "Model as judge")],
                                default="rater",
                                max_length=8,
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
                        (
                            "panel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="evaluation.panel",
                            ),
                        ),
                        ("input_digest", models.CharField(max_length=64, unique=True)),
                        ("report", models.JSONField()),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
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
                        ("letter", models.CharField(max_length=2)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("panel", "run"), name="panelrun_once"),
                            models.UniqueConstraint(fields=("panel", "letter"), name="panelrun_letter_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TriageProposal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "error",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proposals",
                                to="evaluation.triageerror",
                            ),
                        ),
                        (
                            "category",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.errorcategory",
                            ),
                        ),
                        ("confidence", models.FloatField(null=True)),
                        ("proposer", models.CharField(max_length=120)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["error", "-id"], name="triageproposal_newest")],
                    },
                ),
                migrations.CreateModel(
                    name="TuningTask",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tuning_tasks",
                                to="labeling.project",
                            ),
                        ),
                        ("title", models.CharField(max_length=160)),
                        ("note", models.TextField(blank=True)),
                        (
                            "cluster",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tasks",
                                to="evaluation.errorcluster",
                            ),
                        ),
                        (
                            "prompt",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tuning_tasks",
                                to="evaluation.prompt",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("due_on", models.DateField(null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("done", "Done"), ("dropped", "Dropped")],
                                default="open",
                                max_length=8,
                            ),
                        ),
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
                        ("examples", models.ManyToManyField(related_name="tasks", to="evaluation.triageerror")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["project", "state", "due_on"], name="tuningtask_open")],
                    },
                ),
                migrations.CreateModel(
                    name="AskedProposal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "proposal",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="asked",
                                to="evaluation.triageproposal",
                            ),
                        ),
                        (
                            "asking",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proposals",
                                to="evaluation.triageasking",
                            ),
                        ),
                        (
                            "error",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.triageerror",
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=500)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("asking", "error"), name="askedproposal_once")],
                    },
                ),
                migrations.CreateModel(
                    name="IncidentEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="evaluation.incident",
                            ),
                        ),
                        ("kind", models.CharField(max_length=20)),
                        ("text", models.TextField(max_length=2000)),
                        (
                            "run",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.run",
                            ),
                        ),
                        (
                            "promotion",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.promotion",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("operator", models.CharField(blank=True, max_length=254)),
                    ],
                    options={
                        "ordering": ["at", "pk"],
                    },
                ),
                migrations.CreateModel(
                    name="Judging",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "rater",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="judgings",
                                to="evaluation.panelrater",
                            ),
                        ),
                        (
                            "panel_run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="judgings",
                                to="evaluation.panelrun",
                            ),
                        ),
                        (
                            "run",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="judging", to="evaluation.run"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("rater", "panel_run"), name="judging_once")],
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
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.item"
                            ),
                        ),
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
                    name="TriageJudgement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "error",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="judgements",
                                to="evaluation.triageerror",
                            ),
                        ),
                        (
                            "category",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="judgements",
                                to="evaluation.errorcategory",
                            ),
                        ),
                        ("note", models.TextField(blank=True)),
                        (
                            "proposal",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="evaluation.triageproposal",
                            ),
                        ),
                        ("was_shown", models.BooleanField(default=False)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("operator", models.CharField(blank=True, max_length=150)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["error", "-id"], name="triagejudgement_newest")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("was_shown", False), ("proposal__isnull", False), _connector="OR"),
                                name="triagejudgement_shown_is_something",
                            )
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
                            "panel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="pairs", to="evaluation.panel"
                            ),
                        ),
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
                    name="SettledScore",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        (
                            "criterion",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="evaluation.criterion"
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
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
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
                    name="PanelSeat",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "rater",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="seats",
                                to="evaluation.panelrater",
                            ),
                        ),
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
                        ("shows_b_first", models.BooleanField(default=False)),
                        ("place", models.PositiveIntegerField()),
                        ("is_done", models.BooleanField(default=False)),
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
                        (
                            "seat",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="choices",
                                to="evaluation.panelseat",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(default=1)),
                        ("better", models.CharField(choices=[("a", "A"), ("b", "B"), ("t", "Tie")], max_length=1)),
                        ("comment", models.TextField(blank=True)),
                        ("seconds", models.FloatField(null=True)),
                        ("created_at", models.DateTimeField()),
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
                    name="OrderedChoice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "seat",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ordered_choices",
                                to="evaluation.panelseat",
                            ),
                        ),
                        ("b_first", models.BooleanField()),
                        ("better", models.CharField(choices=[("a", "A"), ("b", "B"), ("t", "Tie")], max_length=1)),
                        ("comment", models.TextField(blank=True)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("seat", "b_first"), name="orderedchoice_once"),
                            models.CheckConstraint(
                                condition=models.Q(("better__in", ["a", "b", "t"])), name="orderedchoice_is_a_choice"
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
                        (
                            "seat",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ratings",
                                to="evaluation.panelseat",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(default=1)),
                        ("scores", models.JSONField()),
                        ("comment", models.TextField(blank=True)),
                        ("seconds", models.FloatField(null=True)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("seat", "number"), name="rating_number_once")],
                    },
                ),
            ]
        ),
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
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(fields=["-started_at"], name="attempt_recent"),
        ),
    ]
