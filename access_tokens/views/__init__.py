"""The console's pages about tokens. They find, check, do and answer; the rules are in `access_tokens.operations`."""
