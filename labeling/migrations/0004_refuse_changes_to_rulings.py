from django.db import migrations

from reviewapp.common.triggers import refuse

CHANGES = ("UPDATE", "DELETE")


class Migration(migrations.Migration):
    dependencies = [("labeling", "0003_the_rooms")]

    operations = [
        refuse("labeling_ruling", CHANGES, message="decisions are append-only"),
        refuse("labeling_return", CHANGES, message="a return never changes"),
        refuse("labeling_revision", CHANGES, message="a submitted revision never changes", again=True),
        refuse("labeling_guideline", CHANGES, message="a guideline version never changes", again=True),
    ]
