"""Certificates: asking for one, reading it, and taking it out of use."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions import certificates as actions
from evaluation.forms.certificates import CertifyForm, SuspendForm
from evaluation.models import Certificate, Evaluation
from evaluation.queries import certificates as queries
from evaluation.views.frame import READERS, as_file, find_evaluation, frame
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role, Split
from reviewapp.common import clock
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def certify(request: ProjectRequest, evaluation_id: UUID) -> HttpResponse:
    """Ask for a certificate; what is missing for one is an answer too."""
    evaluation = find_evaluation(request, evaluation_id)
    form = CertifyForm(request.POST or None, held_out=evaluation.split == Split.TEST)
    context = frame(request, evaluation, "calibration") | {"form": form, "attempts": actions.attempts(evaluation)}
    if request.method == "POST" and form.is_valid():
        try:
            if public_id := _certify_once(request, evaluation, form):
                return go_to(request, "evaluation:certificate", request.project.slug, public_id)
            report = actions.verdict_of(evaluation, form.promise()).as_dict()
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            report = queries.held_out(report) if context["is_held_out"] else report
            chart = queries.sequence_chart(report, held_out=context["is_held_out"])
            return render_page(request, "evaluation/certify.html", context | {"verdict": report, "chart": chart})
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/certify.html", context, status=status)


def _certify_once(request: ProjectRequest, evaluation: Evaluation, form: CertifyForm) -> str:
    """The certificate's public id, or an empty text where there can be none yet; the same form sent twice asks once."""

    def do() -> str:
        made = actions.certify(evaluation=evaluation, promise=form.promise(), by=request.user)
        return str(made.public_id) if made else ""

    payload = {name: value for name, value in form.cleaned_data.items() if name != "idempotency_key"}
    action = f"certify:{evaluation.public_id}"
    return once(user=request.user, key=form.cleaned_data["idempotency_key"], action=action, payload=payload, do=do)


@require_GET
@project_page(*READERS)
def certificates(request: ProjectRequest) -> HttpResponse:
    """Those of the project, and whether each still holds."""
    context = {"found": queries.certificates_of(request.project, now=clock.now())}
    return render_page(request, "evaluation/certificates.html", context)


@require_GET
@project_page(*READERS)
def certificate(request: ProjectRequest, certificate_id: UUID) -> HttpResponse:
    """One certificate as a document, or as a file."""
    found = _certificate(request, certificate_id)
    held_out = found.evaluation.split == Split.TEST
    report = queries.held_out(found.report) if held_out else found.report
    if form := request.GET.get("as", ""):
        standing = queries.standing_of(found, now=clock.now())
        whole = {"statement": standing.statement, "state": standing.state, "why": standing.why, **report}
        whole |= {"issued": found.created_at.isoformat(), "expires": found.expires_at.isoformat()}
        return as_file(form, f"certificate {found.evaluation.run.name}", whole, queries.steps_table(report))
    context = {
        "standing": queries.standing_of(found, now=clock.now()),
        "certificate": found,
        "report": report,
        "chart": queries.sequence_chart(report, held_out=held_out),
        "is_held_out": held_out,
        "attempts": actions.attempts(found.evaluation),
        "form": SuspendForm() if Role.MANAGER in request.roles and not found.suspended_at else None,
    }
    return render_page(request, "evaluation/certificate.html", context)


@require_POST
@project_page(Role.MANAGER)
def suspend(request: ProjectRequest, certificate_id: UUID) -> HttpResponse:
    """Take it out of use; a second time is a conflict, which changes nothing."""
    found = _certificate(request, certificate_id)
    form = SuspendForm(request.POST)
    if not form.is_valid():
        raise Refused("Write why the certificate is suspended.")
    actions.suspend(certificate=found, reason=form.cleaned_data["reason"], by=request.user)
    messages.success(request, "The certificate is suspended. Nothing may be accepted on it any more.")
    return go_to(request, "evaluation:certificate", request.project.slug, found.public_id)


def _certificate(request: ProjectRequest, public_id: UUID) -> Certificate:
    mine = Certificate.objects.filter(evaluation__run__project=request.project).select_related(
        "evaluation__run__project", "evaluation__run__prompt_version__prompt", "evaluation__run__taxonomy_version",
        "evaluation__release__golden_set", "created_by", "suspended_by",
    )  # fmt: skip
    return get_object_or_404(mine, public_id=public_id)
