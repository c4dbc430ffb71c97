"""The Spending page: limits, prices, and where the money went."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from evaluation.actions import spending as actions
from evaluation.forms.spending import PriceForm, SpendingForm
from evaluation.queries import spending as queries
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role
from reviewapp.common.charts import day_bars
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

READERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def spending(request: ProjectRequest) -> HttpResponse:
    """Show it; managers set the limits here."""
    limits = queries.limits_of(request.project)
    form = SpendingForm(request.POST or None, initial=SpendingForm.filled(limits))
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_spending(project=request.project, limits=form.limits(), by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return go_to(request, "evaluation:spending", request.project.slug)
    return _page(request, form, PriceForm())


@require_POST
@project_page(Role.MANAGER)
def add_price(request: ProjectRequest) -> HttpResponse:
    """Add a price; there is no changing one."""
    form = PriceForm(request.POST)
    if form.is_valid():
        try:
            actions.set_price(project=request.project, tariff=form.tariff(), by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return go_to(request, "evaluation:spending", request.project.slug)
    limits = queries.limits_of(request.project)
    return _page(request, SpendingForm(initial=SpendingForm.filled(limits)), form)


def _page(request: ProjectRequest, form: SpendingForm, price_form: PriceForm) -> HttpResponse:
    found = queries.spending_page(request.project)
    context = {
        "page": found,
        "form": form,
        "price_form": price_form,
        "can_manage": Role.MANAGER in request.roles,
        "chart": day_bars(
            [(day, spent / 1e6) for day, spent in found.days], title="Spent a day", measure="dollars",
            limit=None if found.limits.day_micro_usd is None else found.limits.day_micro_usd / 1e6,
            said=lambda value: f"${value:,.2f}" if value >= 1 else f"${value:,.4f}",
        ) if found.spent_in_days else None,
    }  # fmt: skip
    return render_page(request, "evaluation/spending.html", context, status=422 if request.method == "POST" else 200)
