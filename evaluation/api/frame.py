"""What the API's views of runs and figures share: whose runs, how things are named in bodies, how figures look."""

from math import isfinite
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request

from evaluation.enums import RunOrigin
from evaluation.models import Run
from evaluation.queries.edge_cases import sees_open_only
from labeling.api.views import Access, ProjectApi
from labeling.enums import Role
from labeling.models import Release
from labeling.queries.golden import find_release
from reviewapp.common.errors import Refused

READERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)
MAKERS = (Role.ENGINEER, Role.MANAGER)
MOST_USD = 1_000_000.0
DEEPEST = 8


class AnyJson(serializers.JSONField):
    """Any JSON, null among it: what it may be is said by whoever reads it."""

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, None) if data is None else super().validate_empty_values(data)


class Report(serializers.DictField):
    """A stored report with the keys of the command line's JSON; figures are {value, low, high, n, reason}."""

    child = AnyJson()

    def to_representation(self, value: Any) -> Any:
        return value


class Figure(serializers.Serializer[Any]):
    """A figure with its 95% interval; an undefined one has nulls and a reason."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(required=False)


class Settings(serializers.DictField):
    """An object by name, as deep as a person would write one, of texts that a database can hold."""

    child = AnyJson()

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().to_internal_value(data)
        if not all(_is_plain(value, DEEPEST) for value in (found, *found)):
            raise serializers.ValidationError("It holds a NUL, half a character, no finite number, or is too deep.")
        return found


def _is_plain(value: Any, deep: int) -> bool:
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= one <= "\udfff" for one in value)
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, dict):
        return deep > 0 and all(_is_plain(one, deep - 1) for pair in value.items() for one in pair)
    return not isinstance(value, list) or (deep > 0 and all(_is_plain(one, deep - 1) for one in value))


class Number(serializers.FloatField):
    """A finite number."""

    def to_internal_value(self, data: Any) -> float:
        found = float(super().to_internal_value(data))
        if not isfinite(found):
            raise serializers.ValidationError("This is no finite number.")
        return found


class Dollars(Number):
    """An amount of dollars."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=MOST_USD, **options)


class Micro(serializers.FloatField):
    """Millionths of a dollar as dollars."""

    def to_representation(self, value: Any) -> float:  # type: ignore[override]
        return float(value) / 1e6


class EvaluationApi(ProjectApi):
    """A view that names runs and releases."""

    def runs(self) -> QuerySet[Run]:
        """The project's runs as this person may have them."""
        mine = Run.objects.filter(project=self.project).select_related(
            "project", "prompt_version__prompt", "release__golden_set", "taxonomy_version", "repeat_of"
        )
        if sees_open_only(self.me, self.project):  # a held-out text may be behind it: its round's page decides
            mine = mine.exclude(origin=RunOrigin.ATTACK)
        return mine

    def run_named(self, said: str) -> Run:
        """By public id or name; a body that names none is refused. Single texts of red-team rounds are no runs here."""
        mine = self.runs().exclude(origin=RunOrigin.ATTACK)
        try:
            found = mine.filter(public_id=UUID(said)).first()
        except ValueError:
            found = None
        found = found or mine.filter(name=said).first()
        if found is None:
            raise Refused(f"There is no run “{said}” in this project.")
        return found

    def release_named(self, said: str) -> Release:
        return find_release(self.project, said)


class RunApi(EvaluationApi):
    """A view of one run."""

    run: Run

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        self.run = get_object_or_404(self.runs(), public_id=kwargs["run_id"])
