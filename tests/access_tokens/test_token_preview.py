import pytest

from access_tokens.models import AccessToken
from access_tokens.token_preview import MAX_SHOWN, TokenPreview
from tests.factories import AccessTokenFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("hidden_count", [0, 3])
def test_preview_shows_the_first_tokens_and_counts_the_others(hidden_count):
    tokens = AccessTokenFactory.create_batch(MAX_SHOWN + hidden_count, workspace=WorkspaceFactory())
    for preview in (TokenPreview.from_queryset(AccessToken.objects.all()), TokenPreview.from_list(tokens)):
        assert len(preview.shown) == MAX_SHOWN
        assert (preview.count, preview.hidden_count) == (len(tokens), hidden_count)
