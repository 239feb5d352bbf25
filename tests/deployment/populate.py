"""`python -m tests.deployment.populate SLUG`: a workspace in the database of this environment, and its Owner token.

Prints that token.
"""

import os
import sys

if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tokens_site.settings"
    django.setup()
    from tests.factories import WorkspaceFactory, make_token
    from workspaces.permissions import Role

    workspace = WorkspaceFactory(slug=sys.argv[1], rate_limit=1_000_000)
    print(make_token(workspace, Role.OWNER).plaintext)
