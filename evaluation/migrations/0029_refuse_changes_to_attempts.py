from django.db import migrations

from reviewapp.common.triggers import refuse

CHANGES = ("UPDATE", "DELETE")


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0028_red_team_rounds")]

    operations = [
        refuse("evaluation_redteamround", ("DELETE",), message="a red-team round is closed, never deleted"),
        refuse("evaluation_redteamattempt", CHANGES, message="an attempt never changes"),
        refuse("evaluation_attackcase", CHANGES, message="what an attempt became never changes"),
        refuse("evaluation_casetext", CHANGES, message="the text of a case never changes"),
    ]
