from django.db import migrations

from reviewapp.common.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0042_review_packs")]

    operations = [
        refuse("evaluation_reviewpack", ("UPDATE", "DELETE"), message="a review stays as it was when it was made")
    ]
