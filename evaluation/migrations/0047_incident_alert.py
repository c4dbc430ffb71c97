import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0046_refuse_changes_to_rollouts")]

    operations = [
        migrations.AddField(
            model_name="incident",
            name="alert",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="evaluation.alert",
            ),
        ),
    ]
