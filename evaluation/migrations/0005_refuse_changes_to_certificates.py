from django.db import migrations

from reviewapp.common.triggers import refuse

KEPT = (
    "evaluation_id", "target", "risk", "unit", "threshold", "accepted", "errors", "p_value", "share", "report",
    "model_returned", "input_digest", "created_at", "expires_at",
)  # fmt: skip
CHANGED = " or ".join(f"OLD.{name} <> NEW.{name}" for name in KEPT)


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0004_certificates")]

    operations = [
        refuse(
            "evaluation_certificate",
            ("UPDATE",),
            message="a certificate never changes, it can only be suspended",
            when=f"OLD.suspended_at is not null or {CHANGED}",
        ),
        refuse("evaluation_certificate", ("DELETE",), message="a certificate never changes"),
    ]
