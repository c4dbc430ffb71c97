from django.db import migrations

from reviewapp.common.triggers import refuse

CHANGES = ("UPDATE", "DELETE")


class Migration(migrations.Migration):
    dependencies = [("labeling", "0011_training_exports")]

    operations = [
        refuse("labeling_trainingexport", CHANGES, message="what was given out to train with stays on record"),
        refuse("labeling_trainingitem", CHANGES, message="what was given out to train with stays on record"),
    ]
