"""A permanent address for each agreement report."""

import uuid

from django.db import migrations, models


def name_each(apps, schema_editor):
    report = apps.get_model("evaluation", "AgreementReport")
    for pk in report.objects.values_list("pk", flat=True):
        report.objects.filter(pk=pk).update(public_id=uuid.uuid4())


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0005_refuse_changes_to_certificates")]

    operations = [
        migrations.AddField("agreementreport", "public_id", models.UUIDField(null=True, editable=False)),
        migrations.RunPython(name_each, migrations.RunPython.noop),
        migrations.AlterField(
            "agreementreport", "public_id", models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
        ),
    ]
