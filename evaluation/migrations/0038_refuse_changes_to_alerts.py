from django.db import migrations

from reviewapp.common.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0037_alerts")]

    operations = [
        refuse("evaluation_alertchange", ("UPDATE", "DELETE"), message="what a rule found never changes"),
        refuse("evaluation_alert", ("DELETE",), message="an alert that was raised stays on the record"),
    ]
