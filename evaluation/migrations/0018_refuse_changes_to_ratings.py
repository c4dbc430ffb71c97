from django.db import migrations

from reviewapp.common.triggers import refuse

CHANGES = ("UPDATE", "DELETE")


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0017_panels")]

    operations = [
        refuse("evaluation_rubricversion", CHANGES, message="a rubric version never changes"),
        refuse("evaluation_criterion", CHANGES, message="a rubric version never changes"),
        refuse("evaluation_anchor", CHANGES, message="a rubric version never changes"),
        refuse("evaluation_anchorrating", CHANGES, message="a rating never changes"),
        refuse("evaluation_rating", CHANGES, message="a rating never changes"),
        refuse("evaluation_choice", CHANGES, message="a rating never changes"),
        refuse("evaluation_settledscore", CHANGES, message="a settled score never changes"),
        refuse("evaluation_panelreport", CHANGES, message="a stored report never changes"),
    ]
