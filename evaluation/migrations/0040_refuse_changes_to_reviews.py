from django.db import migrations

from reviewapp.common.triggers import refuse

CHANGES = ("UPDATE", "DELETE")


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0039_reviews")]

    operations = [refuse("evaluation_reviewrevision", CHANGES, message="what a reviewer said never changes")]
