"""Certificates: asking for one, whether it still holds, and taking it out of use."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions import certificates as actions
from evaluation.api.frame import READERS, EvaluationApi, Report
from evaluation.forms.certificates import CertifyForm, SuspendForm
from evaluation.models import Certificate, Evaluation
from evaluation.queries import certificates as queries
from labeling.api.forms import body_of, filled
from labeling.api.views import access
from labeling.enums import Role, Scope, Split
from reviewapp.common import clock

CHANGE = access(Scope.ADMIN, Role.MANAGER)


class CertificateOut(serializers.Serializer[Any]):
    """A promise, and whether it may be relied on."""

    id = serializers.UUIDField(source="certificate.public_id")
    evaluation = serializers.UUIDField(source="certificate.evaluation.public_id")
    statement = serializers.CharField()
    state = serializers.ChoiceField(sorted(queries.NAMES))
    why = serializers.CharField(allow_blank=True)
    threshold = serializers.FloatField(source="certificate.threshold")
    target = serializers.FloatField(source="certificate.target")
    risk = serializers.FloatField(source="certificate.risk")
    created_at = serializers.DateTimeField(source="certificate.created_at")
    expires_at = serializers.DateTimeField(source="certificate.expires_at")


class Certificates(serializers.Serializer[Any]):
    """All of the project, the newest first."""

    results = CertificateOut(many=True)


class CertifiedOut(serializers.Serializer[Any]):
    """The certificate, or null and what is missing for one."""

    certificate = CertificateOut(allow_null=True)
    report = Report()


CertifyIn = body_of(CertifyForm, "CertifyIn")
SuspendIn = body_of(SuspendForm, "SuspendIn")


class CertificateApi(EvaluationApi):
    """Finds certificates."""

    def certificates(self) -> QuerySet[Certificate]:
        return Certificate.objects.filter(evaluation__run__project=self.project).select_related(
            "evaluation__run__project", "evaluation__run__prompt_version__prompt", "evaluation__run__taxonomy_version",
            "evaluation__release__golden_set",
        )  # fmt: skip

    def whole(self, found: Certificate) -> dict[str, Any]:
        standing = queries.standing_of(found, now=clock.now())
        held_out = found.evaluation.split == Split.TEST
        report = queries.held_out(found.report) if held_out else found.report
        return {"certificate": CertificateOut(standing).data, "report": report}


class AllCertificates(CertificateApi):
    """All certificates and where each stands."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = Certificates
    pagination_class = None

    @extend_schema(operation_id="certificates", responses=Certificates)
    def get(self, request: Request, project: str) -> Response:
        return Response(Certificates({"results": queries.certificates_of(self.project, now=clock.now())}).data)


class OneCertificate(CertificateApi):
    """One of them with its report."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = CertifiedOut
    pagination_class = None

    @extend_schema(operation_id="certificate", responses=CertifiedOut)
    def get(self, request: Request, project: str, certificate_id: object) -> Response:
        return Response(self.whole(get_object_or_404(self.certificates(), public_id=certificate_id)))


class Certify(CertificateApi):
    """Asks for a certificate on an evaluation; what is missing for one is an answer too."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = CertifiedOut

    @extend_schema(operation_id="certify", request=CertifyIn, responses=CertifiedOut)
    def post(self, request: Request, project: str, evaluation_id: object) -> Response:
        """On test it is a look, which `look` has to say."""
        mine = Evaluation.objects.filter(run__project=self.project).select_related(
            "run__project", "run__prompt_version__prompt", "release__golden_set", "release__taxonomy_version"
        )
        evaluation = get_object_or_404(mine, public_id=evaluation_id)
        held_out = evaluation.split == Split.TEST
        form, told = filled(self, CertifyIn, lambda sent: CertifyForm(sent, held_out=held_out))

        def certify() -> str:
            made = actions.certify(evaluation=evaluation, promise=form.promise(), by=self.me)
            return str(made.public_id) if made else ""

        made = self.once(f"certify:{evaluation.public_id}", told, certify)
        if made:
            return Response(self.whole(self.certificates().get(public_id=made)))
        report = actions.verdict_of(evaluation, form.promise()).as_dict()
        return Response({"certificate": None, "report": queries.held_out(report) if held_out else report})


class SuspendCertificate(CertificateApi):
    """Takes it out of use; a second time is a conflict, which changes nothing."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = CertifiedOut

    @extend_schema(operation_id="suspend_certificate", request=SuspendIn, responses=CertifiedOut)
    def post(self, request: Request, project: str, certificate_id: object) -> Response:
        found = get_object_or_404(self.certificates(), public_id=certificate_id)
        form, told = filled(self, SuspendIn, SuspendForm)

        def suspend() -> str:
            actions.suspend(certificate=found, reason=form.cleaned_data["reason"], by=self.me)
            return ""

        self.once(f"suspend:{found.public_id}", told, suspend)
        return Response(self.whole(self.certificates().get(pk=found.pk)))
