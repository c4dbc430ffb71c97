"""Destinations outside and the log of what was sent to them: for managers, and for analysts to read."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions import destinations as actions
from evaluation.actions.deliveries import replay
from evaluation.enums import DestinationKind
from evaluation.forms.webhooks import DestinationForm, EventsForm
from evaluation.models import Delivery, Destination
from evaluation.queries import deliveries as queries
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page

READERS = (Role.MANAGER, Role.ANALYST)  # messages may tell of agreement, which engineers do not see
STEPS = {"test", "renew", "on", "off", "events"}


@require_GET
@project_page(*READERS)
def destinations(request: ProjectRequest) -> HttpResponse:
    """Where messages go, and the newest of them."""
    log = queries.log_of(request.project, before=_before(request))
    context = {
        "destinations": queries.destinations_of(request.project),
        **_log(log),
        "is_manager": Role.MANAGER in request.roles,
    }
    return render_page(request, "evaluation/destinations.html", context)


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def new_destination(request: ProjectRequest) -> HttpResponse:
    """Make one; a webhook's secret is on the answer, and nowhere afterwards."""
    form = DestinationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = _make_once(request, form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            if made.kind != DestinationKind.WEBHOOK:
                return go_to(request, "evaluation:destination", request.project.slug, made.public_id)
            return _page(request, made, secret=actions.signing_secret(made))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/new_destination.html", {"form": form}, status=status)


def _make_once(request: ProjectRequest, form: DestinationForm) -> Destination:
    told = form.cleaned_data
    payload = {"name": told["name"], "kind": told["kind"], "address": form.address(), "events": told["events"]}

    def make() -> str:
        return str(actions.make_destination(project=request.project, by=request.user, **payload).public_id)

    made = once(
        user=request.user, key=told["idempotency_key"], action=f"destination:{request.project.slug}", payload=payload,
        do=make,
    )  # fmt: skip
    return _destination(request, UUID(made))


@require_GET
@project_page(*READERS)
def destination(request: ProjectRequest, destination_id: UUID) -> HttpResponse:
    """One destination and what was sent there."""
    return _page(request, _destination(request, destination_id))


@require_POST
@project_page(Role.MANAGER)
def steer_destination(request: ProjectRequest, destination_id: UUID) -> HttpResponse:
    """Try it out, switch it, choose its events, or give it a new secret, which the answer shows once."""
    found, step = _destination(request, destination_id), request.POST.get("step", "")
    if step not in STEPS:
        raise Http404
    try:
        if step == "test":
            actions.send_test(destination=found, by=request.user)
            messages.success(request, "A test is on its way. The log below tells what came of it.")
        elif step == "renew":
            return _page(request, found, secret=actions.renew_secret(destination=found, by=request.user))
        elif step == "events":
            form = EventsForm(request.POST)
            chosen = form.cleaned_data["events"] if form.is_valid() else []
            actions.choose_events(destination=found, events=chosen, by=request.user)
            messages.success(request, "Saved.")
        else:
            actions.switch_destination(destination=found, on=step == "on", by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "evaluation:destination", request.project.slug, found.public_id)


@require_GET
@project_page(*READERS)
def delivery(request: ProjectRequest, delivery_id: UUID) -> HttpResponse:
    """One message: what it says, and every try."""
    found = _delivery(request, delivery_id)
    context = {
        "delivery": found,
        "tone": queries.tone_of(found),
        "tries": queries.tries_of(found),
        "is_manager": Role.MANAGER in request.roles,
    }
    return render_page(request, "evaluation/delivery.html", context)


@require_POST
@project_page(Role.MANAGER)
def replay_delivery(request: ProjectRequest, delivery_id: UUID) -> HttpResponse:
    """Send it again."""
    found = _delivery(request, delivery_id)
    try:
        replay(delivery=found, by=request.user)
        messages.success(request, "It is sent again.")
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "evaluation:delivery", request.project.slug, found.public_id)


def _page(request: ProjectRequest, found: Destination, *, secret: str = "") -> HttpResponse:
    log = queries.log_of(request.project, destination=found, before=_before(request))
    context = {
        "destination": found,
        "where": queries.shown_address(found),
        "secret": secret,
        "form": EventsForm(initial={"events": found.events}),
        **_log(log),
        "is_manager": Role.MANAGER in request.roles,
        "is_signed": found.kind == DestinationKind.WEBHOOK,
    }
    return render_page(request, "evaluation/destination.html", context)


def _log(log: list[Delivery]) -> dict[str, object]:
    shown = log[: queries.PAGE]
    older = shown[-1].pk if len(log) > queries.PAGE else None
    return {"log": [(one, queries.tone_of(one)) for one in shown], "older": older}


def _before(request: ProjectRequest) -> int | None:
    told = request.GET.get("before", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 19 else None


def _destination(request: ProjectRequest, public_id: UUID) -> Destination:
    mine = Destination.objects.filter(project=request.project).select_related("project", "created_by")
    return get_object_or_404(mine, public_id=public_id)


def _delivery(request: ProjectRequest, public_id: UUID) -> Delivery:
    return get_object_or_404(queries.loaded().filter(destination__project=request.project), public_id=public_id)
