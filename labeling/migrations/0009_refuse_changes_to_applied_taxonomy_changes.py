"""A change of the taxonomy that was applied, and what it made of each code, never change."""

from django.db import migrations

from reviewapp.common.triggers import refuse

APPLIED = "(select applied_at from labeling_taxonomychange where id = {row}.change_id) is not null"


class Migration(migrations.Migration):
    dependencies = [("labeling", "0008_upkeep_of_the_golden_set")]

    operations = [
        refuse(
            "labeling_taxonomychange",
            ("UPDATE", "DELETE"),
            message="an applied taxonomy change never changes",
            when="{row}.applied_at is not null",
        ),
        refuse("labeling_taxonomymapping", ("UPDATE", "DELETE"), message="a taxonomy mapping is append-only"),
        refuse("labeling_taxonomymapping", ("INSERT",), message="a taxonomy mapping is append-only", when=APPLIED),
    ]
