#!/bin/sh
# Print the first 100 projects of a workspace. Set LATCHKEY_TOKEN to an access token.
set -eu

curl --silent --show-error --fail-with-body --retry 3 \
  --header "Authorization: Bearer $LATCHKEY_TOKEN" \
  "https://latchkey.example/api/v1/workspaces/your-workspace/projects?limit=100"
