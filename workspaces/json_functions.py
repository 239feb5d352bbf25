"""Database functions that return a row as JSON, in SQLite and PostgreSQL."""

from typing import Any

from django.db.models import Func, TextField


class JsonArray(Func):
    """All columns of a row as one JSON array."""

    function = "JSON_ARRAY"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="JSON_BUILD_ARRAY(%(expressions)s)::text", **more)


class HexText(Func):
    """Bytes as hexadecimal text, which JSON can contain."""

    function = "HEX"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="ENCODE(%(expressions)s, 'hex')", **more)
