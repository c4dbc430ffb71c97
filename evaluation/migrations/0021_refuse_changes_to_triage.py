from django.db import migrations

from reviewapp.common.triggers import refuse

CHANGES = ("UPDATE", "DELETE")


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0020_triage")]

    operations = [
        refuse("evaluation_triagejudgement", CHANGES, message="a judgement never changes"),
        refuse("evaluation_triageproposal", CHANGES, message="a proposal never changes"),
        refuse("evaluation_triageerror", CHANGES, message="a sorted error never changes"),
        refuse("evaluation_errorcluster", CHANGES, message="a cluster never changes"),
    ]
