from django.db import migrations

from reviewapp.common.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0034_incidents")]

    operations = [
        refuse("evaluation_incidententry", ("UPDATE", "DELETE"), message="a line of an incident never changes"),
    ]
