"""What every project but Latchkey answers: who called, in the three facts that Latchkey's `authorize` tells."""

ANSWER = {"workspace": "workspace-500", "key_id": "7fK2mQ9xLp", "scope": "viewer"}
