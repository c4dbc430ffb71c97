from django.db import migrations

from reviewapp.common.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0053_model_training")]

    operations = [
        refuse(
            "evaluation_modeltraining",
            ("UPDATE", "DELETE"),
            message="what was said of a model never changes",
        ),
    ]
