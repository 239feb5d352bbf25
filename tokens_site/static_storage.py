from whitenoise.storage import CompressedManifestStaticFilesStorage


class ReleasedFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # whitenoise has no types
    """Each file by a name that tells its content; scripts import each other by it too: no page mixes two releases."""

    support_js_module_import_aggregation = True
