"""The response of every token check but Latchkey's `me`. Latchkey's `authorize` returns the same facts in headers."""

BODY = {"workspace": "workspace-500", "key_id": "7fK2mQ9xLp", "scope": "viewer"}
