import pytest

from tokens_site.keys_file import ensure_keys_file

pytestmark = pytest.mark.same_on_each_database


def test_keys_are_generated_once_in_a_file_that_only_its_owner_can_read(tmp_path):
    path = ensure_keys_file(tmp_path / "data" / "keys.env")
    content = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [line.partition("=")[0] for line in content.splitlines()] == [
        "SECRET_KEY",
        "TOKEN_PEPPERS",
        "TOKEN_ENCRYPTION_KEYS",
    ]
    assert ensure_keys_file(path).read_text() == content
