"""How the things of labelling look in the API. Keys are codes and public ids, never row numbers."""

from typing import Any

from rest_framework import serializers

from labeling.enums import Role, Scope
from labeling.models import Project, Token


class ProjectOut(serializers.ModelSerializer[Project]):
    """A project."""

    class Meta:
        model = Project
        fields: tuple[str, ...] = (
            "slug", "name", "description", "raters_per_item", "slices", "created_at", "archived_at", "paused_at",
        )  # fmt: skip


class ManagedProjectOut(ProjectOut):
    """A project as its managers see and change it."""

    class Meta(ProjectOut.Meta):
        fields = (*ProjectOut.Meta.fields, "agreement_objective")


class ProjectIn(serializers.Serializer[Any]):
    """A project's beginnings."""

    slug = serializers.SlugField(max_length=60)
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=2000, allow_blank=True, default="")
    raters_per_item = serializers.IntegerField(min_value=1, max_value=20, default=2)


class ProjectChange(serializers.Serializer[Any]):
    """What new rounds and reports begin with; what is left out stays as it is."""

    name = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(max_length=2000, allow_blank=True, required=False)
    raters_per_item = serializers.IntegerField(min_value=1, max_value=20, required=False)
    agreement_objective = serializers.FloatField(min_value=-1, max_value=1, required=False)
    slices = serializers.ListField(child=serializers.CharField(max_length=200), max_length=50, required=False)


class ArchivedIn(serializers.Serializer[Any]):
    archived = serializers.BooleanField()


class PausedIn(serializers.Serializer[Any]):
    paused = serializers.BooleanField()


class MemberProject(serializers.Serializer[Any]):
    """A project and one's roles in it."""

    slug = serializers.CharField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))


class TokenOut(serializers.ModelSerializer[Token]):
    """A token, without its secret."""

    id = serializers.UUIDField(source="public_id")
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))

    class Meta:
        model = Token
        fields = ("id", "name", "hint", "scopes", "expires_at")


class MeOut(serializers.Serializer[Any]):
    """Whom the token speaks for, and what it may."""

    id = serializers.UUIDField()
    email = serializers.CharField()
    name = serializers.CharField()
    token = TokenOut()
    projects = MemberProject(many=True)
