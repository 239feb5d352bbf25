"""Rules for the project as a whole."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations import RunPython
from django.db.migrations.loader import MigrationLoader

pytestmark = pytest.mark.same_on_each_database

APPS = ("accounts", "workspaces", "access_tokens")


@pytest.mark.django_db
def test_every_model_change_has_a_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_migration_is_reversible_or_says_why_not():
    assert {config.label for config in apps.get_app_configs()} >= set(APPS)
    migrations = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    ours = {key: migration for key, migration in migrations.items() if key[0] in APPS}
    assert ours
    for key, migration in ours.items():
        is_reversible = all(operation.reversible for operation in migration.operations)
        assert is_reversible or type(migration).__doc__, f"{key} is not reversible and has no docstring that says why"
        for operation in migration.operations:
            assert not isinstance(operation, RunPython) or operation.code.__doc__, f"{key} has an undocumented function"
