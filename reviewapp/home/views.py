"""The page one lands on."""

from django.http import HttpRequest, HttpResponse

from labeling.access import signed_in
from reviewapp.common.http import render_page


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    return render_page(request, "home/home.html", {})
