from django.db import migrations

from reviewapp.common.triggers import refuse

CHANGES = ("UPDATE", "DELETE")


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0045_rollouts")]

    operations = [
        refuse("evaluation_rollout", CHANGES, message="the plan of a rollout never changes"),
        refuse("evaluation_rolloutmove", CHANGES, message="a move of a rollout never changes"),
    ]
