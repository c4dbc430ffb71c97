"""What is frozen or append-only is so in the database as well.

A later migration that adds a column or a constraint to one of these tables has to repeat its lines with again=True:
SQLite drops the triggers of a table when it rebuilds it.
"""

from django.db import migrations

from reviewapp.common.triggers import refuse

CHANGES = ("UPDATE", "DELETE")
ALL = ("INSERT", "UPDATE", "DELETE")
FINISHED = "('done', 'cancelled')"
RUN_FINISHED = "(select state from evaluation_run where id = {row}.run_id) in ('done', 'cancelled')"

CERTIFICATE_KEEPS = (
    "evaluation_id", "target", "risk", "unit", "threshold", "accepted", "errors", "p_value", "share", "report",
    "model_returned", "input_digest", "created_at", "expires_at",
)  # fmt: skip
CERTIFICATE_CHANGED = " or ".join(f"OLD.{name} <> NEW.{name}" for name in CERTIFICATE_KEEPS)

PROMOTION_KEEPS = (
    "prompt_id",
    "version_id",
    "status",
    "reason",
    "is_override",
    "is_rollback",
    "created_at",
    "operator",
)
PROMOTION_NULLABLE = ("evaluation_id", "objective_id", "standing", "created_by_id")
PROMOTION_CHANGED = " or ".join(
    [f"OLD.{name} <> NEW.{name}" for name in PROMOTION_KEEPS]
    + [
        f"coalesce(cast(OLD.{name} as text), '') <> coalesce(cast(NEW.{name} as text), '')"
        for name in PROMOTION_NULLABLE
    ]
)
OTHER_PROMPT = "(select prompt_id from evaluation_promptversion where id = {row}.version_id) <> {row}.prompt_id"
OTHER_LOOK = (
    "{row}.evaluation_id is not null and not exists (select 1 from evaluation_evaluation one join evaluation_run run "
    "on run.id = one.run_id where one.id = {row}.evaluation_id and one.split = 'test' "
    "and run.prompt_version_id = {row}.version_id)"
)


class Migration(migrations.Migration):
    replaces = [
        ("evaluation", "0002_refuse_changes_to_frozen_rows"),
        ("evaluation", "0005_refuse_changes_to_certificates"),
        ("evaluation", "0011_refuse_changes_again"),
    ]

    dependencies = [("evaluation", "0001_tables"), ("labeling", "0002_refusals")]

    operations = [
        refuse("evaluation_promptversion", CHANGES, message="a prompt version never changes"),
        refuse("evaluation_run", CHANGES, message="a finished run never changes", when="{row}.state in " + FINISHED),
        refuse("evaluation_prediction", ALL, message="a finished run never changes", when=RUN_FINISHED),
        refuse("evaluation_evaluation", CHANGES, message="a stored evaluation never changes"),
        refuse(
            "evaluation_certificate",
            ("UPDATE",),
            message="a certificate never changes, it can only be suspended",
            when=f"OLD.suspended_at is not null or {CERTIFICATE_CHANGED}",
        ),
        refuse("evaluation_certificate", ("DELETE",), message="a certificate never changes"),
        refuse(
            "evaluation_promotion",
            ("INSERT",),
            message="a promotion is of a version of its prompt, by a look of that version at test",
            when=f"{OTHER_PROMPT} or ({OTHER_LOOK})",
        ),
        refuse(
            "evaluation_promotion",
            ("UPDATE",),
            message="a promotion never changes, another one may take its place",
            when=f"not OLD.is_current or NEW.is_current or {PROMOTION_CHANGED}",
        ),
        refuse("evaluation_promotion", ("DELETE",), message="a promotion never changes"),
    ]
