"""Ratings made elsewhere (Label Studio, doccano, Argilla, Prodigy, Parquet, Excel, CSV): a file, what its names mean
here, and then a round of it. Nothing is dropped silently: the report counts what is left out, and why."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.actions.importing_ratings import LEAVE_OUT
from labeling.actions.rating_imports import Reading, apply_rating_import, is_large, look_into, start_rating_import
from labeling.api.forms import checked
from labeling.api.views import Access, ProjectApi, access
from labeling.enums import ImportKind, ImportState, Role, Scope
from labeling.files.answer_files import FORMATS
from labeling.forms.rating_imports import NEW, OUT, RatingsUploadForm
from labeling.models import ImportJob, Membership
from labeling.queries.taxonomy import published_names
from reviewapp.common.errors import Refused

READ, CHANGE = access(Scope.READ, Role.MANAGER), access(Scope.ADMIN, Role.MANAGER)
ENCODINGS = ("utf-8", "cp1252", "latin-1", "utf-16")


class RatingImportOut(serializers.Serializer[Any]):
    """A file of ratings: what is in it, which of its names are unknown here, and how far it is."""

    id = serializers.UUIDField(source="public_id")
    state = serializers.CharField(help_text="mapping, checking, applying, done, refused, failed or undone")
    file_name = serializers.CharField()
    round = serializers.SerializerMethodField()
    report = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    added = serializers.IntegerField()
    refused = serializers.IntegerField()
    created_at = serializers.DateTimeField()

    def get_round(self, job: ImportJob) -> str:
        """The name of the round that it becomes."""
        return str(job.mapping.get("round", ""))

    def get_report(self, job: ImportJob) -> dict[str, Any] | None:
        """unknown_labels and unknown_raters by count, rows refused and left out; null: it cannot be read."""
        found: dict[str, Any] | None = job.mapping.get("report")
        return found

    def get_error(self, job: ImportJob) -> str:
        return str(job.mapping.get("error") or job.error)


class RatingFileIn(serializers.Serializer[Any]):
    """A file, and the name of the round that it will become."""

    file = serializers.FileField()
    round = serializers.CharField(max_length=120)
    encoding = serializers.ChoiceField(ENCODINGS, required=False, default="utf-8")


class ReadingIn(serializers.Serializer[Any]):
    """How the file is read; what is left empty is guessed."""

    format = serializers.ChoiceField(sorted(FORMATS), required=False, default="", allow_blank=True)
    item = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    question = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    rater = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    empties = serializers.ChoiceField(["answers", "leave-out"], required=False, default="", allow_blank=True)


class RatingMappingIn(serializers.Serializer[Any]):
    """What names of the file mean: labels by code, raters by e-mail address; “-” leaves one out, “+” makes an inactive
    account of a rater. With `apply` it is then imported; `skip_bad` imports the other rows if some cannot be used."""

    reading = ReadingIn(required=False)
    labels = serializers.DictField(child=serializers.CharField(max_length=200), required=False, default=dict)
    raters = serializers.DictField(child=serializers.CharField(max_length=254), required=False, default=dict)
    apply = serializers.BooleanField(required=False, default=False)
    skip_bad = serializers.BooleanField(required=False, default=False)


class RatingsApi(ProjectApi):
    """Finds imports of ratings."""

    def jobs(self) -> QuerySet[ImportJob]:
        mine = ImportJob.objects.filter(project=self.project, kind=ImportKind.ANNOTATIONS)
        return mine.select_related("project", "created_by")


class RatingImports(RatingsApi):
    """Imports of ratings, the newest first; and a new file."""

    access: ClassVar = {"GET": READ, "POST": CHANGE}
    serializer_class = RatingImportOut
    parser_classes = (MultiPartParser, JSONParser)  # the second says in words that the file is missing

    @extend_schema(operation_id="rating_imports", responses=RatingImportOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.jobs(), RatingImportOut)

    @extend_schema(
        operation_id="start_rating_import", request={"multipart/form-data": RatingFileIn},
        responses={201: RatingImportOut},
    )  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        """Kept and looked into, a large one by a worker (checking); nothing is written before it is applied."""
        told = self.read(RatingFileIn)
        file = told["file"]
        said = checked(RatingsUploadForm({"round": told["round"], "encoding": told["encoding"]}, {"file": file}))
        made = start_rating_import(
            project=self.project, file=file, file_name=file.name, name=said.cleaned_data["round"],
            encoding=told["encoding"], by=self.me,
        )  # fmt: skip
        return Response(RatingImportOut(self.jobs().get(pk=made.pk)).data, status=201)


class OneRatingImport(RatingsApi):
    """One import, and saying what its names mean."""

    access: ClassVar = {"GET": READ, "POST": CHANGE}
    serializer_class = RatingImportOut
    job: ImportJob

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        self.job = get_object_or_404(self.jobs(), public_id=kwargs["rating_import_id"])

    @extend_schema(operation_id="rating_import", responses=RatingImportOut)
    def get(self, request: Request, project: str, rating_import_id: UUID) -> Response:
        return Response(RatingImportOut(self.job).data)

    @extend_schema(operation_id="map_rating_import", request=RatingMappingIn, responses=RatingImportOut)
    def post(self, request: Request, project: str, rating_import_id: UUID) -> Response:
        told = self.read(RatingMappingIn)
        labels = chosen(told["labels"], known=published_names(self.project), what="label")
        members = Membership.objects.filter(project=self.project).values_list("user__email", flat=True)
        raters = chosen(told["raters"], known=dict.fromkeys(members, ""), what="member", may_be_new=True)
        reading = Reading(**told["reading"]) if "reading" in told else None

        def look() -> str:
            skip_bad = told["skip_bad"]
            job = look_into(
                job=self.job, reading=reading, labels=labels, raters=raters, by=self.me, apply_after=told["apply"],
                skip_bad=skip_bad,
            )  # fmt: skip
            if told["apply"] and job.state == ImportState.MAPPING and not is_large(job):
                apply_rating_import(job=job, skip_bad=skip_bad, by=self.me)
            return ""

        self.once(f"ratings:{self.job.public_id}", told, look)
        return Response(RatingImportOut(self.jobs().get(pk=self.job.pk)).data)


def chosen(sent: dict[str, str], *, known: dict[str, str], what: str, may_be_new: bool = False) -> dict[str, str]:
    """What each name becomes: one of ours, itself where it is new, or nothing where it is left out."""
    found = {}
    for name, to in sent.items():
        if to == OUT:
            found[name] = LEAVE_OUT
        elif to == NEW and may_be_new:
            found[name] = name
        elif to in known:
            found[name] = to
        else:
            raise Refused(f"“{to[:100]}” is no {what} of this project.")
    return found
