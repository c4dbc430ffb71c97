from django.db import migrations

from reviewapp.common.triggers import refuse

CHANGES = ("UPDATE", "DELETE")
ALL = ("INSERT", "UPDATE", "DELETE")
FINISHED = "('done', 'cancelled')"
RUN_FINISHED = "(select state from evaluation_run where id = {row}.run_id) in ('done', 'cancelled')"


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0001_initial"), ("labeling", "0002_refuse_changes_to_frozen_rows")]

    operations = [
        refuse("evaluation_promptversion", CHANGES, message="a prompt version never changes"),
        refuse("evaluation_run", CHANGES, message="a finished run never changes", when="{row}.state in " + FINISHED),
        refuse("evaluation_prediction", ALL, message="a finished run never changes", when=RUN_FINISHED),
        refuse("evaluation_evaluation", CHANGES, message="a stored evaluation never changes"),
    ]
