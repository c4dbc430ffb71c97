from django.db import migrations

from reviewapp.common.triggers import refuse

CHANGES = ("UPDATE", "DELETE")


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0022_edge_cases")]

    operations = [
        refuse("evaluation_edgecase", ("DELETE",), message="a case is retired, never deleted"),
        refuse("evaluation_caselabels", CHANGES, message="the labels of a case never change"),
        refuse("evaluation_caseverdict", CHANGES, message="a verdict never changes"),
    ]
