"""What holds of the project as a whole."""

import pytest
from django.core.management import call_command

from tests.deployment.production import ROOT

pytestmark = pytest.mark.same_on_each_database


@pytest.mark.django_db
def test_migrations_are_up_to_date():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_each_app_has_one_migration():
    for app in ("accounts", "workspaces", "access_tokens"):
        assert [path.name for path in (ROOT / app / "migrations").glob("0*.py")] == ["0001_initial.py"]
