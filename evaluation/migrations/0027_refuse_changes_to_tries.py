from django.db import migrations

from reviewapp.common.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0026_deliveries")]

    operations = [
        refuse("evaluation_deliverytry", ("UPDATE", "DELETE"), message="what came of a try never changes"),
        refuse("evaluation_delivery", ("DELETE",), message="the log of messages is kept"),
    ]
