from django.db import migrations

from reviewapp.common.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0031_schedules")]

    operations = [
        refuse(
            "evaluation_firing", ("UPDATE", "DELETE"), message="what a schedule came to never changes",
            when="{row}.finished_at is not null",
        ),
        refuse(
            "evaluation_openaction", ("UPDATE", "DELETE"), message="a closed action never changes",
            when="{row}.state <> 'open'",
        ),
    ]  # fmt: skip
