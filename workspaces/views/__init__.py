"""The console's pages of workspaces, members and projects: find, check, do, answer."""
