"""The rule that every project is given watched the newest two evaluations of any versions; it watches falls now."""

from django.db import migrations

NAME, THRESHOLD = "Micro F1 fell by a tenth", 0.1


def to_falls(apps, schema_editor):
    mine = apps.get_model("evaluation", "AlertRule").objects.filter(name=NAME, created_by=None, threshold=THRESHOLD)
    mine.filter(metric="micro_f1", comparison="drop").update(
        metric="fall", comparison="above", reading=None, checked_at=None
    )


def to_drops(apps, schema_editor):
    mine = apps.get_model("evaluation", "AlertRule").objects.filter(name=NAME, created_by=None, threshold=THRESHOLD)
    mine.filter(metric="fall", comparison="above").update(
        metric="micro_f1", comparison="drop", reading=None, checked_at=None
    )


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0048_delivery_ended")]

    operations = [migrations.RunPython(to_falls, to_drops)]
