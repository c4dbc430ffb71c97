import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reviewapp.common.tables import CreateModels


class Migration(migrations.Migration):
    replaces = [
        ("labeling", "0003_sights"),
        ("labeling", "0004_set_apart"),
        ("labeling", "0005_index_recent_answers"),
        ("labeling", "0006_tokens"),
        ("labeling", "0007_import_profiles"),
        ("labeling", "0008_upkeep_of_the_golden_set"),
        ("labeling", "0010_import_annotations"),
        ("labeling", "0011_training_exports"),
    ]

    dependencies = [
        ("labeling", "0002_refusals"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Duty",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="duties",
                                to="labeling.project",
                            ),
                        ),
                        ("title", models.CharField(max_length=200)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("expansion", "Expansion"),
                                    ("refresh", "Refresh"),
                                    ("rotation", "Rotation of raters"),
                                    ("stale", "Changed texts"),
                                    ("taxonomy", "Taxonomy review"),
                                    ("other", "Other"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("due_on", models.DateField()),
                        (
                            "repeats",
                            models.CharField(
                                choices=[("never", "Once"), ("monthly", "Each month"), ("quarterly", "Each quarter")],
                                default="never",
                                max_length=10,
                            ),
                        ),
                        ("done_at", models.DateTimeField(null=True)),
                        (
                            "done_by",
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
                        "indexes": [
                            models.Index(
                                condition=models.Q(("done_at__isnull", True)),
                                fields=["project", "due_on"],
                                name="duty_waiting",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("done_at__isnull", True), ("done_by__isnull", True)),
                                    ("done_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="duty_done_by_somebody_when_done",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExpansionPlan",
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
                                related_name="expansion_plans",
                                to="labeling.project",
                            ),
                        ),
                        ("size", models.PositiveIntegerField()),
                        ("by", models.JSONField(default=list)),
                        ("novelty_share", models.FloatField()),
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
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="expansion_plan",
                                to="labeling.round",
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
                    ],
                    options={
                        "indexes": [models.Index(fields=["project", "-created_at"], name="expansionplan_recent")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("novelty_share__gte", 0), ("novelty_share__lte", 1), ("size__gte", 1)
                                ),
                                name="expansionplan_sane",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("round__isnull", True), ("state", "done"), _connector="OR"),
                                name="expansionplan_round_when_done",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ImportProfile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "job",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="profile",
                                to="labeling.importjob",
                            ),
                        ),
                        ("content", models.JSONField()),
                    ],
                ),
                migrations.CreateModel(
                    name="ServiceAccount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="service",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="services",
                                to="labeling.project",
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
                    ],
                ),
                migrations.CreateModel(
                    name="SetApart",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "item",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="set_apart",
                                to="labeling.item",
                            ),
                        ),
                        ("origin", models.CharField(max_length=40)),
                    ],
                ),
                migrations.CreateModel(
                    name="Sight",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sights",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="sights", to="labeling.item"
                            ),
                        ),
                        ("seen_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("user", "item"), name="sight_once")],
                    },
                ),
                migrations.CreateModel(
                    name="TaxonomyChange",
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
                                related_name="taxonomy_changes",
                                to="labeling.project",
                            ),
                        ),
                        (
                            "base",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="labeling.taxonomyversion",
                            ),
                        ),
                        (
                            "made",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="made_by",
                                to="labeling.taxonomyversion",
                            ),
                        ),
                        ("steps", models.JSONField(blank=True, default=list)),
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
                        ("applied_at", models.DateTimeField(null=True)),
                        (
                            "applied_by",
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
                            models.UniqueConstraint(
                                condition=models.Q(("applied_at__isnull", True)),
                                fields=("project",),
                                name="taxonomychange_one_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("applied_at__isnull", True), ("made__isnull", True)),
                                    models.Q(("applied_at__isnull", False), ("made__isnull", False)),
                                    _connector="OR",
                                ),
                                name="taxonomychange_applied_iff_made",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Token",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="tokens",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="tokens",
                                to="labeling.project",
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("digest", models.CharField(max_length=64, unique=True)),
                        ("hint", models.CharField(max_length=12)),
                        ("scopes", models.JSONField(default=list)),
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
                        ("expires_at", models.DateTimeField()),
                        ("last_used_at", models.DateTimeField(null=True)),
                        ("revoked_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["user", "revoked_at"], name="token_of_user")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("created_at"))),
                                name="token_expires_later",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TrainingExport",
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
                                related_name="training_exports",
                                to="labeling.project",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        (
                            "what",
                            models.CharField(
                                choices=[
                                    ("tuning", "Fine-tuning"),
                                    ("preferences", "Preferences"),
                                    ("corrections", "Corrections"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("source", models.CharField(max_length=300)),
                        ("source_id", models.UUIDField()),
                        ("splits", models.JSONField()),
                        ("lines", models.PositiveIntegerField()),
                        ("items", models.PositiveIntegerField()),
                        ("digest", models.CharField(max_length=64)),
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
                            models.UniqueConstraint(fields=("project", "number"), name="trainingexport_number_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TaxonomyMapping",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "change",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mappings",
                                to="labeling.taxonomychange",
                            ),
                        ),
                        ("old_code", models.CharField(max_length=100)),
                        ("new_codes", models.JSONField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("renamed", "Renamed"),
                                    ("merged", "Merged"),
                                    ("split", "Split"),
                                    ("retired", "Retired"),
                                ],
                                max_length=8,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["old_code"],
                        "constraints": [
                            models.UniqueConstraint(fields=("change", "old_code"), name="taxonomymapping_code_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TrainingItem",
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
                                related_name="given",
                                to="labeling.trainingexport",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="given_out",
                                to="labeling.item",
                            ),
                        ),
                        ("text_digest", models.CharField(max_length=64)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["text_digest"], name="trainingitem_by_text")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("export", "item", "text_digest"), name="trainingitem_text_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UpkeepRound",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "round",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="upkeep", to="labeling.round"
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="upkeep_rounds",
                                to="labeling.project",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("split", "Labels that were split"),
                                    ("stale", "Texts that changed"),
                                    ("expansion", "Expansion"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "release",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="upkeep_rounds",
                                to="labeling.release",
                            ),
                        ),
                        (
                            "change",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rounds",
                                to="labeling.taxonomychange",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("change__isnull", False), ("kind", "split")),
                                    models.Q(models.Q(("kind", "split"), _negated=True), ("change__isnull", True)),
                                    _connector="OR",
                                ),
                                name="upkeepround_split_has_change",
                            )
                        ],
                    },
                ),
            ]
        ),
        migrations.AlterField(
            model_name="importjob",
            name="kind",
            field=models.CharField(
                choices=[("items", "Items"), ("taxonomy", "Taxonomy"), ("annotations", "Annotations")], max_length=12
            ),
        ),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(fields=["-created_at"], name="revision_recent"),
        ),
    ]
