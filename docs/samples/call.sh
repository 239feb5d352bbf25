#!/bin/sh
# Prints the first 100 projects of the workspace. LATCHKEY_TOKEN holds the token.
set -eu

curl --silent --show-error --fail-with-body --retry 3 \
  --header "Authorization: Bearer $LATCHKEY_TOKEN" \
  "https://latchkey.example/api/v1/workspaces/your-workspace/projects?limit=100"
