"""Databases migrated by the files that were squashed since go on as they are."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder


@pytest.mark.django_db
def test_a_database_of_the_old_migrations_counts_as_migrated():
    recorder = MigrationRecorder(connection)
    now = MigrationExecutor(connection).loader
    squashed = {
        key: now.disk_migrations[key].replaces for key in now.disk_migrations if now.disk_migrations[key].replaces
    }
    assert sorted(squashed) == [
        (app, name)
        for app in ("evaluation", "labeling")
        for name in ("0001_tables", "0002_refusals", "0003_tables_of_the_loop", "0004_refusals_of_the_loop")
    ]
    for key, replaced in squashed.items():
        recorder.record_unapplied(*key)
        for old in replaced:
            recorder.record_applied(*old)

    executor = MigrationExecutor(connection)

    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
