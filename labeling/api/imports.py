"""Imports: their state, the rows they refused, and taking one back."""

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.actions.importing import take_back
from labeling.api.views import Access, ProjectApi, access
from labeling.enums import Role, Scope
from labeling.models import ImportJob

READ = access(Scope.READ, Role.MANAGER)


class ImportOut(serializers.Serializer[Any]):
    """An import: how far it is, and what it came to."""

    id = serializers.UUIDField(source="public_id")
    kind = serializers.CharField()
    state = serializers.CharField(help_text="mapping, checking, applying, done, refused, failed or undone")
    file_name = serializers.CharField()
    skip_bad = serializers.BooleanField()
    rows_total = serializers.IntegerField(allow_null=True)
    rows_read = serializers.IntegerField()
    added = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    warnings = serializers.ListField(child=serializers.CharField())
    error = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ImportProblemOut(serializers.Serializer[Any]):
    """Why a row was refused."""

    line = serializers.IntegerField()
    key = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()


class Imports(ProjectApi):
    """Imports, newest first."""

    access: ClassVar = {"GET": READ}
    serializer_class = ImportOut

    @extend_schema(operation_id="imports", responses=ImportOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(ImportJob.objects.filter(project=self.project), ImportOut)


class ImportApi(ProjectApi):
    job: ImportJob

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        jobs = ImportJob.objects.filter(project=self.project).select_related("project")
        self.job = get_object_or_404(jobs, public_id=kwargs["job_id"])


class OneImport(ImportApi):
    """One import."""

    access: ClassVar = {"GET": READ}
    serializer_class = ImportOut

    @extend_schema(operation_id="import", responses=ImportOut)
    def get(self, request: Request, project: str, job_id: UUID) -> Response:
        return Response(ImportOut(self.job).data)


class ImportProblems(ImportApi):
    """The rows that were refused, by line."""

    access: ClassVar = {"GET": READ}
    serializer_class = ImportProblemOut
    ordering = "pk"

    @extend_schema(operation_id="import_problems", responses=ImportProblemOut(many=True))
    def get(self, request: Request, project: str, job_id: UUID) -> Response:
        return self.page(self.job.problems.all(), ImportProblemOut)


class TakeBackImport(ImportApi):
    """An import undone."""

    access: ClassVar = {"POST": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = ImportOut

    @extend_schema(operation_id="take_back_import", request=None, responses=ImportOut)
    def post(self, request: Request, project: str, job_id: UUID) -> Response:
        """While nothing uses its items: what it added goes, what it changed is as before."""
        return Response(ImportOut(take_back(job=self.job, by=self.me)).data)
