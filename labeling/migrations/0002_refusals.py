"""What is frozen or append-only is so in the database as well.

A later migration that adds a column or a constraint to one of these tables has to repeat its lines with again=True:
SQLite drops the triggers of a table when it rebuilds it.
"""

from django.db import migrations

from reviewapp.common.triggers import refuse

CHANGES = ("UPDATE", "DELETE")
ALL = ("INSERT", "UPDATE", "DELETE")
VERSION_PUBLISHED = "(select status from labeling_taxonomyversion where id = {row}.version_id) = 'published'"
RELEASE_FROZEN = "(select digest from labeling_release where id = {row}.release_id) <> ''"


class Migration(migrations.Migration):
    replaces = [
        ("labeling", "0002_refuse_changes_to_frozen_rows"),
        ("labeling", "0004_refuse_changes_to_rulings"),
    ]

    dependencies = [("labeling", "0001_tables")]

    operations = [
        refuse("labeling_auditevent", CHANGES, message="audit events are append-only"),
        refuse("labeling_look", CHANGES, message="the held-out ledger is append-only"),
        refuse("labeling_guideline", CHANGES, message="a guideline version never changes"),
        refuse("labeling_revision", CHANGES, message="a submitted revision never changes"),
        refuse("labeling_revisionlabel", CHANGES, message="a submitted revision never changes"),
        refuse("labeling_return", CHANGES, message="a return never changes"),
        refuse("labeling_decision", CHANGES, message="decisions are append-only"),
        refuse("labeling_decisionlabel", CHANGES, message="decisions are append-only"),
        refuse("labeling_ruling", CHANGES, message="decisions are append-only"),
        refuse("labeling_itemrevision", ("UPDATE",), message="an item revision never changes"),
        refuse(
            "labeling_taxonomyversion",
            CHANGES,
            message="a published taxonomy version never changes",
            when="{row}.status = 'published'",
        ),
        refuse("labeling_label", ALL, message="a published taxonomy version never changes", when=VERSION_PUBLISHED),
        refuse("labeling_release", CHANGES, message="a frozen release never changes", when="{row}.digest <> ''"),
        refuse("labeling_goldentry", ALL, message="a frozen release never changes", when=RELEASE_FROZEN),
    ]
