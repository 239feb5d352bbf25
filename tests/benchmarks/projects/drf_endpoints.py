"""Four endpoints in Django REST Framework, with djangorestframework-api-key's permission on each view.

The view finds the key's workspace as the package's documentation does, by `get_from_key`.
"""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import generics, serializers
from rest_framework_api_key.permissions import BaseHasAPIKey

from tests.benchmarks.projects.workspace_tokens.models import SCOPES, Workspace, WorkspaceAPIKey


class HasWorkspaceAPIKey(BaseHasAPIKey):
    model = WorkspaceAPIKey


class WorkspaceSerializer(serializers.ModelSerializer):  # type: ignore[misc] # the package has no types
    created_at = serializers.DateTimeField(source="created", read_only=True)

    class Meta:
        model = Workspace
        fields = [
            "slug",
            "name",
            "created_at",
            "copy_policy",
            "requests_per_minute",
            "max_lifetime_days",
            "non_expiring_allowed",
            "default_expiry",
        ]


class TokenSerializer(serializers.ModelSerializer):  # type: ignore[misc] # the package has no types
    key_id = serializers.CharField(source="prefix", read_only=True)
    label = serializers.CharField(source="name", max_length=50)
    scope = serializers.ChoiceField(choices=SCOPES)
    created_at = serializers.DateTimeField(source="created", read_only=True)
    created_by = serializers.SlugRelatedField(source="creator", slug_field="email", read_only=True)
    expires_at = serializers.DateTimeField(source="expiry_date", required=False, allow_null=True)
    parent = serializers.SlugRelatedField(slug_field="prefix", read_only=True)

    class Meta:
        model = WorkspaceAPIKey
        fields = [
            "key_id",
            "label",
            "scope",
            "status",
            "masked",
            "created_at",
            "created_by",
            "expires_at",
            "last_used_at",
            "parent",
        ]
        read_only_fields = ["last_used_at"]


class NewTokenSerializer(TokenSerializer):
    """A token with its key, which is shown once."""

    token = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]

    def create(self, validated_data: dict[str, Any]) -> Any:
        api_key: Any
        api_key, key = WorkspaceAPIKey.objects.create_key(**validated_data)
        api_key.token = key
        return api_key


class WorkspaceView(generics.GenericAPIView):  # type: ignore[misc] # the package has no types
    permission_classes = [HasWorkspaceAPIKey]

    def get_api_key(self) -> Any:
        key = self.request.META["HTTP_AUTHORIZATION"].split()[1]
        return WorkspaceAPIKey.objects.get_from_key(key)


class WorkspaceList(WorkspaceView, generics.ListAPIView):  # type: ignore[misc] # the package has no types
    serializer_class = WorkspaceSerializer

    def get_queryset(self) -> QuerySet[Workspace]:
        return Workspace.objects.filter(pk=self.get_api_key().workspace_id)


class TokenView(WorkspaceView):
    serializer_class = TokenSerializer
    lookup_field = "prefix"
    lookup_url_kwarg = "key_id"

    def get_queryset(self) -> QuerySet[WorkspaceAPIKey]:
        own = WorkspaceAPIKey.objects.filter(workspace=self.get_api_key().workspace_id)
        found: QuerySet[WorkspaceAPIKey] = own.filter(workspace__slug=self.kwargs["slug"])
        return found.select_related("creator", "parent")


class TokenList(TokenView, generics.ListCreateAPIView):  # type: ignore[misc] # the package has no types
    def get_serializer_class(self) -> type[TokenSerializer]:
        return NewTokenSerializer if self.request.method == "POST" else TokenSerializer

    def perform_create(self, serializer: NewTokenSerializer) -> None:
        api_key = self.get_api_key()
        workspace = get_object_or_404(Workspace, pk=api_key.workspace_id, slug=self.kwargs["slug"])
        serializer.save(workspace=workspace, creator=api_key.creator, parent=api_key)


class TokenDetail(TokenView, generics.RetrieveAPIView):  # type: ignore[misc] # the package has no types
    pass


urlpatterns = [
    path("api/v1/workspaces", WorkspaceList.as_view()),
    path("api/v1/workspaces/<slug:slug>/access-tokens", TokenList.as_view()),
    path("api/v1/workspaces/<slug:slug>/access-tokens/<str:key_id>", TokenDetail.as_view()),
]
