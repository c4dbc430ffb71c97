"""SQLite dropped the triggers when 0010 rebuilt these tables; on PostgreSQL this changes nothing."""

from django.db import migrations

from reviewapp.common.triggers import refuse

CHANGES = ("UPDATE", "DELETE")
ALL = ("INSERT", "UPDATE", "DELETE")
FINISHED = "('done', 'cancelled')"
RUN_FINISHED = "(select state from evaluation_run where id = {row}.run_id) in ('done', 'cancelled')"


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0010_runs_know_what_they_cost")]

    operations = [
        refuse(
            "evaluation_run",
            CHANGES,
            message="a finished run never changes",
            when="{row}.state in " + FINISHED,
            again=True,
        ),
        refuse("evaluation_prediction", ALL, message="a finished run never changes", when=RUN_FINISHED, again=True),
    ]
