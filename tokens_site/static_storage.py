"""Storage of the collected static files."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # whitenoise has no types
    """Static files under names with a hash of their content, so that no page mixes two releases.

    Scripts import each other by these names too.
    """

    support_js_module_import_aggregation = True
