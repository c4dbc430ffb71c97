"""Cases from before their texts were kept: from now on they keep what their items say today."""

from typing import Any

from django.db import migrations

FIELDS = ("position", "kind", "text", "source_url", "fetched_at", "page")


def keep(apps: Any, schema_editor: Any) -> None:
    cases, texts, documents = (
        apps.get_model(*name)
        for name in (("evaluation", "EdgeCase"), ("evaluation", "CaseText"), ("labeling", "Document"))
    )
    made = []
    for case in cases.objects.filter(frozen__isnull=True).select_related("item"):
        mine = documents.objects.filter(item=case.item).order_by("position").values(*FIELDS)
        content = {"name": case.item.name, "attributes": case.item.attributes, "documents": list(mine)}
        made.append(texts(case=case, content=content, text_digest=case.item.text_digest))
    texts.objects.bulk_create(made, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0029_refuse_changes_to_attempts")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop, elidable=True)]
