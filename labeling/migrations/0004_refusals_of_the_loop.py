"""What never changes in the tables of the loop does not in the database either. 0002 says what a later one repeats."""

from django.db import migrations

from reviewapp.common.triggers import refuse

CHANGES = ("UPDATE", "DELETE")
APPLIED = "(select applied_at from labeling_taxonomychange where id = {row}.change_id) is not null"


class Migration(migrations.Migration):
    replaces = [
        ("labeling", "0009_refuse_changes_to_applied_taxonomy_changes"),
        ("labeling", "0012_refuse_changes_to_training_exports"),
    ]

    dependencies = [("labeling", "0003_tables_of_the_loop")]

    operations = [
        refuse(
            "labeling_taxonomychange",
            CHANGES,
            message="an applied taxonomy change never changes",
            when="{row}.applied_at is not null",
        ),
        refuse("labeling_taxonomymapping", CHANGES, message="a taxonomy mapping is append-only"),
        refuse("labeling_taxonomymapping", ("INSERT",), message="a taxonomy mapping is append-only", when=APPLIED),
        refuse("labeling_trainingexport", CHANGES, message="what was given out to train with stays on record"),
        refuse("labeling_trainingitem", CHANGES, message="what was given out to train with stays on record"),
    ]
